"""A filter whose passages do not lie evenly among what an index finds."""

import pytest
from filter_home import FilterHome, where

from retrieval import scope
from retrieval.scope import Scope


@pytest.fixture
def home(tmp_path):
    home = FilterHome(tmp_path)
    yield home
    home.close()


def test_where_other_documents_come_first_an_index_is_asked_for_more_before_all_is_read(home, monkeypatch):
    """Half of 16 passages is left, so the first 8 are asked for (1.3 times 3 of 8 among 16): the others fill those."""
    monkeypatch.setattr(scope, "_SCORED", 0)
    for number in range(8):
        home.put(f"near/{number}.md", f"Refund 退款 refund {number}.", product="A")
        home.put(
            f"far/{number}.md", f"Refund and many other words about parking lot {number} at the station.", product="B"
        )
    first = [hit.chunk.source[:4] for hit in home.search(None, k=8, stage="dense").hits]
    assert first == ["near"] * 8
    monkeypatch.setattr(Scope, "nearest", lambda *_: pytest.fail("all that the filter leaves was read"))
    assert {source[:4] for source in home.sources(where("product=B"), k=3, stage="dense")} == {"far/"}

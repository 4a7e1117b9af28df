"""A kept ranking comes back to the bit under its own key and under no other."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.types import SearchStage
from eval.runs import ranking as module
from eval.runs.pooling import ScoredDocument
from eval.runs.ranking import QueryRanking, RankingCache, StageRanking

FOUND = StageRanking(
    queries={
        "q1": QueryRanking(
            documents=(ScoredDocument("退款.md", 0.1 + 0.2), ScoredDocument("b", -1e-300)),
            milliseconds=3.25,
            parts_ms={"retrieve": 3.0},
        ),
        "问2": QueryRanking(documents=(), milliseconds=1.0),
    },
    measured_at="2026-01-02T03:04:05+00:00",
)


def cache(folder: Path, key: Mapping[str, object] | None = None, *, fresh: bool = False) -> RankingCache:
    return RankingCache(folder, lambda stage: {"stage": str(stage), **(key or {})}, fresh=fresh)


def test_a_ranking_comes_back_and_says_that_it_is_cached(tmp_path: Path) -> None:
    cache(tmp_path / "new").save(SearchStage.DENSE, FOUND)
    back = cache(tmp_path / "new").load(SearchStage.DENSE)
    assert back is not None
    assert (back.queries, list(back.queries)) == (FOUND.queries, ["q1", "问2"])
    assert (back.measured_at, back.cached, FOUND.cached) == (FOUND.measured_at, True, False)


def test_another_stage_and_another_key_are_no_hit(tmp_path: Path) -> None:
    cache(tmp_path, {"weights": "a"}).save(SearchStage.DENSE, FOUND)
    assert cache(tmp_path, {"weights": "a"}).load(SearchStage.HYBRID) is None
    assert cache(tmp_path, {"weights": "b"}).load(SearchStage.DENSE) is None
    assert cache(tmp_path, {"weights": "a"}).load(SearchStage.DENSE) is not None


def test_a_fresh_run_reads_nothing_and_keeps_what_it_finds(tmp_path: Path) -> None:
    cache(tmp_path).save(SearchStage.DENSE, FOUND)
    assert cache(tmp_path, fresh=True).load(SearchStage.DENSE) is None
    newer = StageRanking(queries=FOUND.queries, measured_at="2027-01-01T00:00:00+00:00")
    cache(tmp_path, fresh=True).save(SearchStage.DENSE, newer)
    back = cache(tmp_path).load(SearchStage.DENSE)
    assert back is not None
    assert back.measured_at == newer.measured_at


@pytest.mark.parametrize("content", [b"", b"not packed", b"\x1f\x8b\x08\x00cut"])
def test_a_damaged_file_is_no_hit(tmp_path: Path, content: bytes) -> None:
    cache(tmp_path).save(SearchStage.DENSE, FOUND)
    [path] = tmp_path.iterdir()
    path.write_bytes(content)
    assert cache(tmp_path).load(SearchStage.DENSE) is None


def test_a_file_of_another_key_under_this_name_is_no_hit(tmp_path: Path) -> None:
    cache(tmp_path, {"weights": "a"}).save(SearchStage.DENSE, FOUND)
    [path] = tmp_path.iterdir()
    cache(tmp_path, {"weights": "b"}).save(SearchStage.DENSE, FOUND)
    [other] = [each for each in tmp_path.iterdir() if each != path]
    path.replace(other)
    assert cache(tmp_path, {"weights": "b"}).load(SearchStage.DENSE) is None


def test_the_longest_unused_rankings_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 2)
    for age, name in ((30, "old, used again"), (20, "old"), (10, "new")):
        cache(tmp_path, {"name": name}).save(SearchStage.DENSE, FOUND)
        [newest] = [path for path in tmp_path.iterdir() if path.stat().st_mtime > 1_000_000_000]
        os.utime(newest, (1_000 - age, 1_000 - age))
        if name == "old":
            cache(tmp_path, {"name": "old, used again"}).load(SearchStage.DENSE)
            [used] = [path for path in tmp_path.iterdir() if path.stat().st_mtime > 1_000_000_000]
            os.utime(used, (995, 995))
    assert cache(tmp_path, {"name": "old"}).load(SearchStage.DENSE) is None
    assert cache(tmp_path, {"name": "old, used again"}).load(SearchStage.DENSE) is not None
    assert len(list(tmp_path.iterdir())) == 2


_SCORES = st.floats(allow_nan=False, allow_infinity=False)
_DOCUMENTS = st.lists(st.tuples(st.text(min_size=1, max_size=4), _SCORES), max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=4), _DOCUMENTS, max_size=4))
def test_every_score_comes_back_to_the_bit(tmp_path: Path, found: dict[str, list[tuple[str, float]]]) -> None:
    queries = {
        query: QueryRanking(documents=tuple(ScoredDocument(*each) for each in documents), milliseconds=0.1)
        for query, documents in found.items()
    }
    cache(tmp_path).save(SearchStage.HYBRID, StageRanking(queries=queries, measured_at="now"))
    back = cache(tmp_path).load(SearchStage.HYBRID)
    assert back is not None
    assert back.queries == queries

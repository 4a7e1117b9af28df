from collections.abc import Callable
from typing import Any

import pytest

from ingest.duplicates import find_duplicates
from ingest.report import Copy
from store.catalog import Catalog
from store.duplicates import Duplicate, Duplicates

GUIDE = "\n\n".join(f"Step {n}: open page {n * 7} and press the button named {n * 13}." for n in range(40))
指南 = "\n\n".join(f"第{n}步，打开第{n * 7}页，按下名为{n * 13}的按钮。" for n in range(40))


@pytest.fixture
def find(catalog: Catalog) -> Callable[[], tuple[Copy, ...]]:
    return lambda: find_duplicates(Duplicates(catalog), "kb")


def same(*sources: str) -> tuple[Duplicate, ...]:
    return tuple(Duplicate(source=source, similarity=1.0) for source in sources)


def test_each_new_copy_is_named_once_by_the_oldest_document_that_says_the_same(put: Any, find: Any) -> None:
    put("a.md", GUIDE)
    put("b.md", 指南)
    put("c.md", GUIDE.replace(" ", "  ").upper())
    put("zh/b.md", 指南.replace("，", ","))
    put("d.md", GUIDE)
    assert find() == (
        Copy(path="c.md", of="a.md", similarity=1.0),
        Copy(path="zh/b.md", of="b.md", similarity=1.0),
        Copy(path="d.md", of="a.md", similarity=1.0),
    )
    assert find() == ()


def test_an_edited_copy_is_named_with_how_alike_it_is(put: Any, find: Any, catalog: Catalog) -> None:
    put("a.md", GUIDE)
    assert find() == ()
    put("b.md", GUIDE.replace("page 77 ", "page 78 "))
    (copy,) = find()
    assert (copy.path, copy.of) == ("b.md", "a.md")
    assert 0.9 < copy.similarity < 1
    known = Duplicates(catalog).by_source("kb")
    assert known == {
        "a.md": (Duplicate(source="b.md", similarity=copy.similarity),),
        "b.md": (Duplicate(source="a.md", similarity=copy.similarity),),
    }


def test_what_is_known_of_copies_follows_every_change_and_deletion(put: Any, find: Any, catalog: Catalog) -> None:
    record = Duplicates(catalog)
    put("a.md", GUIDE)
    put("b.md", GUIDE)
    put("c.md", GUIDE)
    find()
    assert record.by_source("kb") == {
        "a.md": same("b.md", "c.md"),
        "b.md": same("a.md", "c.md"),
        "c.md": same("a.md", "b.md"),
    }
    put("b.md", 指南)
    assert record.by_source("kb") == {"a.md": same("c.md"), "c.md": same("a.md")}
    assert find() == ()
    catalog.delete_sources("kb", ["a.md"])
    assert record.by_source("kb") == {}
    catalog.move_sources("kb", {"c.md": "moved.md"})
    put("d.md", GUIDE)
    assert find() == (Copy(path="d.md", of="moved.md", similarity=1.0),)


def test_a_near_copy_that_changed_or_went_is_forgotten(put: Any, find: Any, catalog: Catalog) -> None:
    record = Duplicates(catalog)
    put("a.md", GUIDE)
    put("b.md", GUIDE.replace("page 77 ", "page 78 "))
    find()
    put("b.md", "Nothing of the kind.")
    assert record.by_source("kb") == {}
    put("b.md", GUIDE.replace("page 77 ", "page 79 "))
    find()
    assert set(record.by_source("kb")) == {"a.md", "b.md"}
    catalog.delete_sources("kb", ["a.md"])
    assert record.by_source("kb") == {}


def test_a_run_that_was_cut_short_leaves_its_sketches_to_the_next(put: Any, catalog: Catalog) -> None:
    put("a.md", GUIDE)
    put("b.md", GUIDE)

    class Cut(Duplicates):
        def put(self, *_given: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_duplicates(Cut(catalog), "kb")
    assert find_duplicates(Duplicates(catalog), "kb") == (Copy(path="b.md", of="a.md", similarity=1.0),)


def test_knowledge_bases_know_nothing_of_each_others_copies(put: Any, find: Any, catalog: Catalog) -> None:
    put("a.md", GUIDE)
    put("b.md", GUIDE, kb="other")
    find_duplicates(Duplicates(catalog), "other")
    assert find() == ()
    assert Duplicates(catalog).by_source("kb") == {}
    assert set(Duplicates(catalog).standings("kb", sorted(catalog.document_ids("other").values()))) == set()


def test_each_of_many_copies_names_the_oldest_twenty(put: Any, find: Any, catalog: Catalog) -> None:
    for number in range(30):
        put(f"{number:02}.md", "Always the same.")
    assert len(find()) == 29
    known = Duplicates(catalog).by_source("kb")
    assert {len(others) for others in known.values()} == {20}
    assert known["29.md"][0].source == "00.md"

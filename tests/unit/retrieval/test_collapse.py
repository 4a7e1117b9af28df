from collections.abc import Sequence
from datetime import date

import pytest

from core.text import count_tokens, language_of
from core.types import Chunk, ChunkKind, Hit, Span, Stage
from retrieval.collapse import collapse, distinct
from store.duplicates import Standing

TODAY = date(2026, 7, 1)


def passage(source: str, text: str, *, title: str = "Refunds", headings: tuple[str, ...] = (), **more: object) -> Chunk:
    return Chunk(
        id=f"{source}:{text}"[:40],
        document_id=source,
        source=source,
        title=title,
        span=Span(0, len(text)),
        text=text,
        heading_path=headings,
        page=None,
        kind=ChunkKind.PROSE,
        language=language_of(text),
        token_count=count_tokens(text),
        ordinal=0,
        **more,  # type: ignore[arg-type]
    )


class Known:
    """Documents by id with version and hash; counts how often it is asked."""

    def __init__(self, **documents: tuple[int, str]) -> None:
        self.documents = documents
        self.asked = 0

    def __call__(self, ids: Sequence[str]) -> dict[str, Standing]:
        self.asked += 1
        known = {f"{name}.md": Standing(version=v, words_hash=h) for name, (v, h) in self.documents.items()}
        return {each: known[each] for each in ids if each in known}


def hits(*passages: Chunk) -> list[Hit]:
    return [Hit(chunk=each, score=1 / rank, stage=Stage.FUSED) for rank, each in enumerate(passages, 1)]


def shown(found: Sequence[Hit]) -> list[tuple[str, tuple[str, ...], float]]:
    return [(hit.chunk.source, hit.also_in, hit.score) for hit in found]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Refunds take 14 days.", "refunds  take 14\ndays."),
        ("Ｒefunds take １４ days.", "Refunds take 14 days."),
        ("退款需要 14 天。", "退款需要14天。"),
        ("後台設定在帳戶裡。", "后台设定在帐户里。"),
        ("退款，三天。", "退款,三天。"),
    ],
)
def test_a_passage_that_is_only_written_otherwise_comes_back_once_in_the_best_place(one: str, other: str) -> None:
    found = collapse(hits(passage("a.md", one), passage("x.md", "Else."), passage("b.md", other)), Known(), TODAY)
    assert shown(found) == [("a.md", ("b.md",), 1.0), ("x.md", (), 0.5)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Refunds take 14 days.", "Refunds take 15 days."),
        ("Refunds are possible.", "Refunds are not possible."),
        ("Ask Mr Li.", "Ask Mr Lu."),
        ("退款需要三天。", "退款需要五天。"),
        ("可以退款。", "不可退款。"),
        ("10² files", "102 files"),
        ("At -5 degrees", "At 5 degrees"),
        ("Over > 10 %", "Over < 10 %"),
        ("Version 1.5", "Version 15"),
        ("Pay $5", "Pay €5"),
        ("10 000 files", "10000 files"),
    ],
)
def test_passages_that_differ_in_a_fact_both_stay(one: str, other: str) -> None:
    known = Known(a=(1, "h"), b=(2, "h"))
    assert len(collapse(hits(passage("a.md", one), passage("b.md", other)), known, TODAY)) == 2


def test_the_guides_of_two_devices_both_stay() -> None:
    text = "Hold the button for ten seconds."
    by_title = [passage("a.md", text, title="Gate G2"), passage("b.md", text, title="Gate G3")]
    by_heading = [passage("a.md", text, headings=("G2",)), passage("b.md", text, headings=("G3",))]
    same_file = Known(a=(1, "h"), b=(2, "h"))
    for each in (by_title, by_heading):
        assert len(collapse(hits(*each), same_file, TODAY)) == 2


@pytest.mark.parametrize(
    "title", ["handbook (1)", "handbook - Copy", "Copy of handbook", "handbook - copy (2)", "Handbook copy 3"]
)
def test_a_copied_file_is_told_by_its_text_and_the_mark_in_its_name(title: str) -> None:
    pair = hits(passage("a.md", "All cards.", title="handbook"), passage("b.md", "All cards.", title=title))
    assert shown(collapse(pair, Known(a=(2, "h"), b=(1, "h")), TODAY)) == [("a.md", ("b.md",), 1.0)]
    assert len(collapse(pair, Known(a=(2, "h"), b=(1, "other")), TODAY)) == 2


@pytest.mark.parametrize("title", ["手册 (1)", "手册 - 副本", "手册 - 副本 (2)", "副本 手册", "手册（1）"])
def test_a_chinese_copy_is_told_too(title: str) -> None:
    pair = hits(passage("a.md", "三天。", title="手册"), passage("b.md", "三天。", title=title))
    assert len(collapse(pair, Known(a=(1, "h"), b=(2, "h")), TODAY)) == 1


def test_files_of_one_text_whose_names_say_something_else_both_stay() -> None:
    pair = hits(passage("a.md", "12", title="prices 2024"), passage("b.md", "12", title="prices 2025"))
    assert len(collapse(pair, Known(a=(1, "h"), b=(2, "h")), TODAY)) == 2


def test_the_newest_document_answers_for_all() -> None:
    three = hits(*(passage(f"{name}.md", "Refunds take 14 days.") for name in "abc"))
    found = collapse(three, Known(a=(5, "x"), b=(9, "y"), c=(7, "z")), TODAY)
    assert shown(found) == [("b.md", ("a.md", "c.md"), 1.0)]


def test_a_document_that_is_valid_today_answers_before_a_newer_one_that_is_not() -> None:
    text = "Refunds take 14 days."
    old = passage("a.md", text, valid_until=date(2026, 6, 30))
    coming = passage("b.md", text, valid_from=date(2026, 7, 2))
    valid = passage("c.md", text, valid_from=date(2026, 7, 1), valid_until=date(2026, 7, 1))
    found = collapse(hits(old, coming, valid), Known(a=(3, "x"), b=(2, "y"), c=(1, "z")), TODAY)
    assert shown(found) == [("c.md", ("a.md", "b.md"), 1.0)]


def test_the_record_is_asked_only_where_hits_are_alike() -> None:
    known = Known()
    different = hits(passage("a.md", "Refunds take 14 days."), passage("b.md", "Refunds take 15 days."))
    assert collapse(different, known, TODAY) == different
    assert known.asked == 0


def test_copies_are_counted_once() -> None:
    copies = [passage(f"{n}.md", "退款三天。") for n in range(9)]
    assert distinct([*copies, passage("x.md", "退款五天。"), passage("y.md", "Else.")]) == 3

"""What an edit costs, in a document of fifty pages made of the handbooks under ``data/train``."""

import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import IngestSettings
from core.types import BlockKind, Document, Span
from ingest.chunk import chunk_document
from ingest.pack import pack
from ingest.units import Unit

ROOT = Path(__file__).parents[3]
# A page of a handbook with headings and lists: about 350 English words, about 850 Chinese characters.
PAGES = {"en": 50 * 2_100, "zh": 50 * 850}
EDITED = {
    "en": "Refunds take five days. Write to us if the money does not come.",
    "zh": "退款需要五天。没有到账请联系我们。",
}
Draft = tuple[BlockKind, str, int]
MakeDocument = Callable[..., Document]


@cache
def handbook(language: str) -> tuple[Draft, ...]:
    drafts: list[Draft] = []
    path = ROOT / "data" / "train" / f"passages.{language}.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        drafts.append((BlockKind.HEADING, entry["title"].rsplit(" > ", 1)[-1], 2))
        drafts += [(BlockKind.PARAGRAPH, text, 0) for text in entry["lines"]]
        if sum(len(text) for _, text, _ in drafts) > PAGES[language]:
            break
    return tuple(drafts)


def embedded(document: Document) -> set[str]:
    return {chunk.indexed_text for chunk in chunk_document(document, IngestSettings())}


EDITS: dict[str, Callable[[str], list[str]]] = {
    "change": lambda _old: ["NEW"],
    "insert": lambda old: ["NEW", old],
    "delete": lambda _old: [],
    "lengthen": lambda old: [old + " NEW"],
}


def edited(drafts: Sequence[Draft], at: int, how: str, language: str) -> list[Draft]:
    new = [text.replace("NEW", EDITED[language]) for text in EDITS[how](drafts[at][1])]
    return [*drafts[:at], *((BlockKind.PARAGRAPH, text, 0) for text in new), *drafts[at + 1 :]]


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("headed", [True, False])
@pytest.mark.parametrize("how", EDITS)
def test_an_edit_of_one_paragraph_in_fifty_pages_changes_at_most_three_passages(
    document_of: MakeDocument, language: str, headed: bool, how: str
) -> None:
    drafts = [draft for draft in handbook(language) if headed or draft[0] is BlockKind.PARAGRAPH]
    assert sum(len(text) for _, text, _ in drafts) > 0.9 * PAGES[language]
    before = embedded(document_of(drafts))
    paragraphs = [at for at, draft in enumerate(drafts) if draft[0] is BlockKind.PARAGRAPH]
    for share in (0, 0.25, 0.5, 0.75, 1):
        at = paragraphs[int(share * (len(paragraphs) - 1))]
        assert len(embedded(document_of(edited(drafts, at, how, language))) - before) <= 3


def units(sizes: Sequence[int], kind: BlockKind = BlockKind.PARAGRAPH, whole: bool = True) -> tuple[str, list[Unit]]:
    """A text of words, one unit each, whose lengths are as the sizes; every unit is a block where all are whole."""
    text = "".join(f"{number:0{size}d}\n" for number, size in enumerate(sizes))
    found, start = [], 0
    for number, size in enumerate(sizes):
        span = Span(start, start + size)
        found.append(Unit(span=span, tokens=size, kind=kind, page=None, block=number if whole else 0, whole=whole))
        start += size + 1
    return text, found


def packed(sizes: Sequence[int], overlap: int = 0, kind: BlockKind = BlockKind.PARAGRAPH) -> list[tuple[int, int]]:
    text, found = units(sizes, kind)
    return list(pack(text, found, IngestSettings(chunk_tokens=20, overlap_sentences=overlap)))


def test_what_fits_is_one_passage() -> None:
    assert packed([10, 10]) == [(0, 2)]
    assert packed([]) == []


def test_no_passage_is_tiny_where_there_is_a_choice() -> None:
    # Twenty fit; a side of a cut has a quarter of what is cut, of 25 tokens and more: two units of five at least.
    sizes = [end - start for start, end in packed([5] * 300)]
    assert set(sizes) == {2, 3, 4}


@given(st.lists(st.integers(1, 20) | st.integers(1, 4), max_size=60), st.integers(0, 3))
def test_passages_fit_are_in_order_and_repeat_no_whole_passage(sizes: list[int], overlap: int) -> None:
    spans = packed(sizes, overlap)
    assert all(0 < sum(sizes[start:end]) <= 20 for start, end in spans)
    assert {at for start, end in spans for at in range(start, end)} == set(range(len(sizes)))
    assert all(earlier[0] < later[0] <= earlier[1] < later[1] for earlier, later in pairwise(spans))


def test_a_passage_repeats_the_sentence_before_it_but_never_a_whole_passage() -> None:
    spans = packed([6, 6, 6, 2, 2, 2, 6], overlap=1)
    assert len(spans) > 1
    assert all(later[0] == earlier[1] - (earlier[1] - earlier[0] > 1) for earlier, later in pairwise(spans))
    assert packed([6, 18], overlap=1) == [(0, 1), (1, 2)]


def test_rows_are_not_repeated() -> None:
    spans = packed([6] * 9, overlap=1, kind=BlockKind.TABLE)
    assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]


def test_fifty_thousand_equal_rows_are_packed_in_seconds() -> None:
    text = "12\n" * 50_000
    rows = [
        Unit(span=Span(3 * at, 3 * at + 2), tokens=2, kind=BlockKind.TABLE, page=None, block=0, whole=False)
        for at in range(50_000)
    ]
    began = time.process_time()
    spans = list(pack(text, rows, IngestSettings(chunk_tokens=20)))
    # Parted at one end again and again it takes minutes.
    assert time.process_time() - began < 20
    assert spans[0][0] == 0
    assert spans[-1][1] == 50_000
    assert all(end - start <= 10 for start, end in spans)

"""How much of a file its parsed document keeps, against what a person copied out of the file."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from core.settings import IngestSettings
from core.types import BlockKind, ParsedDocument
from eval.bench.golden import Golden, goldens
from eval.bench.runs import Bench, Measured
from ingest.chunk import chunk_document
from ingest.document import build_document
from ingest.parse import parse_file

# One Han character or kana is a word of its own, everything else is a run of letters, marks and digits.
_WORD = regex.compile(r"(?V1)[\p{Han}\p{Hiragana}\p{Katakana}]|(?:[\p{L}\p{N}--\p{Han}]\p{M}*)+")
_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_CHECKS = ("title", "headings", "tables", "pages", "metadata", "list_items", "code", "absent", "spans")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """Shares from 0 to 1. ``recall``: words kept; ``order``: kept words in the right order; ``precision``: words of
    the document that the file has. ``wrong`` names each expectation that does not hold, by kind."""

    recall: float
    order: float
    precision: float
    wrong: Mapping[str, Sequence[str]]


def compare(golden: Golden, document: ParsedDocument) -> Fidelity:
    """How much of ``golden`` the document keeps."""
    from rapidfuzz.distance import LCSseq

    expected, found = words(golden.text), words(document.text)
    kept = sum((Counter(expected) & Counter(found)).values())
    return Fidelity(
        recall=kept / max(1, len(expected)),
        order=LCSseq.similarity(expected, found) / max(1, kept),
        precision=kept / max(1, len(found)),
        wrong={kind: said for kind, said in _wrong(golden, document) if said},
    )


def words(text: str) -> list[str]:
    """Words in their compatibility form, Han characters one by one, without marks."""
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def folded(text: str) -> str:
    """White space folded to single spaces."""
    return " ".join(text.split())


def _wrong(golden: Golden, document: ParsedDocument) -> Iterator[tuple[str, list[str]]]:
    if golden.title is not None and golden.title != document.title:
        yield "title", [f"{document.title!r} instead of {golden.title!r}"]
    yield "headings", _differences(golden.headings, headings_of(document))
    yield "tables", _differences(golden.tables, tables_of(document))
    yield "pages", [f"{quote!r} is on {page}" for quote, page in golden.pages.items() if page != _page(document, quote)]
    stated = document.metadata
    yield "metadata", [f"{k}: {stated.get(k)!r}, not {v!r}" for k, v in golden.metadata.items() if stated.get(k) != v]
    yield "list_items", _scattered(golden.list_items, _texts(document, BlockKind.LIST_ITEM))
    yield "code", _scattered(golden.code, _texts(document, BlockKind.CODE))
    yield "absent", [text for text in golden.absent if folded(text) in folded(document.text)]
    yield "spans", list(_unsound(document))


def _differences(expected: Sequence[Any] | None, found: Sequence[Any]) -> list[str]:
    if expected is None:
        return []
    missing = [f"missing: {each}" for each in expected if list(each) not in found]
    surplus = [f"surplus: {each}" for each in found if each not in [list(other) for other in expected]]
    swapped = [] if missing or surplus or len(expected) == len(found) else [f"{len(found)} instead of {len(expected)}"]
    if not (missing or surplus or swapped) and [list(each) for each in expected] != list(found):
        swapped = ["in another order"]
    return missing + surplus + swapped


def headings_of(document: ParsedDocument) -> list[list[Any]]:
    """``[level, text]`` of each heading in order."""
    found = (block for block in document.blocks if block.kind is BlockKind.HEADING)
    return [[block.level, folded(block.span.of(document.text))] for block in found]


def tables_of(document: ParsedDocument) -> list[list[list[str]]]:
    """The cells of each table in order, without the rule under the header."""
    return [_cells(text) for text in _texts(document, BlockKind.TABLE)]


def _cells(table: str) -> list[list[str]]:
    lines = table.split("\n")
    rows = [lines[0], *lines[2:]]
    return [
        [folded(cell.replace("\\|", "|")) for cell in _UNESCAPED_PIPE.split(row.strip().removeprefix("|"))[:-1]]
        for row in rows
    ]


def _texts(document: ParsedDocument, kind: BlockKind) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks if block.kind is kind]


def _page(document: ParsedDocument, quote: str) -> int | None:
    """Of the first block that holds ``quote``; None where none does."""
    holding = (block for block in document.blocks if folded(quote) in folded(block.span.of(document.text)))
    return next((block.page for block in holding), None)


def _scattered(expected: Sequence[str], found: Sequence[str]) -> list[str]:
    """Those of ``expected`` that do not stand whole in one block."""
    return [text for text in expected if not any(_lines(text) in _lines(block) for block in found)]


def _lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


def _unsound(document: ParsedDocument) -> Iterator[str]:
    """Blocks out of order, or overlapping, or blank at a side, and passages that are not the text at their place."""
    end = 0
    for block in document.blocks:
        text = block.span.of(document.text)
        if block.span.start < end or text != text.strip("\n") or not text.strip():
            yield f"block {block.span} {text[:40]!r}"
        end = block.span.end
    stored = build_document(document, kb="golden", source="golden", content_hash="0" * 64)
    for chunk in chunk_document(stored, IngestSettings()):
        if chunk.span.of(document.text) != chunk.text or not chunk.text.strip():
            yield f"passage {chunk.span} {chunk.text[:40]!r}"


def parsing(_bench: Bench) -> Iterator[Measured]:
    """Every golden file of the project."""
    yield Measured(name="golden", figures={"formats": figures(goldens())})


def figures(labelled: Sequence[Golden]) -> dict[str, dict[str, Any]]:
    """By format and for ``all``: files, the means of the shares, and how many files are right in each check."""
    measured: dict[str, list[Fidelity]] = defaultdict(list)
    for golden in labelled:
        found = compare(golden, parse_file(golden.path))
        measured[golden.format].append(found)
        measured["all"].append(found)
    # "all" last, whichever format came first.
    names = [*(name for name in measured if name != "all"), "all"]
    return {name: _summary(measured[name]) for name in names}


def _summary(files: Sequence[Fidelity]) -> dict[str, Any]:
    shares = {
        share: round(sum(getattr(each, share) for each in files) / len(files), 4)
        for share in ("recall", "order", "precision")
    }
    right = {check: sum(check not in each.wrong for each in files) for check in _CHECKS}
    return {"files": len(files), **shares, **right}

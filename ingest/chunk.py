"""A document becomes passages: whole sentences up to a token budget, never across headings."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from core.settings import IngestSettings
from core.text import language_of
from core.types import BlockKind, Chunk, ChunkKind, Document, Span
from ingest.pack import pack
from ingest.sections import Section, sections
from ingest.token_count import CountTokens, count_by_rule
from ingest.units import Measured, Unit, measure

_WORD = re.compile(r"[^\W_]")
# A section below a sixth of the budget says too little on its own to be found or understood.
_SHORT_SHARE = 6
_LEAD_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A passage before it has an id."""

    span: Span
    path: tuple[str, ...]
    page: int | None
    kind: ChunkKind
    tokens: int


def chunk_document(document: Document, settings: IngestSettings, count: CountTokens = count_by_rule) -> list[Chunk]:
    """The passages of ``document`` in order; ``document.text[chunk.span] == chunk.text`` holds for each.

    ``count`` says what a text costs of the budget, as the embedder reads it. A question with a short answer is one
    passage of kind ``faq`` that includes the question. Sections too short to stand alone join the sibling after them;
    the passage then includes their headings and has the path of their parent. The later parts of a parted table carry
    the table's header as last entry of their heading path, those of a parted list the line that leads into it, because
    rows without column names can neither be found nor understood, and text that is repeated could not be quoted at its
    place.
    """
    pieces = list(_pieces(document, settings, count))
    if not pieces and document.text.strip():
        # Slides and forms can consist of nothing but headings: then those are the text.
        blocks = tuple(replace(block, kind=BlockKind.PARAGRAPH, level=0) for block in document.blocks)
        pieces = list(_pieces(replace(document, blocks=blocks), settings, count))
    return _with_ids(document, pieces)


def under_id(document: Document, passages: Sequence[Chunk], identity: str) -> tuple[Document, list[Chunk]]:
    """The document and its passages as they are when the document has the id ``identity``."""
    document = replace(document, id=identity)
    ids = _ids(document, ((chunk.heading_path, chunk.text) for chunk in passages))
    return document, [replace(chunk, id=each, document_id=identity) for chunk, each in zip(passages, ids, strict=True)]


def _pieces(document: Document, settings: IngestSettings, count: CountTokens) -> Iterator[_Piece]:
    measured = measure(document.text, sections(document), settings.chunk_tokens, count)
    for group in _groups(measured, settings.chunk_tokens):
        found = _of_group(document.text, group, settings)
        yield from (piece for piece in found if _WORD.search(piece.span.of(document.text)))


def _groups(measured: Sequence[Measured], budget: int) -> Iterator[list[Measured]]:
    """Sections, each alone or a short one with the siblings that it joins."""
    group: list[Measured] = []
    for each in measured:
        if group and not _joins(group, each, budget):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _joins(group: Sequence[Measured], after: Measured, budget: int) -> bool:
    last, section = group[-1].section, after.section
    if not (last.leaf and section.leaf and last.is_sibling_of(section)):
        return False
    if _is_entry(group[0], budget) or _is_entry(after, budget):
        return False
    if sum(each.body_tokens for each in group) >= budget // _SHORT_SHARE:
        return False
    return sum(each.tokens for each in (*group, after)) <= budget


def _is_entry(measured: Measured, budget: int) -> bool:
    """A question with an answer that fits into one passage."""
    section = measured.section
    return section.asks and section.leaf and bool(section.blocks) and measured.tokens <= budget


def _of_group(text: str, group: Sequence[Measured], settings: IngestSettings) -> Iterator[_Piece]:
    entry = _is_entry(group[0], settings.chunk_tokens)
    if not entry and len(group) == 1:
        yield from _of_section(text, group[0], settings)
        return
    units = [unit for each in group for unit in each.units]
    if units:
        first = group[0].section
        yield _Piece(
            span=Span(first.span.start, group[-1].section.span.end),
            path=first.path[:-1],
            page=_page(first),
            kind=ChunkKind.FAQ if entry else _kind(units),
            tokens=sum(each.tokens for each in group),
        )


def _page(section: Section) -> int | None:
    return section.heading.page if section.heading else section.blocks[0].page


def _of_section(text: str, measured: Measured, settings: IngestSettings) -> Iterator[_Piece]:
    units, leads = measured.units, _leads(text, measured.units)
    for start, end in pack(text, units, settings):
        packed, lead = units[start:end], leads[start]
        yield _Piece(
            span=Span(packed[0].span.start, packed[-1].span.end),
            path=(*measured.section.path, lead) if lead else measured.section.path,
            page=packed[0].page,
            kind=_kind(packed),
            tokens=sum(unit.tokens for unit in packed),
        )


def _leads(text: str, units: Sequence[Unit]) -> list[str]:
    """What a passage that begins with the unit hangs on: a table's header, the line that leads into a list, or none."""
    leads: list[str] = []
    for at, unit in enumerate(units):
        before = units[at - 1] if at else None
        if before is None or unit.kind not in {BlockKind.TABLE, BlockKind.LIST_ITEM}:
            leads.append("")
        elif unit.kind is before.kind and (unit.block == before.block or unit.kind is BlockKind.LIST_ITEM):
            leads.append(leads[-1] or _header(text, before))
        else:
            leads.append(_lead_in(text, before) if unit.kind is BlockKind.LIST_ITEM else "")
    return leads


def _header(text: str, unit: Unit) -> str:
    return _cells(unit.span.of(text).split("\n", 1)[0]) if unit.kind is BlockKind.TABLE else ""


def _lead_in(text: str, unit: Unit) -> str:
    line = unit.span.of(text)
    return line if unit.kind is BlockKind.PARAGRAPH and line.endswith((":", "：")) and len(line) <= _LEAD_LENGTH else ""


def _cells(row: str) -> str:
    return " | ".join(cell for cell in (part.strip() for part in row.strip("| ").split("|")) if cell)[:_LEAD_LENGTH]


def _kind(units: Sequence[Unit]) -> ChunkKind:
    """Table or code where that is more than half of the passage."""
    weights: Counter[ChunkKind] = Counter()
    for unit in units:
        kind = {BlockKind.TABLE: ChunkKind.TABLE, BlockKind.CODE: ChunkKind.CODE}.get(unit.kind, ChunkKind.PROSE)
        weights[kind] += unit.tokens
    kind, weight = weights.most_common(1)[0]
    return kind if 2 * weight > weights.total() else ChunkKind.PROSE


def _with_ids(document: Document, pieces: Sequence[_Piece]) -> list[Chunk]:
    texts = [piece.span.of(document.text) for piece in pieces]
    ids = _ids(document, ((piece.path, text) for piece, text in zip(pieces, texts, strict=True)))
    chunks = []
    for ordinal, (piece, text, identity) in enumerate(zip(pieces, texts, ids, strict=True)):
        chunks.append(
            Chunk(
                id=identity,
                document_id=document.id,
                source=document.source,
                title=document.title,
                span=piece.span,
                text=text,
                heading_path=piece.path,
                page=piece.page,
                kind=piece.kind,
                language=language_of(text),
                token_count=piece.tokens,
                ordinal=ordinal,
                valid_from=document.valid_from,
                valid_until=document.valid_until,
            )
        )
    return chunks


def _ids(document: Document, passages: Iterable[tuple[tuple[str, ...], str]]) -> Iterator[str]:
    """One per passage, of its heading path and text; equal ones are numbered."""
    seen: Counter[str] = Counter()
    for path, text in passages:
        key = json.dumps([document.kb, document.id, document.title, path, text], ensure_ascii=False)
        seen[key] += 1
        yield hashlib.sha256(f"{key}{seen[key]}".encode()).hexdigest()[:24]

"""A document becomes passages: whole sentences up to a token budget, never across headings."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.settings import IngestSettings
from core.text import count_tokens, language_of
from core.types import BlockKind, Chunk, ChunkKind, Document, Span
from ingest.sections import Section, sections
from ingest.units import Unit, units_of

_WORD = re.compile(r"[^\W_]")
# A section below a sixth of the budget says too little on its own to be found or understood.
_SHORT_SHARE = 6
_PROSE = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A passage before it has an id."""

    span: Span
    path: tuple[str, ...]
    page: int | None
    kind: ChunkKind


def chunk_document(document: Document, settings: IngestSettings) -> list[Chunk]:
    """The passages of ``document`` in order; ``document.text[chunk.span] == chunk.text`` holds for each.

    A question with a short answer is one passage of kind ``faq`` that includes the question. Sections too short to
    stand alone join the sibling after them; the passage then includes their headings and has the path of their parent.
    The later parts of a parted table carry the table's header as last entry of their heading path, because rows without
    column names can neither be found nor understood, and text that is repeated could not be quoted at its place.
    """
    pieces = list(_pieces(document, settings))
    if not pieces and document.text.strip():
        # Slides and forms can consist of nothing but headings: then those are the text.
        blocks = tuple(replace(block, kind=BlockKind.PARAGRAPH, level=0) for block in document.blocks)
        pieces = list(_pieces(replace(document, blocks=blocks), settings))
    return _with_ids(document, pieces)


def _pieces(document: Document, settings: IngestSettings) -> Iterator[_Piece]:
    for group in _groups(document, settings.chunk_tokens):
        found = _of_group(document.text, group, settings)
        yield from (piece for piece in found if _WORD.search(piece.span.of(document.text)))


def _groups(document: Document, budget: int) -> Iterator[list[Section]]:
    """Sections, each alone or a short one with the siblings that it joins."""
    group: list[Section] = []
    for section in sections(document):
        if group and not _joins(document.text, group, section, budget):
            yield group
            group = []
        group.append(section)
    if group:
        yield group


def _joins(text: str, group: Sequence[Section], section: Section, budget: int) -> bool:
    if not (group[-1].leaf and section.leaf and group[-1].is_sibling_of(section)):
        return False
    if _is_entry(text, group[0], budget) or _is_entry(text, section, budget):
        return False
    if sum(_body_tokens(text, each) for each in group) >= budget // _SHORT_SHARE:
        return False
    return count_tokens(text[group[0].span.start : section.span.end]) <= budget


def _body_tokens(text: str, section: Section) -> int:
    return sum(count_tokens(block.span.of(text)) for block in section.blocks)


def _is_entry(text: str, section: Section, budget: int) -> bool:
    """A question with an answer that fits into one passage."""
    if not (section.asks and section.leaf and section.blocks):
        return False
    return count_tokens(section.span.of(text)) <= budget


def _of_group(text: str, group: Sequence[Section], settings: IngestSettings) -> Iterator[_Piece]:
    first = group[0]
    if _is_entry(text, first, settings.chunk_tokens):
        yield _Piece(span=first.span, path=first.path[:-1], page=_page(first), kind=ChunkKind.FAQ)
    elif len(group) > 1:
        span = Span(first.span.start, group[-1].span.end)
        if any(section.blocks for section in group):
            yield _Piece(span=span, path=first.path[:-1], page=_page(first), kind=_kind_of(text, group))
    else:
        yield from _of_section(text, first, settings)


def _page(section: Section) -> int | None:
    return section.heading.page if section.heading else section.blocks[0].page


def _kind_of(text: str, group: Sequence[Section]) -> ChunkKind:
    units = [unit for section in group for unit in units_of(text, section.blocks, 1_000_000)]
    return _kind(units)


def _of_section(text: str, section: Section, settings: IngestSettings) -> Iterator[_Piece]:
    units = units_of(text, section.blocks, settings.chunk_tokens)
    for packed in _packed(units, settings):
        path = section.path
        if _is_later_part(packed, units):
            path = (*path, _header(text, units, packed[0].block))
        span = Span(packed[0].span.start, packed[-1].span.end)
        yield _Piece(span=span, path=path, page=packed[0].page, kind=_kind(packed))


def _is_later_part(packed: Sequence[Unit], units: Sequence[Unit]) -> bool:
    """Whether the passage begins inside a parted table."""
    first = packed[0]
    if first.kind is not BlockKind.TABLE or first.whole:
        return False
    return first is not next(unit for unit in units if unit.block == first.block)


def _header(text: str, units: Sequence[Unit], block: int) -> str:
    header = next(unit for unit in units if unit.block == block).span.of(text).split("\n", 1)[0]
    return " | ".join(cell for cell in (part.strip() for part in header.strip("| ").split("|")) if cell)[:200]


def _packed(units: Sequence[Unit], settings: IngestSettings) -> Iterator[list[Unit]]:
    """Units in passages: as many as fit, a new passage rather at the start of a paragraph than inside it."""
    budget = settings.chunk_tokens
    blocks: Counter[int] = Counter()
    for unit in units:
        blocks[unit.block] += unit.tokens
    held: list[Unit] = []
    for unit in units:
        if held and (_parts_ways(held, unit) or _is_full(held, unit, blocks[unit.block], budget)):
            yield held
            held = _overlap(held, unit, settings)
        held.append(unit)
    if held:
        yield held


def _is_full(held: Sequence[Unit], unit: Unit, block_tokens: int, budget: int) -> bool:
    """No room for the unit, or, in a passage that is half full, none for the whole paragraph that it begins."""
    used = sum(each.tokens for each in held)
    if used + unit.tokens > budget:
        return True
    begins = held[-1].block != unit.block
    return begins and block_tokens <= budget < used + block_tokens and 2 * used > budget


def _parts_ways(held: Sequence[Unit], unit: Unit) -> bool:
    """A parted table or listing shares no passage with the text around it, so that its kind stays clear."""
    if held[-1].block == unit.block:
        return False
    return any(not each.whole and each.kind not in _PROSE for each in (held[-1], unit))


def _overlap(held: Sequence[Unit], unit: Unit, settings: IngestSettings) -> list[Unit]:
    """The last sentences of a passage again at the start of the next, where both are prose and there is room."""
    count = settings.overlap_sentences
    tail = list(held[-count:]) if count else []
    if len(tail) == len(held) or any(each.kind not in _PROSE for each in (*tail, unit)):
        return []
    size = sum(each.tokens for each in tail)
    return tail if 3 * size <= settings.chunk_tokens and size + unit.tokens <= settings.chunk_tokens else []


def _kind(units: Sequence[Unit]) -> ChunkKind:
    """Table or code where that is more than half of the passage."""
    weights: Counter[ChunkKind] = Counter()
    for unit in units:
        kind = {BlockKind.TABLE: ChunkKind.TABLE, BlockKind.CODE: ChunkKind.CODE}.get(unit.kind, ChunkKind.PROSE)
        weights[kind] += unit.tokens
    kind, weight = weights.most_common(1)[0]
    return kind if 2 * weight > weights.total() else ChunkKind.PROSE


def _with_ids(document: Document, pieces: Sequence[_Piece]) -> list[Chunk]:
    seen: Counter[str] = Counter()
    chunks = []
    for ordinal, piece in enumerate(pieces):
        text = piece.span.of(document.text)
        key = json.dumps([document.kb, document.source, document.title, piece.path, text], ensure_ascii=False)
        seen[key] += 1
        chunks.append(
            Chunk(
                id=hashlib.sha256(f"{key}{seen[key]}".encode()).hexdigest()[:24],
                document_id=document.id,
                source=document.source,
                title=document.title,
                span=piece.span,
                text=text,
                heading_path=piece.path,
                page=piece.page,
                kind=piece.kind,
                language=language_of(text),
                token_count=count_tokens(text),
                ordinal=ordinal,
                valid_from=document.valid_from,
                valid_until=document.valid_until,
            )
        )
    return chunks

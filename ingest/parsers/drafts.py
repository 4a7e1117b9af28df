"""What an office document holds, block by block, before it is known which of its bold lines head a section."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from core.types import BlockKind, ParsedDocument
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.packaged_xml import believed

# In columns: a line of text has about ninety, and a heading rarely fills one.
_WIDEST_HEADING = 80
_SENTENCE_ENDS = tuple(".。;；,，!！:：、")
_DEEPEST_PROMOTED = 3
# The last three are what the Symbol and Wingdings fonts draw bullets with.
_BULLETS = tuple("•●▪■◦‣·–\uf0b7\uf0a7\uf0d8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A block to be: ``level`` 1 to 9 for headings, ``depth`` from 0 for list items, ``size`` in points or 0."""

    kind: BlockKind
    text: str
    level: int = 0
    depth: int = 0
    page: int | None = None
    bold: bool = False
    size: float = 0


def _settled(drafts: Iterable[Draft]) -> list[Draft]:
    """The same blocks without blank ones, bullets that were typed as text made list items."""
    found = []
    for draft in drafts:
        text = draft.text.strip()
        if draft.kind is BlockKind.PARAGRAPH and text[:1] in _BULLETS:
            draft = replace(draft, kind=BlockKind.LIST_ITEM, text=text[1:])
        if draft.text.strip() or draft.kind is BlockKind.CODE:
            found.append(draft)
    return found


def _promoted(found: list[Draft]) -> list[Draft]:
    """The same blocks; where none is a heading, short bold lines above text become headings, the larger the higher.

    Many support documents are written without heading styles.
    """
    if any(draft.kind is BlockKind.HEADING for draft in found):
        return found
    heads = {
        number
        for number, (draft, after) in enumerate(pairwise(found))
        if _looks_like_heading(draft) and (not _looks_like_heading(after) or after.size < draft.size)
    }
    sizes = sorted({found[number].size for number in heads}, reverse=True)
    return [
        replace(draft, kind=BlockKind.HEADING, level=min(_DEEPEST_PROMOTED, sizes.index(draft.size) + 1))
        if number in heads
        else draft
        for number, draft in enumerate(found)
    ]


def _looks_like_heading(draft: Draft) -> bool:
    text = draft.text.strip()
    if draft.kind is not BlockKind.PARAGRAPH or not draft.bold or "\n" in text or text.endswith(_SENTENCE_ENDS):
        return False
    width = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return width <= _WIDEST_HEADING and any(character.isalpha() for character in text)


def build(
    drafts: Iterable[Draft], path: Path, *, parser: str, properties: Mapping[str, str], empty_reason: str
) -> ParsedDocument:
    """The document; its title is the first heading, or the title property, or the file's name.

    Raises ``ParseError`` (``empty``) where no draft has text.
    """
    builder = DocumentBuilder()
    for draft in _with_whole_listings(_promoted(_settled(drafts))):
        builder.add(draft.kind, draft.text, level=draft.level, page=draft.page, depth=draft.depth)
    metadata = believed(properties, builder.text)
    title = builder.first_heading() or metadata.get("title") or path.stem
    return builder.build(title=title, parser=parser, metadata=metadata, empty_reason=empty_reason)


def _with_whole_listings(drafts: Sequence[Draft]) -> list[Draft]:
    """Neighbouring lines of code become one block."""
    result: list[Draft] = []
    for draft in drafts:
        if draft.kind is BlockKind.CODE and result and result[-1].kind is BlockKind.CODE:
            result[-1] = replace(result[-1], text=f"{result[-1].text}\n{draft.text}")
        else:
            result.append(draft)
    return result

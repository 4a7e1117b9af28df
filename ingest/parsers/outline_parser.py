"""reStructuredText and Org where pandoc is missing: headings by their marks, the rest as plain text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.types import BlockKind, ParsedDocument
from ingest.encoding import decode
from ingest.metadata import named
from ingest.parsers.builder import DocumentBuilder, clean
from ingest.parsers.text_parser import text_blocks, width

VERSION = "outline 1"
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{1,}\s*$")
_FIELD = re.compile(r":([^:\n]{1,40}):[ \t]+(\S.*)$")
_ORG_HEADING = re.compile(r"(\*+) (?:(?:TODO|DONE) )?(.{0,500}?)(?:[ \t]{1,99}:[\w@:]+:)?[ \t]{0,99}$")
_ORG_FIELD = re.compile(r"#\+(\w+):[ \t]*(\S.*)$")
_ORG_CODE = re.compile(r"#\+begin_(?:src|example)\b.*$", re.IGNORECASE)
_ORG_CODE_END = re.compile(r"#\+end_(?:src|example)\b", re.IGNORECASE)
_ROLE = re.compile(r":[\w+-]+(?::[\w+-]+)*:`([^`<]{1,300}?)(?:\s{0,9}<[^`>]*>)?`")
_CODE_DIRECTIVE = re.compile(r"\.\. (?:code|code-block|sourcecode)::")
_DIRECTIVE = re.compile(r"^(\s*)\.\. [\w:-]+::\s*")
_CODE_MARGIN = "    "
_LITERAL = re.compile(r"``([^`]+)``")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A heading, lines of text or a block of code."""

    kind: BlockKind
    text: str
    level: int = 0


def parse_rst(path: Path) -> ParsedDocument:
    """Each style of underline is a level, in the order in which the file first uses them."""
    lines = clean(decode(path.read_bytes())).split("\n")
    return _document(path, _rst_parts(lines), rst_fields("\n".join(lines)))


def parse_org(path: Path) -> ParsedDocument:
    """Stars are levels; ``#+TITLE`` and the other keywords are metadata."""
    lines = clean(decode(path.read_bytes())).split("\n")
    fields = {match[1].lower(): match[2] for line in lines if (match := _ORG_FIELD.match(line))}
    return _document(path, _org_parts(lines), fields)


def rst_fields(text: str) -> dict[str, str]:
    """The ``:name: value`` lines near the beginning."""
    return {match[1]: match[2] for line in text.split("\n", 30)[:30] if (match := _FIELD.match(line))}


def without_roles(text: str) -> str:
    """The words of ``:ref:`words <target>```, whose targets only Sphinx knows."""
    return _ROLE.sub(r"\1", text)


def _document(path: Path, parts: Iterator[_Part], fields: dict[str, str]) -> ParsedDocument:
    builder = DocumentBuilder()
    for part in parts:
        if part.kind is BlockKind.PARAGRAPH:
            text_blocks(builder, part.text)
        else:
            builder.add(part.kind, part.text, level=part.level)
    metadata = named(fields)
    title = metadata.get("title") or builder.first_heading() or path.stem
    return builder.build(title=title, parser=VERSION, metadata=metadata)


def _rst_parts(lines: list[str]) -> Iterator[_Part]:
    styles: list[str] = []
    held: list[str] = []
    position = 0
    while position < len(lines):
        size, style = _rst_heading(lines, position)
        if size:
            yield _Part(kind=BlockKind.PARAGRAPH, text=_rst_text(held))
            styles += [style] if style not in styles else []
            title = lines[position + size - 2].strip()
            yield _Part(kind=BlockKind.HEADING, text=_plain(title), level=styles.index(style) + 1)
            held, position = [], position + size
        else:
            held.append(lines[position])
            position += 1
    yield _Part(kind=BlockKind.PARAGRAPH, text=_rst_text(held))


def _rst_heading(lines: list[str], position: int) -> tuple[int, str]:
    """Lines of the heading at ``position``, 0 where none is, and its style: the mark, and whether a line is above."""
    first, second, third = [*lines[position : position + 3], "", ""][:3]
    over, under = _ADORNMENT.match(first), _ADORNMENT.match(second)
    if over and third == first and second.strip() and not under:
        return 3, f"{over[1]} above"
    is_title = first.strip() and not first[0].isspace() and not over and under
    return (2, under[1]) if is_title and under and len(second.strip()) >= min(width(first.strip()), 4) else (0, "")


def _rst_text(lines: list[str]) -> str:
    kept: list[str] = []
    is_code = False
    for line in lines:
        is_code = is_code and (not line.strip() or line[0].isspace())
        if is_code:
            kept.append(_CODE_MARGIN + line)
        elif not _CODE_DIRECTIVE.match(line) and not line.startswith((".. _", ".. |", ".. include::")):
            kept.append(_plain(_DIRECTIVE.sub(r"\1", line)))
        is_code = is_code or bool(_CODE_DIRECTIVE.match(line)) or line.rstrip().endswith("::")
    return "\n".join(kept).replace("::\n", ":\n")


def _plain(text: str) -> str:
    return _LITERAL.sub(r"\1", without_roles(text))


def _org_parts(lines: list[str]) -> Iterator[_Part]:
    held: list[str] = []
    is_code = False
    for line in [*lines, "* "]:
        heading = None if is_code else _ORG_HEADING.match(line)
        starts, ends = bool(_ORG_CODE.match(line.strip())), bool(_ORG_CODE_END.match(line.strip()))
        if heading or starts or ends:
            yield _Part(kind=BlockKind.CODE if is_code else BlockKind.PARAGRAPH, text="\n".join(held))
            held, is_code = [], starts
        if heading:
            yield _Part(kind=BlockKind.HEADING, text=heading[2], level=len(heading[1]))
        elif not starts and not ends and not _ORG_FIELD.match(line):
            held.append(line)

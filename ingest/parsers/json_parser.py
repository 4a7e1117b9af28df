"""JSON and JSON Lines: questions with their answers become headed entries, any other data readable lines."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import ParseError
from core.types import BlockKind, ParsedDocument
from ingest.encoding import decode
from ingest.metadata import named
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.faq_entries import Entry, asked_keys, entry_of, holds_entries, name_of
from ingest.parsers.html_inline import inline_text
from ingest.parsers.html_parser import add_markdown, html_blocks
from ingest.parsers.html_tree import drop_unseen, load
from ingest.parsers.text_parser import text_blocks

VERSION = "json 2"
_ENTRY_LEVEL = 2
_HTML = re.compile(
    r"<(?:/?(?:p|div|ul|ol|li|h[1-6]|table|tr|td|b|strong|em|span|pre|code|blockquote)(?:\s[^<>]*)?|"
    r"(?:br|img|hr|a)\b[^<>]*)>",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(r"^```|^#{1,6} \S|\*\*[^*\n]+\*\*|\]\(\S+\)|^\|[ :]*-{2,}", re.MULTILINE)


def parse_json(path: Path) -> ParsedDocument:
    """One JSON document. What its outermost mapping says about itself becomes metadata too."""
    text = decode(path.read_bytes())
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not valid JSON: {error}", parser=VERSION) from error
    return _document(path, data)


def parse_jsonl(path: Path) -> ParsedDocument:
    """One JSON value a line. Raises ``ParseError`` with the number of the first line that is none."""
    values = []
    for number, line in enumerate(decode(path.read_bytes()).split("\n"), 1):
        if not line.strip():
            continue
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise ParseError(f"line {number} is not valid JSON: {error}", parser=VERSION) from error
    return _document(path, values)


def _document(path: Path, data: Any) -> ParsedDocument:
    builder = DocumentBuilder()
    stated = {}
    if isinstance(data, dict) and entry_of(data) is None:
        stated = named({key: value for key, value in data.items() if isinstance(value, str | int | float | bool)})
    _add(builder, data, 0)
    # The fields of an envelope speak of the whole; those of any other mapping are its data.
    metadata = stated if holds_entries(data) else {}
    return builder.build(
        title=stated.get("title") or path.stem,
        parser=VERSION,
        metadata=metadata,
        empty_reason="the data holds no value",
    )


def _add(builder: DocumentBuilder, value: Any, depth: int) -> None:
    entry = entry_of(value)
    if entry is not None:
        add_entry(builder, entry, depth)
    elif isinstance(value, list):
        for item in value:
            _add(builder, item, depth)
    elif isinstance(value, dict) and holds_entries(value):
        _add_group(builder, value, depth)
    else:
        builder.add(BlockKind.PARAGRAPH, "\n".join(_lines(value, "")))


def add_entry(builder: DocumentBuilder, entry: Entry, depth: int = 0) -> None:
    """Append an entry: its question as a heading below ``depth`` others, the answer, then its other fields as lines."""
    builder.add(BlockKind.HEADING, _shown(entry.question), level=max(_ENTRY_LEVEL, depth + 1))
    builder.add(BlockKind.PARAGRAPH, "\n".join(map(_shown, entry.others)))
    _add_answer(builder, entry.answer)
    builder.add(BlockKind.PARAGRAPH, "\n".join(_lines(entry.rest, "")))


def _add_answer(builder: DocumentBuilder, answer: str) -> None:
    if _HTML.search(answer):
        html_blocks(builder, answer)
    elif _MARKDOWN.search(answer):
        add_markdown(builder, answer)
    else:
        text_blocks(builder, answer)


def _add_group(builder: DocumentBuilder, group: Mapping[str, Any], depth: int) -> None:
    """An envelope (``{"faqs": [...]}``) or a category: its name heads its entries, its other fields follow the name."""
    asked = asked_keys(group)
    for entry in asked:
        add_entry(builder, entry, depth)
    if asked:
        return
    key, name = name_of(group)
    builder.add(BlockKind.HEADING, name, level=depth + 1)
    inside = {each: value for each, value in group.items() if holds_entries(value)}
    rest = {each: value for each, value in group.items() if each not in inside and each != key}
    builder.add(BlockKind.PARAGRAPH, "\n".join(_lines(rest, "")))
    for value in inside.values():
        _add(builder, value, depth + bool(name))


def _lines(value: Any, path: str) -> Iterator[str]:
    """``key.path: value`` for every leaf, in document order; empty leaves are left out."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _lines(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _lines(item, path)
    elif value is not None and str(value).strip():
        shown = _shown(value) if isinstance(value, str) else json.dumps(value)
        yield f"{path}: {shown}" if path else shown


def _shown(text: str) -> str:
    """A value on one line, its markup read."""
    if _HTML.search(text):
        return inline_text(drop_unseen(load(f"<div>{text}</div>")))
    return " ".join(text.split())

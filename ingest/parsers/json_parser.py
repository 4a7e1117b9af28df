"""JSON and JSON Lines: question and answer pairs become headed entries, any other data readable lines."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import ParseError
from core.types import BlockKind, ParsedDocument
from ingest.encoding import decode
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.text_parser import text_blocks

VERSION = "json 1"
_QUESTION_KEYS = ("question", "q", "title", "问题", "問題", "标题")
_ANSWER_KEYS = ("answer", "a", "answers", "response", "答案", "回答", "解答")
_ENTRY_LEVEL = 2


def parse_json(path: Path) -> ParsedDocument:
    """One JSON document. A single text field of length is taken for the title."""
    text = decode(path.read_bytes())
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not valid JSON: {error}", parser=VERSION) from error
    return _document(path, data)


def parse_jsonl(path: Path) -> ParsedDocument:
    """One JSON value a line. Raises ``ParseError`` with the number of the first line that is none."""
    values = []
    for number, line in enumerate(decode(path.read_bytes()).splitlines(), 1):
        if not line.strip():
            continue
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise ParseError(f"line {number} is not valid JSON: {error}", parser=VERSION) from error
    return _document(path, values)


def _document(path: Path, data: Any) -> ParsedDocument:
    builder = DocumentBuilder()
    for entry in data if isinstance(data, list) else [data]:
        _add(builder, entry)
    title = data.get("title") if isinstance(data, dict) and isinstance(data.get("title"), str) else ""
    return builder.build(title=title or path.stem, parser=VERSION, empty_reason="the data holds no value")


def _add(builder: DocumentBuilder, entry: Any) -> None:
    pair = _pair(entry)
    if pair is not None:
        question, answer, rest = pair
        builder.add(BlockKind.HEADING, question, level=_ENTRY_LEVEL)
        text_blocks(builder, answer)
        builder.add(BlockKind.PARAGRAPH, "\n".join(_lines(rest, "")))
        return
    key = _pairs_key(entry)
    if key is not None:
        for item in entry[key]:
            _add(builder, item)
        entry = {name: value for name, value in entry.items() if name != key}
    builder.add(BlockKind.PARAGRAPH, "\n".join(_lines(entry, "")))


def _pair(entry: Any) -> tuple[str, str, Mapping[str, Any]] | None:
    """Question, answer and the other fields of an FAQ entry; None where it is no such entry."""
    if not isinstance(entry, dict):
        return None
    fields = {str(key).lower(): (key, value) for key, value in entry.items()}
    question = next((fields[key] for key in _QUESTION_KEYS if key in fields), None)
    answer = next((fields[key] for key in _ANSWER_KEYS if key in fields), None)
    if question is None or answer is None or not isinstance(question[1], str) or not question[1].strip():
        return None
    texts = answer[1] if isinstance(answer[1], list) else [answer[1]]
    if not texts or not all(isinstance(text, str) for text in texts):
        return None
    rest = {key: value for key, value in entry.items() if key not in {question[0], answer[0]}}
    return question[1], "\n\n".join(texts), rest


def _pairs_key(entry: Any) -> str | None:
    """The key of an envelope like ``{"faqs": [...]}`` under which nothing but pairs stands."""
    if not isinstance(entry, dict):
        return None
    lists = ((key, value) for key, value in entry.items() if isinstance(value, list) and value)
    return next((key for key, value in lists if all(_pair(item) is not None for item in value)), None)


def _lines(value: Any, path: str) -> Iterator[str]:
    """``key.path: value`` for every leaf, in document order; empty leaves are left out."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _lines(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _lines(item, path)
    elif value is not None and str(value).strip():
        shown = value if isinstance(value, str) else json.dumps(value)
        yield f"{path}: {' '.join(shown.split())}" if path else shown

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from ingest.parsers.json_parser import parse_json, parse_jsonl

Texts = Callable[[Any], list[tuple[str, str]]]


def write(folder: Path, *values: object) -> Path:
    path = folder / "faq.json"
    path.write_text("\n".join(json.dumps(value, ensure_ascii=False) for value in values), encoding="utf-8")
    return path


def test_each_question_heads_its_answer(tmp_path: Path, texts_of: Texts) -> None:
    pairs = [
        {"question": "How long?", "answer": "Three days.\n\nReally.", "category": "billing"},
        {"问题": "多久到账？", "答案": "三天。"},
    ]
    expected = [
        ("h2", "How long?"),
        ("paragraph", "Three days."),
        ("paragraph", "Really."),
        ("paragraph", "category: billing"),
        ("h2", "多久到账？"),
        ("paragraph", "三天。"),
    ]
    assert texts_of(parse_json(write(tmp_path, pairs))) == expected
    assert texts_of(parse_jsonl(write(tmp_path, *pairs))) == expected
    assert texts_of(parse_json(write(tmp_path, {"version": 2, "faqs": pairs}))) == [
        *expected,
        ("paragraph", "version: 2"),
    ]


def test_other_data_becomes_readable_lines(tmp_path: Path, texts_of: Texts) -> None:
    data = {"title": "Limits", "limits": {"rate": 300, "burst": None, "open": True, "plans": ["Solo", "Team"]}}
    document = parse_json(write(tmp_path, data))
    assert document.title == "Limits"
    assert texts_of(document) == [
        (
            "paragraph",
            "title: Limits\nlimits.rate: 300\nlimits.open: true\nlimits.plans: Solo\nlimits.plans: Team",
        )
    ]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n{"a": \n')
    with pytest.raises(ParseError, match="line 3 is not valid JSON"):
        parse_jsonl(path)

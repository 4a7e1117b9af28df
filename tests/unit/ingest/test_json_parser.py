import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import ParseError
from ingest.parsers.json_parser import parse_json, parse_jsonl

KEYS = st.sampled_from(["question", "answer", "name", "faqs", "text", "标题", "x"])
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
        ("paragraph", "version: 2"),
        *expected,
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


def test_categories_head_their_entries_and_markup_in_answers_is_read(tmp_path: Path, texts_of: Texts) -> None:
    data = {
        "title": "Help",
        "updated": "2026年1月2日",
        "categories": [
            {
                "category": "账单",
                "items": [{"问题": ["多久？", "几天？"], "答案": "<p>三<b>天</b></p><ul><li>卡</li></ul>"}],
            },
            {"name": "Plans", "faqs": [{"q": "How?", "a": {"text": "**So** it is:\n\n- a\n- b"}, "id": 7}]},
        ],
        "more": {"Can I?": "Yes.", "可以吗？": "可以。"},
    }
    document = parse_json(write(tmp_path, data))
    assert document.metadata == {"title": "Help", "modified": "2026-01-02"}
    assert texts_of(document) == [
        ("h1", "Help"),
        ("paragraph", "updated: 2026年1月2日"),
        ("h2", "账单"),
        ("h3", "多久？"),
        ("paragraph", "几天？"),
        ("paragraph", "三天"),
        ("list_item", "卡"),
        ("h2", "Plans"),
        ("h3", "How?"),
        ("paragraph", "So it is:"),
        ("list_item", "a"),
        ("list_item", "b"),
        ("paragraph", "id: 7"),
        ("h2", "Can I?"),
        ("paragraph", "Yes."),
        ("h2", "可以吗？"),
        ("paragraph", "可以。"),
    ]


def test_a_faq_page_of_schema_org_and_an_article_are_entries(tmp_path: Path, texts_of: Texts) -> None:
    page = {
        "@type": "FAQPage",
        "mainEntity": [{"@type": "Question", "name": "Why?", "acceptedAnswer": {"text": "So."}}],
    }
    assert ("h2", "Why?") in texts_of(parse_json(write(tmp_path, page)))
    article = [{"title": "退款", "content": "三天内到账。"}, {"title": "Only a title", "size": 3}]
    assert texts_of(parse_json(write(tmp_path, article))) == [
        ("h2", "退款"),
        ("paragraph", "三天内到账。"),
        ("paragraph", "title: Only a title\nsize: 3"),
    ]


def test_what_an_answer_says_besides_its_text_is_kept(tmp_path: Path) -> None:
    page = [{"question": "退款多久？", "answer": {"@type": "Answer", "text": "三天。", "author": "林"}}]
    text = parse_json(write(tmp_path, page)).text
    assert "三天。" in text
    assert "author: 林" in text
    assert "Answer" not in text


@given(
    st.recursive(
        st.text("ab词 ", max_size=6), lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=12
    )
)
@example({"question": {"text": {}}})
@example([{"question": {"text": {"name": "退款"}}, "answer": {"text": {"b": "三天"}}}])
def test_no_value_is_lost(data: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        try:
            text = parse_json(path).text
        except ParseError:
            text = ""
    assert [leaf for leaf in leaves(data) if " ".join(leaf.split()) not in text] == []


def leaves(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    else:
        for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
            yield from leaves(each)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n{"a": \n')
    with pytest.raises(ParseError, match="line 3 is not valid JSON"):
        parse_jsonl(path)

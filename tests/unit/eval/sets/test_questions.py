"""Judged questions are read whole or refused with the file and the line."""

import json
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound
from core.types import Turn
from eval.sets.questions import GoldQuote, JudgedQuestion, load_questions

FULL = {
    "id": "z1",
    "question": "那手续费呢？",
    "language": "zh",
    "answerable": True,
    "gold": [{"source": "billing/退款.md", "quote": "手续费为 20 元"}],
    "history": [{"role": "user", "content": "余额可以退吗？"}, {"role": "assistant", "content": "可以。"}],
    "tags": ["follow-up"],
}
SHORT = {"id": "e1", "question": "Who founded it?", "language": "en", "answerable": False}


def write(path: Path, *rows: object) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_questions_come_in_file_order_with_history_and_gold(tmp_path: Path) -> None:
    assert load_questions(write(tmp_path / "q.jsonl", FULL, "", SHORT)) == [
        JudgedQuestion(
            id="z1",
            question="那手续费呢？",
            language="zh",
            answerable=True,
            gold=(GoldQuote(source="billing/退款.md", quote="手续费为 20 元"),),
            history=(Turn(role="user", content="余额可以退吗？"), Turn(role="assistant", content="可以。")),
            tags=("follow-up",),
        ),
        JudgedQuestion(id="e1", question="Who founded it?", language="en", answerable=False),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"id": ', "line 2: Invalid JSON"),
        ({**SHORT, "language": "fr"}, "line 2: language: "),
        ({**SHORT, "id": ""}, "line 2: .*needs an id and words"),
        ({**SHORT, "question": " "}, "line 2: .*needs an id and words"),
        ({**SHORT, "answerable": True}, "line 2: .*answerable=True and 0 gold quotes"),
        ({**FULL, "answerable": False}, "line 2: .*answerable=False and 1 gold quotes"),
        ({**FULL, "id": "z2", "gold": [{"source": "a.md", "quote": " "}]}, "line 2: .*empty gold quote"),
        ({**FULL, "id": "z2", "gold": [{"source": "a.md"}]}, r"line 2: gold\.0\.quote: Field required"),
        ({**FULL, "id": "z2", "history": [{"role": "robot", "content": "?"}]}, r"line 2: history\.0\.role: "),
        (FULL, "line 2: id 'z1' already stands on line 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, row: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        load_questions(write(tmp_path / "q.jsonl", FULL, row))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no questions"):
        load_questions(write(tmp_path / "q.jsonl"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"questions\.jsonl"):
        load_questions(tmp_path / "questions.jsonl")

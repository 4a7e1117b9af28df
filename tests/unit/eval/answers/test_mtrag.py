"""Conversations over given passages become judged questions with their contexts."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInput, NotFound
from eval.answers.mtrag import ingest_conversations, is_conversations, load_conversations

SETS = Path(os.environ.get("CITEDESK_EVAL_SETS", Path(__file__).parents[5] / "shared" / "data" / "dev"))
SUBSET = SETS / "mtrag_human_subset" / "reference_subset_with_human_evaluations.json"


def task(id_: str, text: str, label: str = "ANSWERABLE", **more: object) -> dict[str, object]:
    return {
        "task_id": id_,
        "input": [{"speaker": "user", "text": text}],
        "contexts": [{"document_id": "d1"}],
        "targets": [{"speaker": "agent", "text": "Ten days."}],
        "Answerability": [label],
        "Question Type": ["Factoid"],
        **more,
    }


def write(folder: Path, *tasks: object, documents: tuple[str, ...] = ("d1",)) -> Path:
    path = folder / "subset.json"
    rows = [{"document_id": name, "title": "Refunds", "text": f"Refunds take ten days. {name}"} for name in documents]
    path.write_text(json.dumps({"documents": rows, "tasks": list(tasks)}, ensure_ascii=False), encoding="utf-8")
    return path


def test_the_last_turn_is_the_question_and_the_others_its_history(tmp_path: Path) -> None:
    turns = [
        {"speaker": "user", "text": "我要退款"},
        {"speaker": "agent", "text": "好的"},
        {"speaker": "user", "text": " 要多久？ "},
    ]
    [question] = load_conversations(write(tmp_path, task("t1", "", input=turns))).questions
    assert (question.question, question.language) == ("要多久？", "zh")
    assert [(turn.role, turn.content) for turn in question.history] == [("user", "我要退款"), ("assistant", "好的")]
    assert (question.contexts, question.reference) == (("d1",), "Ten days.")
    assert question.tags == ("answerable", "factoid")


@pytest.mark.parametrize(("label", "answerable"), [("ANSWERABLE", True), ("PARTIAL", True), ("UNANSWERABLE", False)])
def test_labels_say_whether_there_is_an_answer(tmp_path: Path, label: str, answerable: bool) -> None:
    [question] = load_conversations(write(tmp_path, task("t1", "How long?", label))).questions
    assert question.answerable is answerable
    assert bool(question.reference) is answerable


def test_thanks_are_no_question(tmp_path: Path) -> None:
    found = load_conversations(write(tmp_path, task("t1", "How?"), task("t2", "Thank you!", "CONVERSATIONAL")))
    assert ([question.id for question in found.questions], found.left_out) == (["t1"], 1)


def test_only_missing_documents_are_stored(tmp_path: Path, desk: Any) -> None:
    conversations = load_conversations(write(tmp_path, task("t1", "How?"), documents=("d1", "d2")))
    for _ in range(2):
        ingest_conversations(desk, conversations, "kb")
    assert [document.source for document in desk.documents["kb"]] == ["d1", "d2"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[]", "it should hold documents and tasks"),
        ('{"documents": [], "tasks": [{"task_id": "a"}]}', "tasks.0.input"),
        ('{"documents": [], "tasks": []}', "no task asks"),
    ],
)
def test_another_layout_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=complaint):
        load_conversations(path)


def test_unknown_documents_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"1 documents that are not there, among them \['d1'\]"):
        load_conversations(write(tmp_path, task("t1", "How?"), documents=("d2",)))
    with pytest.raises(NotFound, match=r"absent\.json"):
        load_conversations(tmp_path / "absent.json")


def test_one_object_a_file_is_told_from_one_a_line() -> None:
    assert is_conversations(Path("subset.json"))
    assert not is_conversations(Path("questions.jsonl"))


@pytest.mark.skipif(not SUBSET.is_file(), reason="the evaluation sets are not here")
def test_the_public_subset_is_read() -> None:
    found = load_conversations(SUBSET)
    assert (len(found.questions), found.left_out, len(found.documents)) == (157, 2, 350)
    assert sum(not question.answerable for question in found.questions) == 7
    assert sum(bool(question.history) for question in found.questions) == 137

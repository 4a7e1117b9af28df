"""What people said about answers becomes judged questions, and doubts go to people."""

import json
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound
from eval.sets.accept import accept
from eval.sets.import_files import Imported, write_import
from eval.sets.import_records import import_records
from eval.sets.questions import GoldQuote, load_questions

UP, DOWN = {"vote": "up"}, {"vote": "down"}
RIGHT = {"source": "退款.md", "quote": "手续费为 20 元"}


def record(question: str, status: str = "answered", **changes: object) -> dict[str, object]:
    citation = {"source": "refunds.md", "quote": "Refunds take 10 days."}
    claims = [{"text": "Ten days.", "citations": [citation, citation]}] if status == "answered" else []
    return {"id": "t1", "question": question, "kb": "help", "status": status, "claims": claims, **changes}


def imported(tmp_path: Path, *rows: object, kb: str = "") -> Imported:
    path = tmp_path / "records.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return import_records(path, kb)


def test_an_up_voted_answer_is_an_answerable_question_with_the_quotes_it_showed(tmp_path: Path) -> None:
    (question,) = imported(tmp_path, record("How long?", feedback=UP)).questions
    assert question.gold == (GoldQuote(source="refunds.md", quote="Refunds take 10 days."),)
    assert (question.answerable, question.language, question.tags) == (True, "en", ("feedback",))


def test_an_up_voted_honest_no_is_an_unanswerable_question(tmp_path: Path) -> None:
    (question,) = imported(tmp_path, record("谁创办了公司？", "insufficient_evidence", feedback=UP)).questions
    assert (question.answerable, question.gold, question.language) == (False, (), "zh")


def test_a_corrected_quote_takes_the_place_of_the_shown_ones(tmp_path: Path) -> None:
    (question,) = imported(tmp_path, record("手续费多少？", feedback={**UP, "corrected": [RIGHT]})).questions
    assert question.gold == (GoldQuote(source="退款.md", quote="手续费为 20 元"),)


def test_a_down_voted_answer_goes_to_people_and_not_into_the_questions(tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        record("How long?", feedback={**DOWN, "comment": "outdated"}),
        record("手续费多少？", "insufficient_evidence", feedback={**DOWN, "corrected": [RIGHT]}),
    )
    assert (found.questions, found.rejected) == ((), ())
    open_, corrected = found.to_judge
    assert (open_["answerable"], open_["gold"], open_["accepted"]) == (None, [], False)
    assert open_["records"][0]["feedback"]["comment"] == "outdated"
    assert (corrected["answerable"], corrected["gold"]) == (True, [RIGHT])


def test_a_question_judged_both_ways_goes_to_people_once(tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        record("退款多久？", feedback=UP),
        record("退款多久？", "insufficient_evidence", feedback=UP),
        record(" 退款多久？", feedback=DOWN),
    )
    assert found.questions == ()
    (line,) = found.to_judge
    assert [one["status"] for one in line["records"]] == ["answered", "insufficient_evidence", "answered"]
    assert found.merged == 2


def test_equal_verdicts_on_one_question_join_and_a_follow_up_is_another(tmp_path: Path) -> None:
    other = [{"text": "x", "citations": [RIGHT]}]
    turns = [{"role": "user", "content": "退款"}]
    found = imported(
        tmp_path,
        record("多久？", feedback=UP),
        record("多久？", feedback=UP, claims=other),
        record("多久？", feedback=UP, history=turns),
    )
    assert [len(question.gold) for question in found.questions] == [2, 1]
    assert found.questions[1].history[0].content == "退款"
    assert found.merged == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (record("How long?"), "no feedback"),
        (record("多久？", "unavailable", feedback=UP), "was down"),
        (record("多久？", claims=[], feedback=UP), "without a quote"),
        (record("", feedback=UP), "question: "),
        (record("多久？", "maybe", feedback=UP), "status: "),
        (record("多久？", feedback={"vote": "sideways"}), "feedback.vote: "),
        ('{"question": ', "not JSON"),
        ("[1, 2]", "valid"),
    ],
)
def test_what_judges_nothing_is_rejected_with_its_line_and_kept_whole(tmp_path: Path, row: object, reason: str) -> None:
    found = imported(tmp_path, record("Fine?", feedback=UP), "", row)
    (rejected,) = found.rejected
    assert rejected.row == 3
    assert reason in rejected.reason
    assert rejected.values == (row if isinstance(row, dict) else {"line": row.strip()})


def test_nothing_is_lost(tmp_path: Path) -> None:
    rows = [
        record("a?", feedback=UP),
        record("a?", feedback=UP),
        record("b?", feedback=DOWN),
        record("c?"),
        "nonsense",
        record("d?", "refused", feedback=UP),
    ]
    found = imported(tmp_path, *rows)
    judged = sum(len(line["records"]) for line in found.to_judge)
    assert (len(found.questions), found.merged, judged, len(found.rejected)) == (2, 1, 1, 2)
    assert len(found.questions) + found.merged + judged + len(found.rejected) == len(rows)


def test_knowledge_bases_are_not_mixed(tmp_path: Path) -> None:
    rows = [record("a?", feedback=UP), record("b?", feedback=UP, kb="客服")]
    with pytest.raises(InvalidInput, match="help, 客服"):
        imported(tmp_path, *rows)
    found = imported(tmp_path, *rows, kb="客服")
    assert [question.question for question in found.questions] == ["b?"]
    assert found.rejected[0].reason == "of knowledge base 'help', not '客服'"


def test_a_missing_export_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"none\.jsonl"):
        import_records(tmp_path / "none.jsonl")


def test_what_was_judged_by_a_person_can_be_accepted(tmp_path: Path) -> None:
    found = imported(
        tmp_path, record("手续费多少？", feedback={**DOWN, "corrected": [RIGHT]}), record("How long?", feedback=DOWN)
    )
    (to_judge,) = write_import(found, tmp_path / "out", force=False)
    corrected, open_ = (json.loads(line)["id"] for line in to_judge.read_text(encoding="utf-8").splitlines())
    questions = tmp_path / "questions.jsonl"
    with pytest.raises(InvalidInput, match=r"to_judge\.jsonl, line 2: answerable: "):
        accept(to_judge, questions, everything=True)
    assert accept(to_judge, questions, ids=[corrected]).left == (open_,)
    (question,) = load_questions(questions)
    assert question.gold == (GoldQuote(**RIGHT),)

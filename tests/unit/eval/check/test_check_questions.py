"""A person who wrote questions learns of every fault at once, with its line and what was probably meant."""

import json
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound
from eval.check.check import format_of
from eval.check.documents import StoredDocuments
from eval.check.questions import check_questions
from eval.check.report import KINDS, CheckReport, Problem, check_json
from eval.sets.questions import load_questions

TEXTS = {
    "refunds.md": "Refunds\n\nRefunds take 10 working days. The fee is 2.50 euros.\n\nA label is valid for 14 days.",
    "help/退款.md": "退款\n\n退款需要十个工作日，手续费为 20 元。\n\n面单打印后 14 天内可以作废。",
}
DOCUMENTS = StoredDocuments(
    ids={source: source for source in TEXTS}, text_of=TEXTS.__getitem__, silent={"scan.pdf": "empty: no text layer"}
)
NO_SILENT = StoredDocuments(ids=DOCUMENTS.ids, text_of=TEXTS.__getitem__)
EN = {
    "id": "e1",
    "question": "How long does a refund take?",
    "language": "en",
    "answerable": True,
    "gold": [{"source": "refunds.md", "quote": "Refunds take 10 working days."}],
}
ZH = {
    "id": "z1",
    "question": "退款的手续费是多少？",
    "language": "zh",
    "answerable": True,
    "gold": [{"source": "help/退款.md", "quote": "手续费为 20 元"}],
}
NO = {"id": "n1", "question": "Who founded the company?", "language": "en", "answerable": False}


def check(tmp_path: Path, *rows: object, documents: StoredDocuments = NO_SILENT) -> CheckReport:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return check_questions(path, documents, format="questions")


def kinds(report: CheckReport) -> list[tuple[int, str]]:
    return [(problem.line, problem.kind) for problem in report.problems]


def test_a_sound_file_has_no_problem_and_is_counted(tmp_path: Path) -> None:
    report = check(tmp_path, EN, "", ZH, NO)
    assert report.problems == ()
    assert (report.questions, report.answerable, report.judgements, report.documents) == (3, 2, 2, 2)
    assert report.by_language == {"en": 2, "zh": 1}
    assert report.summary.endswith("3 questions (2 en, 1 zh), 2 answerable, 2 judgements, 2 documents: no problem")


def test_one_of_a_thing_is_called_so(tmp_path: Path) -> None:
    report = check(tmp_path, {**EN, "language": "zh"})
    assert report.summary.endswith("1 question (1 zh), 1 answerable, 1 judgement, 2 documents: 1 problem")


def test_every_problem_of_a_file_is_told_in_one_go_by_line(tmp_path: Path) -> None:
    wrong_words = {**EN, "gold": [{"source": "refunds.md", "quote": "Refunds take ten days"}]}
    report = check(
        tmp_path,
        ZH,
        '{"id": ',
        {**NO, "language": "fr"},
        {**NO, "id": "z1", "question": "退款的手续费是多少？", "language": "zh", "gold": ZH["gold"]},
        wrong_words,
        documents=DOCUMENTS,
    )
    assert kinds(report) == [
        (2, "unreadable"),
        (3, "unknown_language"),
        (4, "gold_in_unanswerable"),
        (4, "duplicate_id"),
        (4, "duplicate_question"),
        (5, "quote_not_found"),
        (0, "no_text"),
    ]
    assert report.problems[-1] == Problem(file="scan.pdf", line=0, kind="no_text", message="empty: no text layer")
    assert report.summary.endswith("7 problems")


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({**EN, "gold": []}, "no_gold"),
        ({**EN, "gold": [{"source": "refunds.md", "quote": " "}]}, "empty_quote"),
        ({**EN, "question": " "}, "unreadable"),
        ({**EN, "gold": [{"source": "refunds.md"}]}, "unreadable"),
        ({**EN, "language": "zh"}, "language_differs"),
        ({**ZH, "language": "en"}, "language_differs"),
        ({**EN, "tag": ["price"]}, "unread_key"),
        ({**EN, "accepted": False}, "not_accepted"),
        ({**EN, "contexts": ["nothing.md"]}, "unknown_document"),
    ],
)
def test_a_fault_of_one_line_has_its_kind(tmp_path: Path, row: object, kind: str) -> None:
    assert (1, kind) in kinds(check(tmp_path, row))


def test_keys_of_ones_own_are_let_be(tmp_path: Path) -> None:
    assert kinds(check(tmp_path, {**EN, "asked_by": "Ada", "note": "hard"})) == []


def test_a_name_of_the_other_language_does_not_make_a_question_foreign(tmp_path: Path) -> None:
    assert kinds(check(tmp_path, {**ZH, "question": "TM-1042 refund 怎么办？"})) == []
    assert kinds(check(tmp_path, {**EN, "question": "Where is the file 退款.md of the help centre?"})) == []


def test_the_closest_passage_is_offered_for_a_quote_that_is_not_there(tmp_path: Path) -> None:
    report = check(
        tmp_path,
        {**EN, "gold": [{"source": "refunds.md", "quote": "Refunds take ten working days."}]},
        {**ZH, "gold": [{"source": "help/退款.md", "quote": "退款需要 10 个工作日，手续费 20 元"}]},
        {
            **EN,
            "id": "e2",
            "question": "Is there a gift card?",
            "gold": [{"source": "refunds.md", "quote": "无关的话"}],
        },
    )
    english, chinese, nothing = (problem.message for problem in report.problems)
    assert "closest" in english
    assert "'Refunds take 10 working days.'" in english
    assert "'退款需要十个工作日，手续费为 20 元。'" in chinese
    assert nothing.endswith("nothing there comes near it")


def test_a_quote_under_the_wrong_source_is_sent_to_the_right_one(tmp_path: Path) -> None:
    report = check(
        tmp_path,
        {**ZH, "gold": [{"source": "refunds.md", "quote": "手续费为 20 元"}]},
        {**EN, "gold": [{"source": "docs\\refunds.md", "quote": "Refunds take 10 working days."}]},
    )
    moved, misnamed = report.problems
    assert (moved.kind, misnamed.kind) == ("quote_not_found", "unknown_document")
    assert moved.message.endswith("(the quote stands in 'help/退款.md')")
    assert "do you mean 'refunds.md'?" in misnamed.message


def test_a_document_without_text_is_named_where_a_quote_needs_it(tmp_path: Path) -> None:
    report = check(tmp_path, {**EN, "gold": [{"source": "scan.pdf", "quote": "ten"}]}, documents=DOCUMENTS)
    assert "gave no text: empty: no text layer" in report.problems[0].message


def test_near_duplicates_are_told_but_other_numbers_and_names_are_other_questions(tmp_path: Path) -> None:
    report = check(
        tmp_path,
        ZH,
        {**ZH, "id": "z2", "question": "退款的手续费是多少呢？"},
        {**EN, "question": "What does the code TM-1001 in the app mean?"},
        {**EN, "id": "e2", "question": "What does the code TM-1002 in the app mean?"},
        {**EN, "id": "e3", "question": "what does the code TM-1001 in the app mean, please?"},
    )
    assert kinds(report) == [(2, "near_duplicate"), (5, "near_duplicate")]
    assert "on line 3" in report.problems[1].message


def test_a_follow_up_is_another_question_after_other_turns(tmp_path: Path) -> None:
    def follow_up(id_: str, before: str) -> dict[str, object]:
        return {**ZH, "id": id_, "question": "那手续费呢？", "history": [{"role": "user", "content": before}]}

    report = check(tmp_path, follow_up("z1", "退款"), follow_up("z2", "换货"), follow_up("z3", "退款"))
    assert kinds(report) == [(3, "duplicate_question")]


def test_kinds_that_are_allowed_are_counted_and_not_listed(tmp_path: Path) -> None:
    report = check(tmp_path, EN, {**EN, "id": "e2"}).without(["duplicate_question"])
    assert (report.problems, report.allowed) == ((), 1)
    assert check_json(report)["allowed"] == 1
    assert report.summary.endswith("no problem, 1 allowed")


@pytest.mark.parametrize(
    "row",
    [
        EN,
        ZH,
        NO,
        {**NO, "gold": EN["gold"]},
        {**EN, "gold": []},
        {**EN, "language": "fr"},
        {**EN, "id": " "},
        {**EN, "answerable": None},
        {**EN, "accepted": False},
        {**EN, "history": [{"role": "robot", "content": "?"}]},
        {**EN, "gold": [{"source": "refunds.md", "quote": ""}]},
    ],
)
def test_what_the_check_passes_can_be_loaded_and_what_cannot_be_loaded_it_names(tmp_path: Path, row: object) -> None:
    report = check(tmp_path, row)
    try:
        load_questions(tmp_path / "questions.jsonl")
    except InvalidInput:
        assert report.problems
    else:
        assert not report.problems


def test_an_empty_or_missing_file_is_a_problem_of_the_whole_file(tmp_path: Path) -> None:
    assert kinds(check(tmp_path)) == [(0, "unreadable")]
    missing = check_questions(tmp_path / "none.jsonl", NO_SILENT, format="questions")
    assert kinds(missing) == [(0, "missing_file")]


def test_a_problem_is_of_a_known_kind() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Problem(file="a", line=1, kind="nonsense", message="")
    assert all(KINDS.values())


def test_the_format_follows_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "support").mkdir()
    (tmp_path / "support" / "questions.jsonl").write_text("{}")
    (tmp_path / "beir").mkdir()
    (tmp_path / "beir" / "corpus.jsonl").write_text("")
    assert format_of(tmp_path / "support") == "support"
    assert format_of(tmp_path / "beir") == "beir"
    assert format_of(tmp_path / "support" / "questions.jsonl") == "questions"
    with pytest.raises(InvalidInput, match=r"questions\.jsonl"):
        format_of(tmp_path)
    with pytest.raises(NotFound, match="nowhere"):
        format_of(tmp_path / "nowhere")

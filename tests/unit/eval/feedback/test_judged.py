"""Feedback as judged questions: what was liked is gold, what nobody can use as it is waits for a person."""

import json

import pytest
from said import said

from core.errors import InvalidInput
from core.types import Document
from eval.check.beir import check_beir
from eval.check.documents import StoredDocuments
from eval.check.questions import check_questions
from eval.feedback.export import export
from eval.feedback.judged import LeftOut, judge
from eval.sets.dataset import load_dataset
from eval.sets.questions import GoldQuote, load_drafts, load_questions
from store.feedback import Opinion, Rating, Reason

UP, DOWN = Opinion(rating=Rating.UP), Opinion(rating=Rating.DOWN, reason=Reason.OUTDATED)
EN, ZH = "en/billing/refund-policy-2026.pdf", "zh/发票/发票开具规定-2026.pdf"
TEXTS = {
    "d-en": "You can cancel a new annual subscription within 30 days of purchase and get the full amount back.",
    "d-zh": "提交后 2 个工作日内开出，发送到填写的邮箱。\n国庆期间顺延。",
}
DOCUMENTS = StoredDocuments(ids={EN: "d-en", ZH: "d-zh"}, text_of=TEXTS.__getitem__)


def only(judged):
    (question,) = (*judged.questions, *judged.to_judge)
    return question


def test_a_liked_answer_gives_its_quotes_as_gold():
    question = only(judge([said(UP)], DOCUMENTS))
    assert (question.question, question.language) == ("How long can I cancel an annual subscription?", "en")
    assert question.gold == (GoldQuote(source=EN, quote="cancel a new annual subscription within 30 days of purchase"),)
    assert (question.answerable, question.accepted, question.tags) == (True, True, ("feedback", "liked"))


def test_a_quote_that_no_document_holds_any_more_is_no_gold():
    changed = StoredDocuments(ids={EN: "d-zh"}, text_of=TEXTS.__getitem__)
    for documents in (changed, StoredDocuments(ids={}, text_of=TEXTS.__getitem__)):
        question = only(judge([said(UP)], documents))
        assert (question.accepted, question.gold) == (False, ())
        assert question.tags == ("feedback", "liked", "changed_since")


def test_a_correction_is_the_reference_and_what_it_repeats_of_the_documents_the_gold():
    opinion = Opinion(rating=Rating.DOWN, corrected_answer="提交后2个工作日内开出，发送到填写的邮箱。请耐心等待！")
    question = only(judge([said(opinion, language="chinese")], DOCUMENTS))
    assert question.gold == (GoldQuote(source=ZH, quote="提交后 2 个工作日内开出，发送到填写的邮箱。"),)
    assert question.reference == opinion.corrected_answer
    assert (question.accepted, question.tags) == (True, ("feedback", "disliked", "corrected"))


def test_a_correction_in_own_words_is_a_reference_alone():
    question = only(judge([said(Opinion(corrected_answer="A month."))], DOCUMENTS))
    assert (question.gold, question.reference, question.answerable) == ((), "A month.", True)


@pytest.mark.parametrize(
    ("opinion", "tags"),
    [(UP, ("liked", "unanswered")), (Opinion(missing_document=True), ("missing_document", "unanswered"))],
)
def test_a_liked_no_and_a_missing_document_are_unanswerable(opinion, tags):
    question = only(judge([said(opinion, status="insufficient_evidence", claims=[])], DOCUMENTS))
    assert (question.answerable, question.accepted, question.tags) == (False, True, ("feedback", *tags))


@pytest.mark.parametrize(
    ("opinion", "status", "tags"),
    [
        (DOWN, "answered", ("disliked", "outdated")),
        (Opinion(rating=Rating.DOWN), "insufficient_evidence", ("disliked", "unanswered")),
    ],
)
def test_what_was_disliked_without_a_word_on_what_is_right_waits_for_a_person(opinion, status, tags):
    judged = judge([said(opinion, status=status)], DOCUMENTS)
    assert judged.questions == ()
    assert (judged.to_judge[0].accepted, judged.to_judge[0].tags) == (False, ("feedback", *tags))


def test_the_first_word_on_a_question_holds_and_near_copies_of_it_are_left_out():
    near = said(DOWN, number=2, text="How long can i cancel an annual subscription")
    judged = judge([said(UP), near, said(DOWN, number=3)], DOCUMENTS)
    assert len(judged.questions) == 1
    assert (judged.to_judge, judged.left_out[LeftOut.REPEATED]) == ((), 2)


def test_a_follow_up_is_another_question_after_other_turns():
    turns = [[{"role": "user", "content": f"About {product}"}] for product in ("Team", "Solo", "Team")]
    judged = judge([said(UP, number=n, history=history) for n, history in enumerate(turns)], DOCUMENTS)
    assert [question.history[0].content for question in judged.questions] == ["About Team", "About Solo"]


def test_a_filtered_question_and_a_mere_comment_give_none():
    filtered = said(UP, filter={"conditions": [], "as_of": "2025-01-01"})
    judged = judge([filtered, said(Opinion(comment="hm"), number=2)], DOCUMENTS)
    assert judged.left_out == {LeftOut.FILTERED: 1, LeftOut.NO_JUDGEMENT: 1, LeftOut.REPEATED: 0}


def documents():
    for source, number in DOCUMENTS.ids.items():
        yield Document(
            id=number, kb="kb", source=source, title="", text=TEXTS[number], blocks=(), language="en", content_hash=""
        )


@pytest.fixture
def judged():
    unanswerable = said(Opinion(missing_document=True), number=3, text="Is there a canteen?", claims=[])
    to_judge = said(DOWN, number=4, text="今天天气怎么样？")
    return judge([said(UP), said(UP, language="chinese", number=2), unanswerable, to_judge], DOCUMENTS)


def test_an_export_is_read_and_found_right_by_the_evaluation(judged, tmp_path):
    exported = export(judged, documents(), tmp_path / "out", force=False)

    assert load_questions(tmp_path / "out" / "questions.jsonl") == list(judged.questions)
    assert load_drafts(tmp_path / "out" / "to_judge.jsonl") == list(judged.to_judge)
    checked = check_questions(tmp_path / "out" / "questions.jsonl", DOCUMENTS, format="questions")
    assert (checked.problems, checked.questions, checked.answerable) == ((), 3, 2)
    assert check_beir(tmp_path / "out" / "retrieval").problems == ()
    beir = load_dataset(tmp_path / "out" / "retrieval")
    assert [set(grades) for grades in beir.qrels.values()] == [{"d-en"}, {"d-zh"}]
    assert (exported.queries, len(exported.files)) == (2, 5)


def test_an_export_replaces_nothing_unless_it_is_told_to_and_leaves_nothing_old(judged, tmp_path):
    export(judged, documents(), tmp_path, force=False)
    with pytest.raises(InvalidInput, match="--force"):
        export(judged, documents(), tmp_path, force=False)

    less = judge([said(DOWN)], DOCUMENTS)
    assert [path.name for path in export(less, documents(), tmp_path, force=True).files] == ["to_judge.jsonl"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["to_judge.jsonl"]
    assert json.loads((tmp_path / "to_judge.jsonl").read_text(encoding="utf-8"))["accepted"] is False

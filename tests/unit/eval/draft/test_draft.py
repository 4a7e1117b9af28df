"""Drafts are kept when they find their own passage again, in turn over languages and documents."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import a_document, paragraphs_of

from core.errors import InvalidInput, NotFound
from core.types import Chunk, Hit, Stage
from eval.check.documents import StoredDocuments
from eval.check.questions import check_questions
from eval.draft.draft import Drafted, as_judged, comes_back, draft_questions
from eval.draft.question import DraftQuestion
from eval.sets.accept import accept
from eval.sets.import_files import write_lines
from eval.sets.questions import load_drafts, load_questions, question_json

DOCUMENTS = [
    paragraphs_of(a_document(source, text))
    for source, text in {
        "a.md": "Ann ships on Monday.\n\nBob ships on Tuesday.\n\nCleo ships on Friday.",
        "b.md": "Refunds take 10 days.",
        "退款.md": "退款需要十个工作日。\n\n手续费为二十元。",
        "发票.md": "发票两天内开出。",
    }.items()
]


def one_each(chunk: Chunk) -> list[DraftQuestion]:
    mark = "？" if chunk.language == "zh" else "?"
    return [DraftQuestion(question=chunk.text[:-1] + mark, quote=chunk.text, kind="topic", chunk=chunk)]


def found(*chunks: Chunk) -> list[Hit]:
    return [Hit(chunk=chunk, score=1.0, stage=Stage.FUSED) for chunk in chunks]


def search(question: str, k: int) -> Sequence[Hit]:
    """The passages in order of the characters that they share with the question."""
    chunks = [chunk for document in DOCUMENTS for chunk in document]
    return found(*sorted(chunks, key=lambda chunk: -len(set(chunk.text) & set(question)))[:k])


def drafted(n: int = 10, seed: int = 0, k: int = 3) -> Drafted:
    return draft_questions(DOCUMENTS, one_each, search, n=n, k=k, seed=seed)


def test_languages_and_documents_take_turns() -> None:
    first = drafted(n=4).kept
    assert [draft.chunk.language for draft in first] == ["en", "zh", "en", "zh"]
    assert {draft.chunk.source for draft in first} == {"a.md", "b.md", "退款.md", "发票.md"}
    assert len(drafted().kept) == 7


def test_the_same_seed_gives_the_same_questions_and_another_one_others() -> None:
    def questions(seed: int) -> list[str]:
        return [draft.question for draft in drafted(n=3, seed=seed).kept]

    assert questions(1) == questions(1)
    assert len({tuple(questions(seed)) for seed in range(5)}) > 1


def test_a_question_that_does_not_bring_its_passage_back_is_dropped_and_counted() -> None:
    lost = draft_questions(DOCUMENTS, one_each, lambda *_: found(DOCUMENTS[1][0]), n=10, k=3, seed=0)
    assert [draft.chunk.source for draft in lost.kept] == ["b.md"]
    assert lost.dropped == {"round_trip": 6}


def test_a_passage_beside_it_that_holds_the_quote_counts_and_another_document_does_not() -> None:
    (own,) = one_each(DOCUMENTS[1][0])
    beside = paragraphs_of(a_document("b.md", "Before. Refunds take 10 days. After."))
    elsewhere = paragraphs_of(a_document("c.md", "Refunds take 10 days."))
    assert comes_back(own, found(*beside))
    assert not comes_back(own, found(*elsewhere))
    assert not comes_back(own, [])


def test_a_question_that_was_asked_already_is_dropped_and_counted() -> None:
    def same(chunk: Chunk) -> list[DraftQuestion]:
        question = "多久？" if chunk.language == "zh" else "How long does it take?"
        return [DraftQuestion(question=question, quote=chunk.text, kind="topic", chunk=chunk)]

    twice = draft_questions(DOCUMENTS, same, lambda *_: search("", 7), n=10, k=3, seed=0)
    assert len(twice.kept) == 2
    assert twice.dropped == {"duplicate": 5}


def test_a_second_question_of_a_passage_waits_until_all_had_a_turn_and_the_last_resort_comes_last() -> None:
    def three(chunk: Chunk) -> list[DraftQuestion]:
        kinds = ("topic", "price", "limit")
        return [
            DraftQuestion(question=f"{kind} {chunk.text}", quote=chunk.text, kind=kind, chunk=chunk) for kind in kinds
        ]

    kept = draft_questions(DOCUMENTS, three, search, n=21, k=7, seed=3).kept
    assert len(kept) == 21
    for turn in (kept[:7], kept[7:14], kept[14:]):
        assert len({draft.chunk.id for draft in turn}) == 7
    assert {draft.kind for draft in kept[14:]} == {"topic"}


def test_a_quote_that_is_not_in_its_passage_is_no_draft() -> None:
    with pytest.raises(ValueError, match="does not stand"):
        DraftQuestion(question="多久？", quote="三天", kind="topic", chunk=DOCUMENTS[3][0])


@pytest.fixture
def drafts(tmp_path: Path) -> Path:
    lines = [question_json(as_judged(draft)) for draft in drafted(n=4).kept]
    return write_lines(tmp_path / "drafts.jsonl", lines)


def ids(path: Path) -> list[str]:
    return [question.id for question in load_drafts(path)]


def test_a_draft_is_refused_by_an_evaluation_until_it_is_accepted(drafts: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="4 of 4 questions are drafts"):
        load_questions(drafts)
    questions = tmp_path / "questions.jsonl"
    assert accept(drafts, questions, everything=True).accepted == tuple(ids(drafts))
    loaded = load_questions(questions)
    assert [question.tags for question in loaded] == [("topic",)] * 4
    assert [question.language for question in loaded] == ["en", "zh", "en", "zh"]


def test_accepting_adds_to_the_questions_that_are_there_and_leaves_the_drafts(drafts: Path, tmp_path: Path) -> None:
    questions, before = tmp_path / "questions.jsonl", drafts.read_bytes()
    one, two, *rest = ids(drafts)
    assert accept(drafts, questions, ids=[two]).accepted == (two,)
    again = accept(drafts, questions, ids=[one, two])
    assert (again.accepted, again.present) == ((one,), (two,))
    assert set(again.left) == set(rest)
    assert ids(questions) == [two, one]
    assert drafts.read_bytes() == before


def test_lines_that_a_person_has_marked_are_taken_without_naming_them(drafts: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in drafts.read_text(encoding="utf-8").splitlines()]
    lines[1] |= {"accepted": True, "question": "退款到底要多久？"}
    write_lines(drafts, lines)
    accept(drafts, tmp_path / "questions.jsonl")
    (question,) = load_questions(tmp_path / "questions.jsonl")
    assert question.question == "退款到底要多久？"


def test_a_choice_that_cannot_be_made_changes_nothing(drafts: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    with pytest.raises(InvalidInput, match="no draft 'zh-none'"):
        accept(drafts, questions, ids=["zh-none"])
    with pytest.raises(InvalidInput, match="nothing is chosen"):
        accept(drafts, questions)
    with pytest.raises(NotFound):
        accept(tmp_path / "none.jsonl", questions, everything=True)
    assert not questions.exists()


def test_accepted_drafts_pass_the_check(drafts: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    accept(drafts, questions, everything=True)
    texts = {chunks[0].source: "\n\n".join(chunk.text for chunk in chunks) for chunks in DOCUMENTS}
    stored = StoredDocuments(ids={source: source for source in texts}, text_of=texts.__getitem__)
    assert check_questions(questions, stored, format="questions").problems == ()

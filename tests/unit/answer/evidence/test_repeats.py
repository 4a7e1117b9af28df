"""What a prompt does not say twice, and what it must say again."""

from dataclasses import replace

import pytest
from fakes import a_document, paragraphs_of

from answer.evidence.repeats import without_repeats
from core.types import ChunkKind, Evidence, Hit, Span, Stage

NOTICE = "This page is provided for information only and may change at any time."
CHINESE_NOTICE = "本页内容仅供参考，以合同为准。"


def overlapping(text, *spans):
    """Passages of one document that overlap."""
    (whole,) = paragraphs_of(a_document("a.md", text))
    return tuple(
        Evidence(
            number=number,
            hit=Hit(
                chunk=replace(whole, id=str(number), span=Span(*span), text=text[slice(*span)]),
                score=1.0,
                stage=Stage.FUSED,
            ),
        )
        for number, span in enumerate(spans, start=1)
    )


def texts(question, evidence):
    return {item.number: item.hit.chunk.text for item in without_repeats(question, evidence)}


def test_a_notice_below_two_passages_is_said_once(show):
    evidence = show(f"Refunds take 30 days. {NOTICE}", f"Storage is 2 TB. {NOTICE}")
    assert texts("How long do refunds take?", evidence) == {
        1: f"Refunds take 30 days. {NOTICE}",
        2: "Storage is 2 TB. …",
    }


def test_a_notice_in_chinese_is_said_once_also_in_traditional_characters(show):
    evidence = show(f"退款需要30天。{CHINESE_NOTICE}", "本頁內容僅供參考，以合同為準。容量为2TB。")
    assert texts("退款要多久？", evidence)[2] == "… 容量为2TB。"


def test_a_sentence_with_a_word_of_the_question_is_said_wherever_it_stands(show):
    evidence = show("The Team plan. A refund takes 30 days here.", "The Solo plan. A refund takes 30 days here.")
    assert texts("How long does a refund take?", evidence)[2] == "The Solo plan. A refund takes 30 days here."


def test_short_sentences_stay(show):
    evidence = show("Team. Not included.", "Solo. Not included.")
    assert texts("Is support part of it?", evidence)[2] == "Solo. Not included."


@pytest.mark.parametrize("kind", [ChunkKind.TABLE, ChunkKind.CODE, ChunkKind.FAQ])
def test_tables_code_and_faq_entries_stay_whole(show, kind):
    first, second = show(NOTICE, NOTICE)
    second = replace(second, hit=replace(second.hit, chunk=replace(second.hit.chunk, kind=kind)))
    assert texts("Refunds?", (first, second))[2] == NOTICE


def test_what_two_passages_of_a_document_have_in_common_is_said_once_even_where_it_answers():
    text = "Plans differ. A refund takes 30 days. Cards are charged back."
    evidence = overlapping(text, (0, 37), (14, 61))
    assert texts("How long does a refund take?", evidence) == {1: text[:37], 2: "… Cards are charged back."}


def test_a_sentence_that_the_other_passage_cuts_off_stays():
    text = "Plans differ. A refund takes 30 days. Cards are charged back."
    assert texts("refund?", overlapping(text, (0, 30), (14, 61)))[2] == text[14:]


def test_a_passage_with_nothing_of_its_own_is_left_out():
    text = "Plans differ. A refund takes 30 days."
    assert texts("refund?", overlapping(text, (0, 37), (14, 37))) == {1: text}


def test_a_passage_that_is_not_in_the_prompt_repeats_nothing(show):
    (_, second) = show(NOTICE, f"{NOTICE} Storage is 2 TB.")
    assert texts("Refunds?", (second,)) == {2: f"{NOTICE} Storage is 2 TB."}


def test_the_evidence_itself_is_not_touched(show):
    evidence = show(f"Refunds take 30 days. {NOTICE}", f"Storage is 2 TB. {NOTICE}")
    before = tuple(item.hit.chunk.text for item in evidence)
    without_repeats("refunds", evidence)
    assert tuple(item.hit.chunk.text for item in evidence) == before

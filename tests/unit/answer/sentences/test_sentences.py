from dataclasses import replace

import pytest
from fakes import a_document, paragraphs_of
from hypothesis import given
from hypothesis import strategies as st

from answer.sentences.sentences import sentences_of
from core.types import Evidence, Hit, Stage


def evidence_of(text, *, headings=(), title="Manual"):
    document = a_document("a.md", text.replace("\n\n", "\n \n"), title=title)
    chunk = replace(paragraphs_of(document)[0], heading_path=headings)
    return Evidence(number=1, hit=Hit(chunk=chunk, score=1.0, stage=Stage.RERANKED))


def texts_of(text, **kwargs):
    return [sentence.text for sentence in sentences_of(evidence_of(text, **kwargs))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plans renew. Cancel any time.", ["Plans renew.", "Cancel any time."]),
        ("套餐会续费。随时可以取消。", ["套餐会续费。", "随时可以取消。"]),
    ],
)
def test_each_sentence_is_a_candidate_in_order(text, expected):
    assert texts_of(text) == expected


@pytest.mark.parametrize("question", ["Can I cancel?", "可以取消吗？"])
def test_a_question_in_a_document_is_context_and_never_a_candidate(question):
    (answer,) = sentences_of(evidence_of(f"{question}\n30 days / 30 天"))
    assert answer.text == "30 days / 30 天"
    assert question in answer.context


def test_headings_are_context_and_never_candidates():
    (only,) = sentences_of(evidence_of("## Refunds\nWithin 30 days.", headings=("Refunds",)))
    assert only.text == "Within 30 days."
    assert only.context == "Manual > Refunds\n## Refunds"
    assert only.first


def test_a_list_hangs_on_the_line_that_leads_into_it():
    lead, item = sentences_of(evidence_of("你需要准备：\n- 营业执照"))
    assert (lead.text, item.text) == ("你需要准备：", "- 营业执照")
    assert item.in_context == "Manual\n你需要准备：\n- 营业执照"


def test_a_table_row_stays_whole_and_carries_its_header():
    table = "| Code | What to do |\n| --- | --- |\n| TM-1042 | 关掉程序；再试一次。 |\n| TM-1043 | Wait. Retry. |"
    rows = sentences_of(evidence_of(table))
    assert [row.text for row in rows] == ["| TM-1042 | 关掉程序；再试一次。 |", "| TM-1043 | Wait. Retry. |"]
    assert [row.header.of(table) for row in rows] == ["| Code | What to do |"] * 2


def test_paragraphs_are_told_apart():
    document = a_document("a.md", "One. Two.")
    chunk = replace(paragraphs_of(document)[0], text="One. Two.\n\nThree.")
    sentences = sentences_of(Evidence(number=1, hit=Hit(chunk=chunk, score=1.0, stage=Stage.RERANKED)))
    assert [sentence.paragraph for sentence in sentences] == [0, 0, 1]


@given(st.text(alphabet="ab 。.?？|-#\n:：中文", max_size=80))
def test_candidates_are_verbatim_in_order_and_never_overlap(text):
    evidence = evidence_of(f"x{text}")
    found = sentences_of(evidence)
    edges = [edge for sentence in found for edge in (sentence.span.start, sentence.span.end)]
    assert edges == sorted(edges)
    assert all(sentence.text and sentence.text == sentence.text.strip() for sentence in found)

"""An answer as the text of a chat message."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.compat.content import behind_claims, content, marked, without_marks
from core.types import AnswerStatus, Claim, NextStep, Step


@pytest.fixture(scope="module")
def answer(make_answer):
    return make_answer("How long do deleted files stay?")


def test_claims_have_marks_and_marks_have_sources(answer):
    assert content(answer) == (
        "30 days [1]\n\n保留 30 天[2]\n\n"
        "Sources:\n\n"
        "- [1] Restore 恢复, page 2 (帮助/restore.md)\n"
        "- [2] Restore 恢复 (帮助/restore.md)"
    )


def test_a_chinese_question_gets_chinese_words_around_its_claims(make_answer):
    assert content(make_answer("删除的文件保留多久？")).endswith(
        "\n\n来源：\n\n- [1] Restore 恢复，第 2 页（帮助/restore.md）\n- [2] Restore 恢复（帮助/restore.md）"
    )


def test_a_claim_with_two_quotes_has_both_marks_once_each(answer):
    first, second = (claim.citations[0] for claim in answer.claims)
    assert marked(Claim(text="Both.", citations=(second, first, second), support=1)) == "Both. [1][2]"


def test_only_what_is_cited_is_a_source(answer):
    assert "[2]" not in content(replace(answer, claims=answer.claims[:1]))


def test_an_honest_no_says_what_to_do_and_names_no_source(answer):
    no = replace(
        answer,
        status=AnswerStatus.INSUFFICIENT_EVIDENCE,
        claims=(),
        next_step=NextStep(step=Step.HAND_OFF, text="没有文档涉及这个问题，请转给同事处理。"),
    )
    assert content(no) == behind_claims(no) == "没有文档涉及这个问题，请转给同事处理。"


def test_what_to_ask_first_stands_before_the_sources(answer):
    step = NextStep(step=Step.ASK_BACK, text="…", question="Which plan?", options=("Team", "旗舰版"))
    text = content(replace(answer, next_step=step))
    assert "\n\nWhich plan?\n- Team\n- 旗舰版\n\nSources:" in text


def test_a_title_of_several_lines_stays_in_its_line(answer):
    item = answer.evidence[0]
    hit = replace(item.hit, chunk=replace(item.hit.chunk, title="Restore\n- [9] fake"))
    text = content(replace(answer, evidence=(replace(item, hit=hit), *answer.evidence[1:])))
    assert "\n- [1] Restore - [9] fake, page 2 (帮助/restore.md)\n" in text


def test_an_earlier_answer_is_read_without_marks_and_sources(answer):
    assert without_marks(content(answer)) == "30 days\n\n保留 30 天"


def test_marks_inside_a_sentence_are_the_documents_own():
    assert without_marks("Use list[0] and [1] here.") == "Use list[0] and [1] here."


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXT)
def test_reading_an_earlier_message_never_fails_and_is_done_once(text):
    once = without_marks(text)
    assert text.startswith(once[:1])
    assert without_marks(without_marks(once)) == without_marks(once)


@given(texts=st.lists(st.from_regex(r"\A[A-Za-z退款天]{1,20}[.。]\Z"), min_size=1, max_size=4))
def test_what_is_streamed_is_what_is_said_whole(make_answer, texts):
    plain = make_answer("退款？")
    claims = tuple(replace(plain.claims[n % 2], text=text) for n, text in enumerate(texts))
    made = replace(plain, claims=claims)
    assert "\n\n".join(map(marked, claims)) + behind_claims(made) == content(made)
    assert without_marks(content(made)) == "\n\n".join(texts)

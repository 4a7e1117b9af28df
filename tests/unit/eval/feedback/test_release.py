"""What becomes of liked answers under other settings."""

import asyncio
from dataclasses import replace

import pytest
from said import said

from answer.traces.replay import compare
from answer.traces.trace_json import trace_from
from core.types import AnswerStatus, Citation, Claim, Span
from eval.feedback.release import Outcome, check_release, judged, liked
from store.feedback import Opinion, Rating

UP = Opinion(rating=Rating.UP)


def a_trace(*quotes, status=AnswerStatus.ANSWERED, reason="", degraded=(), **origin):
    trace = trace_from(said(UP).trace)
    claims = tuple(Claim(text=quote, support=1.0, citations=(a_citation(quote),)) for quote in quotes)
    ending = replace(trace.ending, status=status, reason=reason, claims=claims, degraded=degraded)
    return replace(trace, ending=ending, origin=replace(trace.origin, **origin))


def a_citation(quote):
    return Citation(evidence=1, chunk_id="c", document_id="d", page=None, span=Span(0, 1), quote=quote)


@pytest.mark.parametrize(
    ("now", "outcome", "why"),
    [
        (("Refunds take 14 days.", "七天内可退"), Outcome.KEPT, ""),
        (("七天内可退", "Refunds take 14 days.", "more"), Outcome.KEPT, ""),
        # A passage that was cut anew gives more of the sentence, or less.
        (("Note: Refunds take 14 days.", "七天内可退，之后不退"), Outcome.KEPT, ""),
        (("refunds  take 14 days", "七天内"), Outcome.KEPT, ""),
        (("Refunds take 14 days.",), Outcome.CHANGED, "1 of 2 quotes are not cited any more, such as '七天内可退'"),
        (("Refunds take 30 days.",), Outcome.LOST, "cites none of the quotes that were liked"),
    ],
)
def test_an_answer_is_kept_as_far_as_its_quotes_are_still_cited(now, outcome, why):
    found, said_why = judged(a_trace("Refunds take 14 days.", "七天内可退"), a_trace(*now))
    assert found is outcome
    assert said_why.startswith(why)
    assert bool(said_why) == bool(why)


def test_an_answer_that_is_none_any_more_is_lost():
    no = a_trace(status=AnswerStatus.INSUFFICIENT_EVIDENCE, reason="nothing_relevant")
    assert judged(a_trace("x y"), no) == (
        Outcome.LOST,
        "was answered, is insufficient_evidence (nothing_relevant)",
    )


def test_an_honest_no_is_kept_as_long_as_it_is_one():
    no = a_trace(status=AnswerStatus.INSUFFICIENT_EVIDENCE)
    assert judged(no, no) == (Outcome.KEPT, "")
    assert judged(no, a_trace("x y"))[0] is Outcome.LOST


def test_an_answer_that_a_part_was_missing_for_says_nothing_of_the_candidate():
    found = judged(a_trace("x y"), a_trace("x y", degraded=("model",)))
    assert found == (Outcome.LOST, "was made without: model")


def test_each_question_is_checked_once_by_its_newest_liked_answer():
    other = said(UP, number=3, text="退款要多久？")
    found = liked([said(UP, number=1), said(UP, number=2), other], limit=10)
    assert [each.feedback.id for each in found] == ["fb_1", "fb_3"]
    assert len(liked([said(UP), other], limit=1)) == 1


def test_a_check_tells_what_the_candidate_changes_and_where_the_lost_answers_went_another_way():
    told = []

    async def replay(document):
        then = trace_from(document)
        origin = replace(then.origin, settings={"answer.evidence": "1"})
        ending = replace(then.ending, status=AnswerStatus.INSUFFICIENT_EVIDENCE)
        now = replace(then, origin=origin, ending=ending if then.trace_id == "t2" else then.ending)
        return compare(then, now, lambda hit: "gone")

    both = [said(UP, number=1), said(UP, number=2, text="退款要多久？")]
    release = asyncio.run(check_release(both, replay, told=lambda done, total: told.append((done, total))))

    assert [each.outcome for each in release.checked] == [Outcome.KEPT, Outcome.LOST]
    assert release.origin == ("the setting answer.evidence was 8, is 1",)
    assert release.checked[0].differences == {}
    assert release.checked[1].differences == {"answer": ('the status was "answered", is "insufficient_evidence"',)}
    assert (release.count(Outcome.LOST), told) == (1, [(1, 2), (2, 2)])

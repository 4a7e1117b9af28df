"""How answers went of late, by hour or day."""

import pytest
from sqlalchemy import update

from store.feedback import Answered, FeedbackRecord, Opinion, Rating
from store.live_quality import Quality, live_quality
from store.tables import feedback
from store.traces import TraceRow, Traces

HOUR = 3_600.0


def a_trace(trace_id, at, status="answered", *, kb="kb", proven=None, dropped=None):
    return TraceRow(
        trace_id=trace_id,
        kb=kb,
        created_at=at,
        status=status,
        question="退款？",
        document={},
        proven=proven,
        dropped=dropped,
    )


def a_thumb(catalog, trace_id, at, rating, kb="kb"):
    answered = Answered(
        trace_id=trace_id, kb=kb, status="answered", language="zh", question="?", prompt="", documents={}, trace={}
    )
    kept, _ = FeedbackRecord(catalog).put(answered, "小王", Opinion(rating=rating))
    with catalog.writing() as connection:
        connection.execute(update(feedback).where(feedback.c.id == kept.id).values(updated_at=at))


def test_answers_claims_and_thumbs_are_counted_by_the_hour(catalog):
    catalog.ensure_kb("other")
    Traces(catalog).put(
        [
            a_trace("too old", 1.5 * HOUR),
            a_trace("a", 2 * HOUR, proven=3, dropped=1),
            a_trace("b", 3 * HOUR - 0.001, "insufficient_evidence", proven=0, dropped=2),
            a_trace("c", 3 * HOUR, "refused"),
            a_trace("d", 3.5 * HOUR, "unavailable"),
            a_trace("e", 3.5 * HOUR),
            a_trace("elsewhere", 3.5 * HOUR, kb="other"),
        ]
    )
    a_thumb(catalog, "a", 3.2 * HOUR, Rating.UP)
    a_thumb(catalog, "e", 3.9 * HOUR, Rating.DOWN)
    a_thumb(catalog, "elsewhere", 3.9 * HOUR, Rating.DOWN, kb="other")

    assert live_quality(catalog, ["kb"], since=2 * HOUR, step=HOUR) == {
        2 * HOUR: Quality(answers=2, answered=1, abstained=1, proven=3, dropped=3),
        3 * HOUR: Quality(answers=3, answered=1, refused=1, unavailable=1, up=1, down=1),
    }
    assert live_quality(catalog, [], since=0, step=HOUR) == {}


def test_rates_are_shares_of_what_could_have_gone_wrong():
    quality = Quality(answers=10, answered=6, abstained=2, refused=1, unavailable=1, proven=9, dropped=3, up=3, down=1)
    assert quality.abstention_rate == pytest.approx(2 / 8)
    assert quality.proof_failure_rate == pytest.approx(3 / 12)
    assert quality.dislike_rate == pytest.approx(1 / 4)
    assert (Quality().abstention_rate, Quality().proof_failure_rate, Quality().dislike_rate) == (None, None, None)

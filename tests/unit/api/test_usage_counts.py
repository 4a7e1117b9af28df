"""What callers ask, counted in memory until the record takes it."""

import logging
from datetime import UTC, datetime

import pytest

from api.caller import OPERATOR, Caller
from api.usage_counts import UsageCounts
from core.types import Answer, AnswerStatus, Usage
from store.usage_days import UsageDay, Used

HOLDER = Caller(tenant="星海", scopes=frozenset(), key="k1")


class Days:
    """A record that can be away."""

    def __init__(self):
        self.rows, self.away = [], False

    def add(self, rows):
        if self.away:
            raise OSError("the disk is gone")
        self.rows += rows


@pytest.fixture
def days():
    return Days()


@pytest.fixture
def clock():
    return [datetime(2026, 3, 1, 23, 59, tzinfo=UTC)]


@pytest.fixture
def counts(days, clock):
    return UsageCounts(lambda: days, now=lambda: clock[0])


def an_answer(*, cached=False, **used):
    return Answer(
        status=AnswerStatus.ANSWERED,
        question="?",
        text="",
        claims=(),
        evidence=(),
        probability=1.0,
        trace_id="t",
        cached=cached,
        usage=Usage(**used),
    )


def test_requests_and_answers_are_counted_by_key_and_day(counts, days, clock):
    counts.request(HOLDER)
    counts.answer(HOLDER, an_answer(input_tokens=10, output_tokens=2, cost=0.5))
    counts.answer(HOLDER, an_answer(cached=True))
    clock[0] = datetime(2026, 3, 2, tzinfo=UTC)
    counts.request(HOLDER)
    counts.request(OPERATOR)
    counts.flush()
    first = Used(requests=1, answers=2, cached=1, input_tokens=10, output_tokens=2, cost=0.5)
    assert days.rows == [
        UsageDay(tenant="星海", key="k1", day="2026-03-01", used=first),
        UsageDay(tenant="星海", key="k1", day="2026-03-02", used=Used(requests=1)),
        UsageDay(tenant="default", key="", day="2026-03-02", used=Used(requests=1)),
    ]


def test_what_the_record_does_not_take_is_written_the_next_time(counts, days, caplog):
    days.away = True
    counts.request(HOLDER)
    with caplog.at_level(logging.WARNING):
        counts.flush()
    assert "tried again" in caplog.text
    counts.request(HOLDER)
    days.away = False
    counts.flush()
    counts.flush()
    assert [row.used.requests for row in days.rows] == [2]

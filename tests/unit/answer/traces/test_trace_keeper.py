"""Traces are written behind the answers: soon, in batches, and never at an answer's cost."""

import logging
import threading
import time

import pytest

from answer.traces import trace_keeper
from answer.traces.trace_keeper import TraceKeeper
from core.settings import TraceSettings
from store.traces import TraceRow, Traces


def a_row(name="t"):
    return TraceRow(trace_id=name, kb="kb", created_at=time.time(), status="answered", question="q", document={})


class FakeRows:
    """Takes rows, or fails as often as it is told, or waits until it is let go."""

    def __init__(self, failures=0):
        self.failures, self.rows, self.batches, self.swept = failures, [], [], []
        self.wrote, self.go_on, self.at_it = threading.Event(), threading.Event(), threading.Event()
        self.go_on.set()

    def put(self, rows):
        self.at_it.set()
        assert self.go_on.wait(10)
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        self.batches.append(len(rows))
        self.rows += [row.trace_id for row in rows]
        self.wrote.set()

    def sweep(self, *, before, keep):
        self.swept.append((before, keep))
        return 0


@pytest.fixture
def keep():
    """``keep(rows)``: a keeper over them, closed at the end."""
    made = []

    def keep(rows, **settings):
        made.append(TraceKeeper(rows, TraceSettings(**settings), retry_seconds=0.001))
        return made[-1]

    yield keep
    for keeper in made:
        keeper.close()


def test_a_trace_is_written_soon_without_being_asked_for(keep):
    rows = FakeRows()
    keep(rows).put(a_row)
    assert rows.wrote.wait(5)
    assert rows.rows == ["t"]


def test_closing_writes_what_waits(keep):
    rows = FakeRows()
    keeper = keep(rows)
    for number in range(120):
        keeper.put(lambda number=number: a_row(f"t{number}"))
    keeper.close()
    assert rows.rows == [f"t{number}" for number in range(120)]
    assert max(rows.batches) <= 50


def test_an_answer_does_not_wait_for_a_record_that_hangs(keep):
    rows = FakeRows()
    rows.go_on.clear()
    keeper = keep(rows)
    started = time.perf_counter()
    for _ in range(100):
        keeper.put(a_row)
    assert time.perf_counter() - started < 0.5
    rows.go_on.set()
    keeper.close()
    assert (len(rows.rows), keeper.lost) == (100, 0)


def test_a_failed_write_is_tried_again(keep):
    rows = FakeRows(failures=2)
    keeper = keep(rows)
    keeper.put(a_row)
    assert rows.wrote.wait(5)
    assert (rows.rows, keeper.lost) == (["t"], 0)


def test_what_cannot_be_written_is_counted_and_logged(keep, caplog):
    rows = FakeRows(failures=3)
    keeper = keep(rows)
    keeper.put(a_row)
    deadline = time.monotonic() + 5
    while not keeper.lost and time.monotonic() < deadline:
        time.sleep(0.005)
    keeper.put(lambda: a_row("next"))
    keeper.close()
    assert (rows.rows, keeper.lost) == (["next"], 1)
    assert "1 traces are lost, 1 since the start: disk full" in caplog.text


def test_one_trace_that_cannot_be_made_does_not_cost_the_others(keep, caplog):
    rows = FakeRows()
    keeper = keep(rows)
    rows.go_on.clear()

    def broken():
        raise ValueError("no trace")

    for make in (broken, a_row):
        keeper.put(make)
    rows.go_on.set()
    keeper.close()
    assert (rows.rows, keeper.lost) == (["t"], 1)
    assert "could not be made" in caplog.text


def test_more_than_a_thousand_waiting_traces_are_lost_and_counted(keep, monkeypatch, caplog):
    monkeypatch.setattr(trace_keeper, "_WAITING", 3)
    rows = FakeRows()
    rows.go_on.clear()
    keeper = keep(rows)
    keeper.put(a_row)
    assert rows.at_it.wait(5)
    for _ in range(5):
        keeper.put(a_row)
    rows.go_on.set()
    keeper.close()
    assert (len(rows.rows), keeper.lost) == (4, 2)


def test_a_keeper_that_was_closed_loses_what_comes_after(keep, caplog):
    rows = FakeRows()
    keeper = keep(rows)
    keeper.put(a_row)
    keeper.close()
    keeper.put(a_row)
    assert (rows.rows, keeper.lost) == (["t"], 1)


def test_closing_does_not_wait_for_a_record_that_hangs(keep, monkeypatch, caplog):
    monkeypatch.setattr(trace_keeper, "_CLOSE_SECONDS", 0.05)
    rows = FakeRows()
    rows.go_on.clear()
    keeper = keep(rows)
    keeper.put(a_row)
    started = time.perf_counter()
    keeper.close()
    assert time.perf_counter() - started < 2
    assert keeper.lost >= 1
    rows.go_on.set()


def test_old_traces_are_swept_at_the_start_though_nothing_is_asked(keep, catalog):
    traces = Traces(catalog)
    day = 86_400
    old = TraceRow(
        trace_id="old", kb="kb", created_at=time.time() - 8 * day, status="answered", question="q", document={}
    )
    traces.put([old, a_row("young")])
    keeper = keep(traces, keep_days=7)
    keeper.start()
    deadline = time.monotonic() + 5
    while len(traces.newest(limit=5)) > 1 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert [line.trace_id for line in traces.newest(limit=5)] == ["young"]


def test_a_sweep_that_fails_ends_nothing(keep, caplog):
    class Failing(FakeRows):
        def sweep(self, *, before, keep):
            raise OSError("locked")

    caplog.set_level(logging.WARNING)
    rows = Failing()
    keeper = keep(rows)
    for number in range(3):
        keeper.put(lambda number=number: a_row(str(number)))
    keeper.close()
    assert rows.rows == ["0", "1", "2"]

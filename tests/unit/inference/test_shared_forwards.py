import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.shared_forwards import SharedForwards


class Doubler:
    """Rows are words; a result is the word twice. Holds its first forward until it is let go."""

    def __init__(self):
        self.forwards = []
        self.first_is_let_go = threading.Event()
        self.began = threading.Event()
        self.inside = 0

    def __call__(self, rows):
        self.inside += 1
        assert self.inside == 1, "two forwards at once"
        self.forwards.append(list(rows))
        self.began.set()
        if len(self.forwards) == 1:
            assert self.first_is_let_go.wait(10)
        self.inside -= 1
        if "退款坏" in rows:
            raise ValueError("a bad row")
        return [row * 2 for row in rows]


@pytest.fixture
def doubler():
    return Doubler()


def waiting(shared, count):
    while len(shared._waiting) < count:
        threading.Event().wait(0.001)


def ask(shared, calls):
    """Ask for the calls one after the other while the first one's forward runs; their results or errors."""
    pool = ThreadPoolExecutor(len(calls))
    found = [pool.submit(shared.read, calls[0])]
    shared._forward.began.wait(10)
    for at, call in enumerate(calls[1:], start=1):
        found.append(pool.submit(shared.read, call))
        waiting(shared, at)
    shared._forward.first_is_let_go.set()
    pool.shutdown()
    return found


def test_calls_that_wait_go_together_into_the_next_forward_and_each_gets_its_own_results(doubler):
    shared = SharedForwards(doubler, most=4, length=len)
    found = ask(shared, [["one"], ["two", "six"], ["退款了"], ["long"], ["ten"]])
    assert [each.result() for each in found] == [
        ["oneone"],
        ["twotwo", "sixsix"],
        ["退款了退款了"],
        ["longlong"],
        ["tenten"],
    ]
    assert doubler.forwards == [["one"], ["two", "six", "退款了", "ten"], ["long"]]


def test_the_oldest_call_goes_first_and_no_forward_holds_more_rows_than_it_may(doubler):
    shared = SharedForwards(doubler, most=2, length=len)
    ask(shared, [["one"], ["long"], ["two"], ["six", "ten"], ["few"]])
    assert doubler.forwards == [["one"], ["long"], ["two", "few"], ["six", "ten"]]


def test_an_error_reaches_those_whose_forward_it_was_and_nobody_else(doubler):
    shared = SharedForwards(doubler, most=4, length=len)
    found = ask(shared, [["one"], ["退款坏"], ["two"], ["long"]])
    assert [each.result() for each in (found[0], found[3])] == [["oneone"], ["longlong"]]
    for each in found[1:3]:
        with pytest.raises(ValueError, match="a bad row"):
            each.result()
    assert shared.read(["new"]) == ["newnew"]


@settings(max_examples=20)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=30), st.integers(1, 5))
def test_every_caller_gets_its_own_answer_however_many_call_at_once(lengths, most):
    def lengths_of(rows):
        assert len({len(row) for row in rows}) == 1
        assert len(rows) <= most
        return [f"{row}!" for row in rows]

    shared = SharedForwards(lengths_of, most=most, length=len)
    words = [str(at).rjust(length + 2, "-") for at, length in enumerate(lengths)]
    with ThreadPoolExecutor(8) as pool:
        assert [rows[0] for rows in pool.map(lambda word: shared.read([word]), words)] == [f"{word}!" for word in words]

import pytest

from retrieval import pace as module
from retrieval.pace import MOST_WAITING, Pace


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr(Pace, "_asked", 0.0)
    return now


def test_all_that_waits_is_taken_in_where_nobody_asks(clock):
    pace = Pace()
    pace.took(64, 0.1)
    assert pace.portion(5_000) == 5_000


def test_while_questions_are_asked_a_portion_is_taken_in_now_and_then(clock):
    pace = Pace()
    pace.asked()
    assert pace.portion(500) == 64
    assert pace.portion(9) == 9
    pace.took(64, 0.1)
    assert pace.portion(500) == 0
    clock[0] += 3.1
    pace.asked()
    assert pace.portion(500) == 64


def test_questions_asked_of_one_graph_hold_back_all_of_them(clock):
    Pace.asked()
    other = Pace()
    other.took(64, 0.1)
    assert other.portion(500) == 0


def test_a_pile_is_taken_in_whoever_asks(clock):
    pace = Pace()
    pace.asked()
    pace.took(64, 0.1)
    assert pace.portion(MOST_WAITING) == 0
    assert pace.portion(MOST_WAITING + 1) == MOST_WAITING + 1


@pytest.mark.parametrize(("seconds", "size"), [(0.2, 320), (0.0, 1_000), (5.0, 64)])
def test_a_slice_is_what_fits_a_second_where_nobody_asks(clock, seconds, size):
    pace = Pace()
    pace.took(64, seconds)
    assert pace.slice_size == size
    pace.asked()
    assert pace.slice_size == 64

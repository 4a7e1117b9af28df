"""The last hour, minute by minute."""

import pytest

from api.minutes import Minutes


class Clock:
    """Seconds since 1970 that move on by hand."""

    def __init__(self):
        self.now = 1_700_000_040.0  # a whole minute

    def __call__(self):
        return self.now


def test_observations_go_to_their_minute_and_name():
    clock = Clock()
    minutes = Minutes(clock)
    minutes.add("answer", 0.2)
    minutes.add("search", 0.01)
    clock.now += 61
    minutes.add("answer", 0.4)
    first, second = minutes.lines()

    assert (first.began, second.began) == (1_700_000_040, 1_700_000_100)
    assert {name: spread.total for name, spread in first.spreads.items()} == {"answer": 1, "search": 1}
    assert {name: spread.total for name, spread in second.spreads.items()} == {"answer": 1}


def test_a_minute_of_an_hour_ago_is_forgotten():
    clock = Clock()
    minutes = Minutes(clock)
    minutes.add("answer", 0.2)
    clock.now += 59 * 60
    assert len(minutes.lines()) == 1
    clock.now += 60
    assert minutes.lines() == []


@pytest.mark.parametrize("seconds", [0.0012, 0.0605, 0.5, 3.0, 45.0])
def test_a_median_is_off_by_a_tenth_at_most(seconds):
    minutes = Minutes(Clock())
    for _ in range(5):
        minutes.add("answer", seconds)
    (minute,) = minutes.lines()
    assert minute.spreads["answer"].quantile(0.5) == pytest.approx(seconds, rel=0.11)

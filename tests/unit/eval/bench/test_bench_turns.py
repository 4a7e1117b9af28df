import pytest

from eval.bench.turns import milliseconds, rate, take_turns


def test_the_sides_take_turns_after_one_that_is_not_counted():
    log = []
    seconds = take_turns({"ours": lambda: log.append("ours"), "theirs": lambda: log.append("theirs")}, 2)
    assert log == ["ours", "theirs"] * 3
    assert {side: len(taken) for side, taken in seconds.items()} == {"ours": 2, "theirs": 2}


def test_no_turn_is_no_measurement():
    with pytest.raises(ValueError, match="got 0"):
        take_turns({"ours": lambda: None}, 0)


def test_a_rate_is_the_median_of_its_turns_and_the_ratio_that_of_each_turn():
    # 10 and 40 and 20 a second against 10, 10 and 10: medians of 20 and 10, ratios of 1, 4 and 2.
    found = rate("files", "files/s", 20, {"ours": [2.0, 0.5, 1.0], "theirs": [2.0, 2.0, 2.0]})
    assert (found.sides, found.ratio) == ({"ours": 20.0, "theirs": 10.0}, 2.0)


def test_the_ratio_is_not_that_of_the_medians():
    # Ratios of 1/2, 3/9 and 5/5 by turn, where the medians are 3 and 5.
    found = milliseconds("query", 1, {"ours": [0.001, 0.003, 0.005], "theirs": [0.002, 0.009, 0.005]})
    assert found.sides == {"ours": 3.0, "theirs": 5.0}
    assert found.ratio == 0.5


def test_milliseconds_are_those_of_one_call():
    assert milliseconds("query", 10, {"ours": [1.0, 3.0, 2.0]}).sides == {"ours": 200.0}


def test_one_side_alone_has_no_ratio():
    assert rate("English", "characters/s", 1_234_567, {"ours": [1.0]}).ratio is None
    assert rate("English", "characters/s", 1_234_567, {"ours": [1.0]}).sides == {"ours": 1_235_000.0}

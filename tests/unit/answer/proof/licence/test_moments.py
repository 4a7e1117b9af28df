import pytest

from answer.proof.licence.moments import taken_days, taken_hours


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-03", "2026-03-03"),
        ("2026/3/3", "2026-03-03"),
        ("3 March 2026", "2026-03-03"),
        ("March 3rd, 2026", "2026-03-03"),
        ("the 3rd of May 2026", "2026-05-03"),
        ("in May 2026", "2026-05-?"),
        ("since April", "?-04-?"),
        ("2026年3月3日", "2026-03-03"),
        ("二〇二六年三月三日", "2026-03-03"),
        ("3月3日", "?-03-03"),
        ("2026年", "2026-?-?"),
    ],
)
def test_dates_are_read_in_both_languages(text: str, day: str) -> None:
    assert [str(each) for each in taken_days(text)[0]] == [day]


@pytest.mark.parametrize("text", ["You may leave.", "3个月", "2026-13-40", "v5.4.2", "march on"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert taken_days(text) == ([], text)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("18:00", "18:00"),
        ("6 pm", "18:00"),
        ("12 a.m.", "0:00"),
        ("下午6点", "18:00"),
        ("晚上十点半", "22:30"),
        ("9点15分", "9:15"),
    ],
)
def test_times_of_day_are_read_in_both_languages(text: str, hour: str) -> None:
    assert [str(each) for each in taken_hours(text)[0]] == [hour]


@pytest.mark.parametrize("text", ["5小时", "一点也不", "25:70"])
def test_what_is_no_time_of_day_is_none(text: str) -> None:
    assert taken_hours(text)[0] == []

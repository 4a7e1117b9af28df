import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import day, days, moment


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026/1/2", "2026-01-02"),
        ("2026.1.2", "2026-01-02"),
        ("20260102", "2026-01-02"),
        ("2026年1月2日", "2026-01-02"),
        ("２０２６年１月２日", "2026-01-02"),
        ("2026 年 1 月 2 号", "2026-01-02"),
        ("2026年1月2日 下午3:04", "2026-01-02T15:04:00"),
        ("2026-06-02T09:00:00.123Z", "2026-06-02T09:00:00+00:00"),
        ("2026-06-02 09:00:00", "2026-06-02T09:00:00"),
        ("Tue, 02 Jun 2026 09:00:00 +0200", "2026-06-02T09:00:00+02:00"),
        ("D:20260102030405+01'00'", "2026-01-02T03:04:05+01:00"),
        ("D:20260102030405Z", "2026-01-02T03:04:05+00:00"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("5.5.2026", "2026-05-05"),
        ("2 January 2026", "2026-01-02"),
        ("Jan 2nd, 2026", "2026-01-02"),
        ("Friday, 2 Jan 2026", "2026-01-02"),
    ],
)
def test_dates_of_both_languages_become_iso(text: str, iso: str) -> None:
    assert moment(text) == iso
    assert day(text) == iso[:10]


@pytest.mark.parametrize("text", ["", "soon", "2026", "2026-13-01", "2026年2月30日", "v1.10.2026.3", "99999999999999"])
def test_what_is_no_date_stays_unread(text: str) -> None:
    assert moment(text) is None


def test_a_date_that_two_countries_read_differently_stays_unread() -> None:
    assert moment("03/04/2026") is None


@pytest.mark.parametrize(
    "text",
    ["2026年1月1日至2026年12月31日", "2026-01-01 to 2026-12-31", "2026-01-01/2026-12-31", "2026.1.1～2026.12.31"],
)
def test_a_period_gives_both_ends(text: str) -> None:
    assert days(text) == ("2026-01-01", "2026-12-31")


def test_one_date_is_no_period() -> None:
    assert days("2026-01-01") is None


@given(st.text(max_size=60))
def test_no_text_is_too_odd_to_ask_about(text: str) -> None:
    assert moment(text) is None or len(moment(text) or "") >= 10


@given(st.dates())
def test_every_iso_day_is_read_as_itself(value: object) -> None:
    assert day(str(value)) == str(value)

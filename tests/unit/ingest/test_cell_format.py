from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.cell_format import shown


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (0.19, "0%", "19%"),
        (0.1955, "0.0%", "19.6%"),
        (2.5, "0", "3"),
        (-2.5, "0", "-3"),
        (-0.4, "0", "0"),
        (9.5, "€0.00", "€9.50"),
        (12_500, '#,##0.00 "CHF"', "12,500.00 CHF"),
        (900, "[$¥-804]#,##0", "¥900"),
        (-900, "#,##0;(#,##0)", "(900)"),
        (-900, "#,##0;[Red]-#,##0", "-900"),
        (0, '0;-0;"无"', "无"),
        (1_234.5, '_("$"* #,##0.00_)', "$1,234.50"),
        (7, "000000", "000007"),
        (1.5, "0.###", "1.5"),
        (2, "0.###", "2"),
        (0.5, "#.0", ".5"),
        (2_500_000, '0.0,,"M"', "2.5M"),
        (12_345, "0.00E+00", "1.23E+04"),
        (0.5, "# ?/?", "0.5"),
        (8_613_800_000_001, "000-0000-0000", "8613800000001"),
        (0.1 + 0.2, "General", "0.3"),
        (1_200.0, "General", "1200"),
        (3, 'General"件"', "3件"),
        (1, ";;;", ""),
        (True, "General", "TRUE"),
        (None, "General", ""),
        ("00123", "0", "00123"),
    ],
)
def test_a_value_is_written_as_the_program_shows_it(value: object, number_format: str, expected: str) -> None:
    assert shown(value, number_format) == expected


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (date(2026, 3, 5), "d mmm yyyy", "5 Mar 2026"),
        (date(2026, 3, 5), "dddd, mmmm dd", "Thursday, March 05"),
        (date(2026, 3, 5), 'yyyy"年"m"月"d"日"', "2026年3月5日"),
        (date(2026, 3, 5), "[$-804]aaaa", "星期四"),
        (datetime(2026, 3, 5, 14, 7), "dd/mm/yy hh:mm", "05/03/26 14:07"),
        (datetime(2026, 3, 5, 14, 7, 9), "h:mm AM/PM", "2:07 PM"),
        (datetime(2026, 3, 5, 0, 7, 9), 'h"时"mm"分"', "0时07分"),
        (datetime(2026, 3, 5, 14, 7, 9), "mm:ss", "07:09"),
        (date(2026, 3, 5), "mm-dd-yy", "2026-03-05"),
        (date(2026, 3, 5), "[$-F800]dddd, mmmm dd, yyyy", "2026-03-05"),
        (datetime(2026, 3, 5), "yyyy-mm-dd h:mm:ss", "2026-03-05"),
        (datetime(2026, 3, 5, 9, 30), "General", "2026-03-05 09:30"),
        (time(9, 30), "h:mm", "9:30"),
        (time(9, 30, 5), "General", "09:30:05"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
        (timedelta(minutes=-90), "[h]:mm:ss", "-1:30:00"),
    ],
)
def test_a_moment_is_written_in_its_format(value: object, number_format: str, expected: str) -> None:
    assert shown(value, number_format) == expected


@given(st.integers(-(10**12), 10**12))
def test_grouping_changes_no_digit(number: int) -> None:
    assert int(shown(number, "#,##0").replace(",", "") or "0") == number


@given(st.floats(-1e9, 1e9), st.text("0#,.%;-\"_*[]@ $E+yhm/'\\件", max_size=12))
def test_no_format_stops_the_reading_of_a_number(value: float, number_format: str) -> None:
    assert isinstance(shown(value, number_format), str)

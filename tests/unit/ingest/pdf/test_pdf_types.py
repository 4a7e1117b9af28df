import pytest

from ingest.parsers.pdf.types import letters, units


@pytest.mark.parametrize(
    ("text", "length", "count"),
    [("", 0, 0), ("3 days.", 7, 5), ("退款", 4, 2), ("退款 in 3 días。", 2 * 3 + 10, 9)],
)
def test_a_han_character_is_as_long_as_two_letters(text: str, length: int, count: int) -> None:
    assert (units(text), letters(text)) == (length, count)

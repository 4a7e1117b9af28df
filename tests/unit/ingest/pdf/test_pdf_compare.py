from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.parsers.pdf.compare import repaired, with_text
from ingest.parsers.pdf.pikepdf_count import shown_characters, single_page
from ingest.parsers.pdf.reading import read
from ingest.parsers.pdf.types import Page, letters

Make = Callable[..., Path]
LINES = [(50, 600, 10, "Refunds are paid to the card within three days."), (50, 560, 10, "退款会在三个工作日内到账。")]


def page(*, characters: int, found: int, number: int = 1) -> Page:
    return Page(number=number, width=600, height=800, characters=characters, letters=found)


def test_the_count_is_that_of_the_codes_shown_on_each_page(make_pdf: Make) -> None:
    # 47 codes of one byte and 13 of two.
    assert shown_characters(make_pdf([LINES, [], LINES[:1]])) == [60, 0, 47]


def test_a_file_that_cannot_be_read_has_no_count(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 and then nothing")
    assert shown_characters(path) is None
    assert repaired(path, [page(characters=0, found=0)]) == {}


def test_a_page_with_all_its_text_is_not_read_again(make_pdf: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.parsers.pdf.compare.page_text", lambda _single: pytest.fail("read again"))
    assert repaired(make_pdf([LINES]), [page(characters=60, found=50)]) == {}


def test_a_page_that_lost_text_takes_that_of_the_second_reader(make_pdf: Make) -> None:
    path = make_pdf([LINES, LINES])
    found = repaired(path, [page(characters=60, found=50), page(characters=20, found=16, number=2)])
    assert list(found) == [2]
    assert "Refunds are paid to the card" in found[2]


def test_a_second_reader_that_finds_no_more_changes_nothing(make_pdf: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    # Blanks that the first reader folded are no loss.
    monkeypatch.setattr("ingest.parsers.pdf.compare.page_text", lambda _single: "a" * 60)
    assert repaired(make_pdf([LINES]), [page(characters=20, found=48)]) == {}
    assert repaired(make_pdf([LINES]), [page(characters=20, found=47)]) == {1: "a" * 60}


def test_a_text_without_places_becomes_paragraphs() -> None:
    taken = with_text(page(characters=0, found=0), "Refunds take\nthree days.\n\n退款会在\n三天内到账。")
    assert [paragraph.text for paragraph in read([taken], {})] == ["Refunds take three days.", "退款会在三天内到账。"]


def test_letters_are_letters_and_digits_of_both_languages() -> None:
    assert letters("退款 v2.1, ok!") == 7


def test_a_page_stands_alone(make_pdf: Make) -> None:
    path = make_pdf([LINES])
    assert shown_characters(_written(path, single_page(path, 1))) == [60]
    with pytest.raises(ValueError, match=r"page 2 of file\.pdf"):
        single_page(make_pdf([LINES]), 2)


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from ingest.parsers.pdf.pdfium_text import read_page
from ingest.parsers.pdf.types import Page

Make = Callable[..., Path]
LINES = [(50, 600, 10, "Refunds take three days."), (50, 580, 20, "退款说明")]


def read(path: Path, number: int = 1) -> tuple[Page, int]:
    with pypdfium2.PdfDocument(path) as pdf:
        return read_page(pdf[number - 1], number)


def changed(path: Path, change: Callable[[Any], None]) -> Path:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        change(pdf.pages[0])
        pdf.save(path)
    return path


def test_runs_have_their_place_their_size_and_their_words(make_pdf: Make) -> None:
    page, turns = read(make_pdf([LINES]))
    first, second = page.runs
    assert (first.text, round(first.left), first.size, second.text, second.size) == (
        "Refunds take three days.",
        50,
        10,
        "退款说明",
        20,
    )
    assert [offset for offset, _ in first.starts] == [0, 8, 13, 19]
    # 24 and 4 characters, blanks of the file included.
    assert (page.width, page.height, turns, page.characters, page.letters) == (600, 800, 0, 28, 24)


def test_a_wide_gap_parts_two_runs(make_pdf: Make) -> None:
    page, _ = read(make_pdf([[(50, 600, 10, "Team"), (90, 600, 10, "25")]]))
    assert [run.text for run in page.runs] == ["Team", "25"]


@pytest.mark.parametrize(("matrix", "turns"), [("0 1 -1 0 800 0", 1), ("-1 0 0 -1 600 800", 2), ("0 -1 1 0 0 600", 3)])
def test_turned_type_is_read_as_its_reader_turns_the_page(make_pdf: Make, matrix: str, turns: int) -> None:
    def turn(page: Any) -> None:
        page.contents_add(f"q {matrix} cm".encode(), prepend=True)
        page.contents_add(b"Q")
        if turns % 2:
            page.mediabox = [0, 0, 800, 600]

    page, found = read(changed(make_pdf([LINES]), turn))
    # pdfium gives the lines of type that runs downwards last line first.
    first = page.runs[1] if turns == 3 else page.runs[0]
    assert (found, page.width, page.height) == (turns, 600, 800)
    assert (first.text, round(first.left), first.aside) == ("Refunds take three days.", 50, False)
    assert 595 < first.bottom < 603 < first.top


def test_type_beside_the_visible_page_is_not_read_and_still_counted(make_pdf: Make) -> None:
    def cut(page: Any) -> None:
        page.cropbox = [0, 590, 600, 800]

    page, _ = read(changed(make_pdf([LINES]), cut))
    assert [run.text for run in page.runs] == ["Refunds take three days."]
    assert (page.characters, page.height) == (28, 210)


def test_glyph_numbers_of_a_font_without_characters_are_no_text(make_pdf: Make) -> None:
    def unmap(page: Any) -> None:
        # Glyphs 20 to 23 with a blank as glyph 3: what is left of a text where its font says nothing.
        font = page.Resources.Font["/F2"]
        font.Encoding = pikepdf.Name("/Identity-H")
        system = font.DescendantFonts[0].CIDSystemInfo
        system.Registry, system.Ordering = pikepdf.String("Adobe"), pikepdf.String("Identity")
        page.contents_add(b"BT /F2 12 Tf 50 500 Td <00140015000300160017> Tj ET")

    page, _ = read(changed(make_pdf([[LINES[0]]]), unmap))
    assert [run.text for run in page.runs] == ["Refunds take three days."]
    assert page.unmapped >= 4


def test_a_soft_hyphen_at_a_line_end_parts_a_word_and_one_inside_does_not(make_pdf: Make) -> None:
    def hyphenate(page: Any) -> None:
        font = page.Resources.Font["/F1"]
        font.Encoding = pikepdf.Name("/WinAnsiEncoding")
        page.contents_add(rb"BT /F1 10 Tf 50 500 Td (re\255) Tj 0 -14 Td (fund) Tj ET")

    page, _ = read(changed(make_pdf([[LINES[0]]]), hyphenate))
    assert [run.text for run in page.runs][1:] == ["re\ufffe", "fund"]


def test_a_glyph_without_a_character_leaves_a_mark_in_its_word(make_pdf: Make) -> None:
    """A sign that cannot be read does not take the number with it, nor let it pass for another number."""

    def unmap(page: Any) -> None:
        lost = page.Resources.Font["/F2"]
        lost.Encoding = pikepdf.Name("/Identity-H")
        lost.DescendantFonts[0].CIDSystemInfo.Ordering = pikepdf.String("Identity")
        page.contents_add(b"BT 50 500 Td /F2 10 Tf <0015> Tj /F1 10 Tf (0.93) Tj ET")

    page, _ = read(changed(make_pdf([[LINES[0]]]), unmap))
    assert [run.text for run in page.runs][1:] == ["\ufffd0.93"]
    assert page.unmapped == 1

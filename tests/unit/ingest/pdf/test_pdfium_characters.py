from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pypdfium2 import raw

from ingest.parsers.pdf.pdfium_characters import Characters

Make = Callable[..., Path]
# A is a character outside the basic plane, B half of one, C a letter that is written from right to left.
_MAP = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <00> <ff> "
    b"endcodespacerange 3 beginbfchar <41> <D83DDE00> <42> <D83D> <43> <0627> endbfchar endcmap end end"
)


def one_by_one(page: Any) -> str:
    text_page = page.get_textpage()
    try:
        return "".join(chr(raw.FPDFText_GetUnicode(text_page, index)) for index in range(text_page.count_chars()))
    finally:
        text_page.close()


def texts(path: Path) -> tuple[str, str]:
    """As ``Characters`` reads the first page, and as pdfium says when asked for each character."""
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[0]
        characters = Characters(page)
        read = characters.text()
        characters.close()
        return read, one_by_one(page)


def test_a_character_has_its_box_its_size_and_its_weight(make_pdf: Make) -> None:
    with pypdfium2.PdfDocument(make_pdf([[(50, 600, 10, "Refunds"), (50, 580, 20, "退款")]])) as pdf:
        characters = Characters(pdf[0])
        text = characters.text()
        first, han = characters.boxes([0, text.index("退")])
        assert text == "Refunds\r\n退款"
        # Helvetica's R is 0.722 of the size wide.
        assert (round(first[0], 2), round(first[2], 2)) == (50, 57.22)
        assert first[1] < 600 < first[3]
        assert (round(han[0]), round(han[2])) == (50, 70)
        assert characters.size_and_turns(0) == (10, 0)
        assert characters.is_bold_and_mono(0) == (False, False)
        assert characters.is_generated(text.index("\r"))
        assert not characters.is_generated(0)
        characters.close()


@pytest.mark.parametrize("before", [0, 1, 40, 61, 62, 63, 64, 65, 130])
def test_characters_that_pdfium_leaves_out_of_its_text_keep_their_place(make_pdf: Make, before: int) -> None:
    """A word parted at a line end, wherever it stands: its hyphen is no part of pdfium's own text."""
    lines = [(50, 600, 2, "a" * before + "exam-"), (50, 598, 2, "ple 退款 and so on " + "b" * 100)]
    read, expected = texts(make_pdf([lines]))
    assert read == expected
    assert read.startswith("a" * before + "exam")
    assert "\x02" in read


def test_characters_outside_the_basic_plane_and_halves_of_them_are_read_as_they_are(make_pdf: Make) -> None:
    path = make_pdf([[(50, 600, 10, "x" * 60 + "A y B z AA CC end " + "x" * 80)]])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Resources.Font["/F1"].ToUnicode = pdf.make_stream(_MAP)
        pdf.save(path)
    read, expected = texts(path)
    assert read == expected
    assert read.startswith("x" * 60 + "\ud83d\ude00 y \ud83d z ")
    assert len(read) == len("x" * 60 + "AA y B z AAAA CC end " + "x" * 80)


def test_only_characters_of_a_font_without_unicode_values_are_unmapped(make_pdf: Make) -> None:
    path = make_pdf([[(50, 600, 10, "known")]])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        font = pdf.pages[0].Resources.Font["/F2"]
        font.Encoding = pikepdf.Name("/Identity-H")
        system = font.DescendantFonts[0].CIDSystemInfo
        system.Registry, system.Ordering = pikepdf.String("Adobe"), pikepdf.String("Identity")
        pdf.pages[0].contents_add(b"BT /F2 12 Tf 50 500 Td <00140015> Tj ET")
        pdf.save(path)
    with pypdfium2.PdfDocument(path) as pdf:
        characters = Characters(pdf[0])
        count = len(characters.text())
        assert characters.unmapped(range(count)) == {count - 2, count - 1}
        characters.close()

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers.pdf.pdfium_text import read_page
from ingest.parsers.pdf.types import Page
from ingest.parsers.pdfium_parser import parse_pdf

MakePdf = Callable[..., Path]
PASSWORD = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'00' * 32}> /U <{'11' * 32}> /P -4 >> /ID [<00> <00>]"


def test_text_headings_and_pages_come_out(make_pdf: MakePdf, texts_of: Callable[[Any], list[tuple[str, str]]]) -> None:
    path = make_pdf(
        [
            [
                (50, 600, 20, "Refunds"),
                (50, 560, 10, "Refunds are paid to the card"),
                (50, 548, 10, "within three days."),
            ],
            [(50, 600, 20, "退款说明"), (50, 560, 10, "退款会在三个工作日内到账。")],
        ]
    )
    document = parse_pdf(path)
    assert document.title == "Refunds"
    assert texts_of(document) == [
        ("h1", "Refunds"),
        ("paragraph", "Refunds are paid to the card within three days."),
        ("h1", "退款说明"),
        ("paragraph", "退款会在三个工作日内到账。"),
    ]
    assert [block.page for block in document.blocks] == [1, 1, 2, 2]


def test_a_password_is_reported_as_such(make_pdf: MakePdf) -> None:
    with pytest.raises(ParseError, match="asks for a password") as caught:
        parse_pdf(make_pdf([[(50, 600, 10, "secret")]], trailer=PASSWORD))
    assert caught.value.outcome is Outcome.ENCRYPTED


def test_a_page_without_text_is_empty(make_pdf: MakePdf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ParseError, match="no page holds text") as caught:
        parse_pdf(make_pdf([[]]))
    assert caught.value.outcome is Outcome.EMPTY


def test_a_damaged_file_fails_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 and then nothing")
    with pytest.raises(ParseError, match="cannot be opened") as caught:
        parse_pdf(path)
    assert caught.value.outcome is Outcome.FAILED


def test_a_pdf_that_only_its_owner_may_change_is_read(make_pdf: MakePdf) -> None:
    path = make_pdf([[(50, 600, 10, "Refunds take three days."), (50, 560, 10, "退款说明")]])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="owner", user="", R=6))
    assert parse_pdf(path).text == "Refunds take three days.\n\n退款说明"


def test_what_the_file_says_about_itself_becomes_metadata(make_pdf: MakePdf) -> None:
    path = make_pdf([[(50, 600, 10, "退款会在三个工作日内到账。")]])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        stated = {"/Title": "退款", "/Author": "李 伟", "/ModDate": "D:20260301", "/Keywords": "  "}
        pdf.docinfo.update({pikepdf.Name(key): pikepdf.String(value) for key, value in stated.items()})
        pdf.Root.Lang = pikepdf.String("en-US")
        pdf.save(path)
    document = parse_pdf(path)
    # English is what the program spoke, not the text.
    assert document.metadata == {"title": "退款", "author": "李 伟", "modified": "2026-03-01"}
    assert document.title == "退款"


def test_a_page_whose_text_is_lost_is_read_by_the_second_reader(
    make_pdf: MakePdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_pdf([[(50, 600, 10, f"Clause {name} holds for all.") for name in ("one", "two")] for _ in range(2)])
    monkeypatch.setattr("ingest.parsers.pdfium_parser.read_page", _blind_on_the_second)
    document = parse_pdf(path)
    assert document.text.count("Clause two holds for all.") == 2
    assert document.metadata == {"pages_read_by_pypdf": "2"}


def _blind_on_the_second(page: Any, number: int) -> tuple[Page, int]:
    read, turns = read_page(page, number)
    return (read if number == 1 else Page(number=number, width=read.width, height=read.height)), turns


def test_fonts_that_hide_their_characters_are_named_as_the_reason(
    make_pdf: MakePdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    unmapped = Page(number=1, width=600, height=800, unmapped=60)
    monkeypatch.setattr("ingest.parsers.pdfium_parser.read_page", lambda _page, _number: (unmapped, 0))
    with pytest.raises(ParseError, match=r"fonts of the PDF do not say .* on pages 1; install tesseract") as caught:
        parse_pdf(make_pdf([[(50, 600, 10, "Refunds take three days, and then some more.")]]))
    assert caught.value.outcome is Outcome.EMPTY

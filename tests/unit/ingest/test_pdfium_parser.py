from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from core.types import Outcome
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

from pathlib import Path

import pytest
from PIL import Image

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers import ocr
from ingest.parsers.pdfium_parser import parse_pdf

PROGRAM = """#!/bin/sh
if [ "$1" = "--list-langs" ]; then echo eng; echo chi_sim; exit 0; fi
cat > /dev/null
{behaviour}
"""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "scan.png"
    Image.new("L", (40, 40), 255).save(path)
    return path


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str) -> None:
    program = folder / "tesseract"
    program.write_text(PROGRAM.format(behaviour=behaviour))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    ocr._languages.cache_clear()


def test_without_tesseract_a_picture_is_unsupported_and_the_reason_helps(
    picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ParseError, match=r"install tesseract .* chi_sim") as caught:
        ocr.parse_image(picture)
    assert caught.value.outcome is Outcome.UNSUPPORTED


def test_the_languages_that_are_there_are_asked_for(
    picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(tmp_path, monkeypatch, 'echo "read with $4: 退款"')
    assert ocr.parse_image(picture).text == "read with chi_sim+eng: 退款"


def test_a_page_without_a_text_layer_is_read(picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scanned = tmp_path / "scan.pdf"
    Image.open(picture).save(scanned)
    install(tmp_path, monkeypatch, 'echo "scanned words"')
    document = parse_pdf(scanned)
    assert document.text == "scanned words"
    assert document.blocks[0].page == 1


def test_without_tesseract_a_scanned_pdf_says_what_would_help(
    picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scanned = tmp_path / "scan.pdf"
    Image.open(picture).save(scanned)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ParseError, match=r"only pictures: 1 of 1; install tesseract") as caught:
        parse_pdf(scanned)
    assert caught.value.outcome is Outcome.EMPTY


def test_a_failing_program_is_a_failure_and_silence_is_empty(
    picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(tmp_path, monkeypatch, "echo no memory >&2; exit 3")
    with pytest.raises(ParseError, match="tesseract failed: no memory"):
        ocr.parse_image(picture)
    install(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(ParseError, match="found no text") as caught:
        ocr.parse_image(picture)
    assert caught.value.outcome is Outcome.EMPTY

from pathlib import Path

import pytest
from PIL import Image

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers import ocr
from ingest.parsers.pdfium_parser import parse_pdf

ROW = "5\\t1\\t1\\t1\\t1\\t{word}\\t{left}\\t10\\t{width}\\t12\\t{confidence}\\t{text}"
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


def saying(text: str, confidence: int = 96) -> str:
    """A program that reads these words on one line."""
    rows, left = [], 10
    for number, word in enumerate(text.split(), 1):
        rows.append(ROW.format(word=number, left=left, width=10 * len(word), confidence=confidence, text=word))
        left += 10 * len(word) + 5
    return "printf '" + "\\n".join(rows) + "\\n'"


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
    install(tmp_path, monkeypatch, saying("read with '$6': 退款"))
    assert ocr.parse_image(picture).text == "read with chi_sim+eng: 退款"


def test_a_page_without_a_text_layer_is_read(picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scanned = tmp_path / "scan.pdf"
    Image.open(picture).save(scanned)
    install(tmp_path, monkeypatch, saying("scanned words"))
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


def test_each_page_of_a_tiff_is_read_and_a_moving_picture_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(tmp_path, monkeypatch, saying("Scanned words."))
    frames = [Image.new("L", (40, 40), shade) for shade in (255, 250, 245)]
    frames[0].save(tmp_path / "scan.tiff", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "scan.gif", save_all=True, append_images=frames[1:])
    assert [block.page for block in ocr.parse_image(tmp_path / "scan.tiff").blocks] == [1, 2, 3]
    assert [block.page for block in ocr.parse_image(tmp_path / "scan.gif").blocks] == [1]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "tiff"])
def test_every_kind_of_picture_is_read(suffix: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(tmp_path, monkeypatch, saying("退款 words"))
    Image.new("RGB", (40, 40), "white").save(tmp_path / f"scan.{suffix}")
    assert ocr.parse_image(tmp_path / f"scan.{suffix}").text == "退款 words"


def test_a_picture_that_cannot_be_opened_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(tmp_path, monkeypatch, saying("never"))
    path = tmp_path / "photo.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    with pytest.raises(ParseError, match=r"HEIC.*save it as JPEG or PNG") as caught:
        ocr.parse_image(path)
    assert caught.value.outcome is Outcome.UNSUPPORTED


def test_a_cut_off_picture_is_damaged(picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(tmp_path, monkeypatch, saying("never"))
    path = tmp_path / "cut.png"
    path.write_bytes(picture.read_bytes()[:60])
    with pytest.raises(ParseError, match="damaged") as caught:
        ocr.parse_image(path)
    assert caught.value.outcome is Outcome.FAILED


def test_a_picture_is_turned_scaled_and_laid_on_white(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The program hands back what it was given.
    install(tmp_path, monkeypatch, saying("words"))
    monkeypatch.setattr(ocr, "_run", lambda given, *_: seen.append(given) or "")
    seen: list[Image.Image] = []
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGBA", (1_200, 20), (0, 0, 0, 0)).save(tmp_path / "clear.png", exif=turned)
    Image.new("L", (9_000, 90), 255).save(tmp_path / "long.png")
    Image.new("L", (100, 50), 255).save(tmp_path / "small.png")
    for name in ("clear", "long", "small"):
        with pytest.raises(ParseError, match="found no text"):
            ocr.parse_image(tmp_path / f"{name}.png")
    assert [each.size for each in seen] == [(20, 1_200), (4_000, 40), (200, 100)]
    assert seen[0].getpixel((5, 5)) == 255


def test_a_picture_of_too_many_pixels_is_not_decoded(
    picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(tmp_path, monkeypatch, saying("never"))
    monkeypatch.setattr(ocr, "_MAX_PIXELS", 1_000)
    with pytest.raises(ParseError, match="40 x 40 pixels, more than 1,000") as caught:
        ocr.parse_image(picture)
    assert caught.value.outcome is Outcome.TOO_LARGE


def test_a_hanging_program_is_stopped(picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(tmp_path, monkeypatch, "exec sleep 20")
    monkeypatch.setattr(ocr, "_PAGE_SECONDS", 2.1)
    with pytest.raises(ParseError, match="took more than 2 s"):
        ocr.parse_image(picture)


def test_pages_beyond_the_time_of_a_file_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(tmp_path, monkeypatch, saying("scanned words"))
    frames = [Image.new("L", (40, 40), 255) for _ in range(3)]
    frames[0].save(tmp_path / "scan.tiff", save_all=True, append_images=frames[1:])
    left = iter([50.0, 50.0, 0.0, 0.0])
    monkeypatch.setattr(ocr.Clock, "seconds", property(lambda _clock: next(left)))
    document = ocr.parse_image(tmp_path / "scan.tiff")
    assert document.metadata == {"pages_not_read_in_time": "2, 3"}


def test_a_doubtful_picture_is_turned_as_the_program_says(
    picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lying, standing = saying("8uI4l", 50), saying("upright words")
    behaviour = f"""case "$*" in
      *osd*) echo "Rotate: 90" ;;
      *) if [ -e {tmp_path}/asked ]; then {standing}; else touch {tmp_path}/asked; {lying}; fi ;;
    esac"""
    install(tmp_path, monkeypatch, behaviour)
    assert ocr.parse_image(picture).text == "upright words"


def test_what_the_program_only_guesses_is_no_text(
    picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(tmp_path, monkeypatch, saying("SMRRWIEO NSW Mh", 32))
    with pytest.raises(ParseError, match="could make out") as caught:
        ocr.parse_image(picture)
    assert caught.value.outcome is Outcome.EMPTY

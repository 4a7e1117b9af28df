from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.sniff import FileKind, sniff

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(folder: Path, name: str, content: bytes | str) -> FileKind:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return sniff(path)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b"%PDF-1.7\n...", FileKind.PDF),
        ("a.doc", b"{\\rtf1 text}", FileKind.RTF),
        ("a.pdf", b"\x89PNG\r\n\x1a\n\0\0", FileKind.IMAGE),
        ("a.bin", b"\x1f\x8b\x08\0\0\0", FileKind.ARCHIVE),
        ("a.mp3", b"ID3\x04\0\0", FileKind.MEDIA),
        ("a.docx", b"", FileKind.EMPTY),
        ("a.doc", OLE + b"\0" * 600, FileKind.BINARY),
        ("a.xyz", bytes(range(256)) * 20, FileKind.BINARY),
        ("a.txt", "<!DOCTYPE html><html><body>x</body></html>", FileKind.HTML),
        ("a.html", '<?xml version="1.0"?><country>x</country>', FileKind.XML),
        ("a.txt", "From: a@b.example\nSubject: Hi\n\nText", FileKind.EML),
        ("a.txt", '{"question": "q", "answer": "a"}', FileKind.JSON),
        ("a.txt", '{"a": 1}\n{"a": 2}\n', FileKind.JSONL),
        ("a.txt", '{"a": 1, "b":', FileKind.TEXT),
        ("a.md", "Plain words", FileKind.MARKDOWN),
        ("a.md", "[link](x)\n\ntext", FileKind.MARKDOWN),
        ("a.csv", "a,b\n1,2", FileKind.CSV),
        ("a.rst", "Title\n=====", FileKind.RST),
        ("a.txt", "Note: remember\nDate: today\nmore text here", FileKind.TEXT),
        ("a.log", "BM is how this text begins", FileKind.TEXT),
        ("说明.txt", "退款会在三个工作日内到账。", FileKind.TEXT),
        ("noname", "# Title\n\n## Part\n\ntext", FileKind.MARKDOWN),
        ("noname", "a,b\n1,2\n3,4\n", FileKind.CSV),
    ],
)
def test_content_comes_before_the_name(tmp_path: Path, name: str, content: bytes | str, expected: FileKind) -> None:
    assert kind_of(tmp_path, name, content) is expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"[Content_Types].xml": "", "word/document.xml": ""}, FileKind.DOCX),
        ({"[Content_Types].xml": "", "ppt/presentation.xml": ""}, FileKind.PPTX),
        ({"[Content_Types].xml": "", "xl/workbook.xml": ""}, FileKind.XLSX),
        ({"mimetype": "application/epub+zip"}, FileKind.EPUB),
        ({"mimetype": "application/vnd.oasis.opendocument.text"}, FileKind.ODT),
        ({"readme.txt": "hello"}, FileKind.ARCHIVE),
    ],
)
def test_a_container_is_known_by_its_members(
    make_zip: Callable[..., Path], members: dict[str, str], expected: FileKind
) -> None:
    assert sniff(make_zip("file.dat", members)) is expected


def test_utf_16_text_is_not_binary(tmp_path: Path) -> None:
    assert kind_of(tmp_path, "a.txt", "Refunds take three days.".encode("utf-16-le")) is FileKind.TEXT

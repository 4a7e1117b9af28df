import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.sniff import FileKind, is_container, sniff

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
        ("a.bin", b"\x1f\x8b\x08\0\0\0", FileKind.COMPRESSED),
        ("a.bin", b"BZh91AY&SY....", FileKind.COMPRESSED),
        ("a.txt", "BZh is how this text begins", FileKind.TEXT),
        ("a.bin", b"\x28\xb5\x2f\xfd\0\0", FileKind.COMPRESSED),
        ("a.zip", b"Rar!\x1a\x07\1\0", FileKind.ARCHIVE),
        ("a.zip", b"7z\xbc\xaf\x27\x1c", FileKind.ARCHIVE),
        ("a.docx", b"PK\3\4 cut off", FileKind.ZIP),
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
        ({"readme.txt": "hello"}, FileKind.ZIP),
        ({}, FileKind.ZIP),
        ({"mimetype": "x" * 10_000_000}, FileKind.BINARY),
    ],
)
def test_a_container_is_known_by_its_members(
    make_zip: Callable[..., Path], members: dict[str, str], expected: FileKind
) -> None:
    assert sniff(make_zip("file.dat", members)) is expected


def test_utf_16_text_is_not_binary(tmp_path: Path) -> None:
    assert kind_of(tmp_path, "a.txt", "Refunds take three days.".encode("utf-16-le")) is FileKind.TEXT


def packed(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tar(name: str, content: bytes, form: int = tarfile.USTAR_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


BY_CONTENT = {
    FileKind.PDF: b"%PDF-1.7\n1 0 obj",
    FileKind.RTF: b"{\\rtf1 text}",
    FileKind.IMAGE: b"\x89PNG\r\n\x1a\n\0\0",
    FileKind.DOCX: packed({"[Content_Types].xml": "", "word/document.xml": ""}),
    FileKind.XLSX: packed({"[Content_Types].xml": "", "xl/workbook.xml": ""}),
    FileKind.PPTX: packed({"[Content_Types].xml": "", "ppt/presentation.xml": ""}),
    FileKind.ODT: packed({"mimetype": "application/vnd.oasis.opendocument.text"}),
    FileKind.EPUB: packed({"mimetype": "application/epub+zip"}),
    FileKind.ZIP: packed({"说明.pdf": "%PDF-1.7"}),
    FileKind.TAR: tar("a.pdf", b"%PDF-1.7\n1 0 obj"),
    FileKind.COMPRESSED: gzip.compress(b"%PDF-1.7"),
    FileKind.HTML: "<!DOCTYPE html><html><body><p>退款</p></body></html>".encode(),
    FileKind.XML: '<?xml version="1.0"?><guide>退款</guide>'.encode(),
    FileKind.EML: "From: a@b.example\nSubject: 退款\n\nText".encode(),
}
NAMES = "a.txt a.md a.csv a.json a.html a.xml a.eml a.pdf a.docx a.xlsx a.zip a.tar.gz a.png a.mp3 a.bin a 文件".split()


@pytest.mark.parametrize("expected", BY_CONTENT, ids=str)
def test_no_name_changes_what_the_content_is(tmp_path: Path, expected: FileKind) -> None:
    kinds = {name: kind_of(tmp_path, name, BY_CONTENT[expected]) for name in NAMES}
    assert kinds == dict.fromkeys(NAMES, expected)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_dialect_of_tar_is_known(tmp_path: Path, form: int) -> None:
    assert kind_of(tmp_path, "a", tar(("说明" * 8 + "/") * 3 + "a.md", b"# x", form)) is FileKind.TAR


def test_an_archive_is_known_before_it_is_read_and_a_document_is_none(tmp_path: Path) -> None:
    for kind, content in BY_CONTENT.items():
        path = tmp_path / "file"
        path.write_bytes(content)
        assert is_container(path) is (kind in {FileKind.ZIP, FileKind.TAR, FileKind.COMPRESSED})
    path.write_bytes(b"")
    assert not is_container(path)

import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ParseError
from core.types import BlockKind, Outcome, ParsedDocument
from ingest import parse
from ingest.parse import parse_file, parser_version
from ingest.parsers.builder import DocumentBuilder
from ingest.sniff import FileKind


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def document(text: str) -> ParsedDocument:
    builder = DocumentBuilder()
    builder.add(BlockKind.PARAGRAPH, text)
    return builder.build(title="t", parser="p")


def empty(_path: Path) -> ParsedDocument:
    return ParsedDocument(title="t", text=" ", blocks=(), parser="p")


def broken(_path: Path) -> ParsedDocument:
    raise KeyError("no such part")


@pytest.mark.parametrize(
    ("name", "content", "outcome", "reason"),
    [
        ("a.docx", b"", Outcome.EMPTY, "0 bytes"),
        ("a.zip", b"\x1f\x8b\x08\0", Outcome.UNSUPPORTED, "its members have"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", Outcome.UNSUPPORTED, "pack the files as ZIP"),
        ("a.mp3", b"ID3\x04\0", Outcome.UNSUPPORTED, "transcript"),
        ("a.exe", bytes(range(256)) * 9, Outcome.UNSUPPORTED, "no known document format"),
        ("a.pdf", b"%PDF-1.4 cut off", Outcome.FAILED, "cannot be opened"),
        ("a.md", "\n \n", Outcome.EMPTY, "no text"),
    ],
)
def test_a_file_without_text_has_an_outcome_and_a_reason(
    tmp_path: Path, name: str, content: bytes | str, outcome: Outcome, reason: str
) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        parse_file(write(tmp_path, name, content))
    assert caught.value.outcome is outcome


def test_a_damaged_office_file_names_its_format(make_zip: Callable[..., Path]) -> None:
    path = make_zip("a.pptx", {"[Content_Types].xml": "<x/>", "ppt/presentation.xml": "<x/>"})
    with pytest.raises(ParseError, match="the PPTX file is damaged") as caught:
        parse_file(path)
    assert caught.value.outcome is Outcome.FAILED


def test_no_text_is_never_success_and_the_next_parser_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(parse._CHAINS, FileKind.TEXT, (empty, broken, lambda _path: document("退款")))
    assert parse_file(write(tmp_path, "a.txt", "x")).text == "退款"
    monkeypatch.setitem(parse._CHAINS, FileKind.TEXT, (empty, broken))
    with pytest.raises(ParseError, match="holds no text") as caught:
        parse_file(write(tmp_path, "a.txt", "x"))
    assert caught.value.outcome is Outcome.EMPTY


def test_a_vendor_that_asks_for_a_password_means_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_path: Path) -> ParsedDocument:
        raise ValueError("Workbook is encrypted")

    monkeypatch.setitem(parse._CHAINS, FileKind.TEXT, (locked, lambda _path: document("never asked")))
    with pytest.raises(ParseError, match="protected: Workbook is encrypted") as caught:
        parse_file(write(tmp_path, "a.txt", "x"))
    assert caught.value.outcome is Outcome.ENCRYPTED


def test_broken_json_is_still_readable_text(tmp_path: Path) -> None:
    assert parse_file(write(tmp_path, "a.json", '{"limit": 300,')).text == '{"limit": 300,'


def test_a_missing_file_is_a_failure_with_the_systems_reason(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="No such file"):
        parse_file(tmp_path / "gone.md")


def test_every_kind_is_either_read_or_refused() -> None:
    assert set(FileKind) == set(parse._CHAINS) | set(parse._REFUSED)


def test_the_version_names_the_vendors() -> None:
    assert "unstructured 0." in parser_version()
    assert "pypdfium2 5." in parser_version()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [b"", b"%PDF-1.4\n", b"{\\rtf1 ", b"PK\x03\x04", b"<html>", b"---\n", b"From: a\nSubject: b\n\n", b"["]
    ),
    st.sampled_from([".txt", ".md", ".html", ".csv", ".json", ".jsonl", ".eml", ".xml"]),
)
def test_whatever_the_bytes_only_parse_errors_come_out(tmp_path: Path, data: bytes, start: bytes, suffix: str) -> None:
    path = write(tmp_path, f"a{suffix}", start + data)
    with suppress(ParseError):
        assert parse_file(path).text.strip()


def test_importing_the_run_loads_no_vendor() -> None:
    vendors = ("unstructured", "spacy", "pypdfium2", "pandas", "openpyxl", "pebble")
    code = f"import ingest.run, sys; print([name for name in {vendors} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_parsing_asks_no_name_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise AssertionError("a parser used the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    page = '<html><body><img src="http://example.com/a.png"><p>退款</p></body></html>'
    assert parse_file(write(tmp_path, "a.html", page)).text == "退款"

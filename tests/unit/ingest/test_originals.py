import hashlib
import os
import time

import pytest

from ingest.originals import Originals, can_be_drawn
from ingest.uploads import Uploads
from store.originals import Original

PDF = b"%PDF-1.7\n" + "退款".encode()


def sha(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def upload(tmp_path):
    """A folder of files that came in."""
    files = tmp_path / "uploads" / "upload-1" / "files"
    (files / "合同").mkdir(parents=True)
    (files / "合同" / "协议.pdf").write_bytes(PDF)
    (files / "unread.pdf").write_bytes(PDF + b"other")
    (files / "notes.md").write_bytes(b"# Notes")
    return files


def originals(tmp_path, *wanted):
    return Originals(tmp_path / "originals", lambda: set(wanted))


def kept(tmp_path):
    return sorted(path.name for path in (tmp_path / "originals").glob("*"))


def test_of_an_upload_only_the_pdfs_that_became_documents_are_kept(tmp_path, upload):
    home = originals(tmp_path, sha(PDF), sha(b"# Notes"))
    home.keep_from(upload)

    assert kept(tmp_path) == [f"{sha(PDF)}.pdf"]
    moved = Original(path=upload / "合同" / "协议.pdf", content_hash=sha(PDF), size=len(PDF), parser="pypdfium2 5.15")
    found = home.find(moved)
    assert found is not None
    assert found.read_bytes() == PDF


def test_a_file_goes_with_the_document_that_it_was_read_for(tmp_path, upload):
    originals(tmp_path, sha(PDF)).keep_from(upload)
    originals(tmp_path, sha(PDF)).sweep()
    assert len(kept(tmp_path)) == 1

    originals(tmp_path).sweep()

    assert kept(tmp_path) == []


def test_a_file_that_is_still_where_it_was_read_is_found_there_unless_its_size_differs(tmp_path, upload):
    home = originals(tmp_path)
    path = upload / "合同" / "协议.pdf"
    original = Original(path=path, content_hash=sha(PDF), size=len(PDF), parser="pypdfium2 5.15")

    assert home.find(original) == path
    path.write_bytes(PDF + b" ")
    assert home.find(original) is None
    path.unlink()
    path.mkdir()
    assert home.find(original) is None


@pytest.mark.parametrize(("parser", "drawn"), [("pypdfium2 5.15.2", True), ("pandoc 3.1", False), ("", False)])
def test_only_what_was_read_as_a_pdf_can_be_drawn(tmp_path, parser, drawn):
    original = Original(path=tmp_path, content_hash="", size=0, parser=parser)
    assert can_be_drawn(original) is drawn
    assert not can_be_drawn(None)


def test_an_upload_gives_up_its_pdfs_before_it_is_removed(tmp_path, upload):
    home = originals(tmp_path, sha(PDF))
    os.utime(upload.parent, (time.time() - 1_000,) * 2)

    Uploads(tmp_path / "uploads", list, home.keep_from).sweep()

    assert not upload.parent.exists()
    assert kept(tmp_path) == [f"{sha(PDF)}.pdf"]


def test_nothing_is_kept_and_nothing_asked_where_no_pdf_came_in(tmp_path, upload):
    for path in upload.rglob("*.pdf"):
        path.unlink()

    def asked():
        raise AssertionError("the record is asked for nothing")

    home = Originals(tmp_path / "originals", asked)
    home.keep_from(upload)
    home.sweep()
    assert kept(tmp_path) == []

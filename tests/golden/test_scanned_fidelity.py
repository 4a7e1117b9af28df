"""Scanned pages, read by tesseract where it is installed with both languages: see ``generate_pdf.py`` for the files."""

import shutil
import subprocess

import pytest

from eval.bench.fidelity import compare
from eval.bench.golden import FOLDER, Golden, goldens
from ingest.parse import parse_file

SCANNED = goldens(FOLDER.parent)


def _reads_chinese() -> bool:
    if shutil.which("tesseract") is None:
        return False
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True)
    return {"eng", "chi_sim"} <= set(listed.stdout.split())


pytestmark = pytest.mark.skipif(not _reads_chinese(), reason="scripts/install-test-servers.sh tesseract")


def test_there_are_scans_in_both_languages() -> None:
    assert {golden.path.name[:3] for golden in SCANNED} == {"en-", "zh-"}


@pytest.mark.parametrize("golden", SCANNED, ids=[golden.path.name for golden in SCANNED])
def test_a_scanned_page_keeps_its_words_tables_and_pages(golden: Golden) -> None:
    fidelity = compare(golden, parse_file(golden.path))
    assert (fidelity.recall >= 0.98, fidelity.order >= 0.98, fidelity.precision >= 0.98) == (True, True, True), fidelity
    # One character that is misread changes a heading; tables and pages do not hang on it.
    assert {kind: said for kind, said in fidelity.wrong.items() if kind not in {"title", "headings"}} == {}

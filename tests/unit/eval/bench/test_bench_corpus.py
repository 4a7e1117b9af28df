from pathlib import Path

import pytest

from eval.bench.corpus import write_corpus

PASSAGES = Path(__file__).parents[4] / "data" / "train"


def test_formats_and_languages_take_turns_and_the_same_number_gives_the_same_text(tmp_path):
    formats = ["md", "html", "docx"]
    first = write_corpus(tmp_path / "a", 6, passages=PASSAGES, formats=formats)
    second = write_corpus(tmp_path / "b", 6, passages=PASSAGES, formats=formats)
    assert sorted(path.name for path in first.iterdir()) == [
        "00000.md", "00001.html", "00002.docx", "00003.md", "00004.html", "00005.docx",
    ]  # fmt: skip
    assert "的" in (first / "00003.md").read_text(encoding="utf-8")
    assert (first / "00003.md").read_bytes() == (second / "00003.md").read_bytes()


def test_no_two_documents_share_a_paragraph(tmp_path):
    folder = write_corpus(tmp_path, 40, passages=PASSAGES, formats=["md"])
    paragraphs = [
        line
        for path in folder.iterdir()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "-", "|"))
    ]
    assert len(paragraphs) == 400 == len(set(paragraphs))


def test_an_unknown_format_is_named(tmp_path):
    with pytest.raises(KeyError, match="odt"):
        write_corpus(tmp_path, 1, passages=PASSAGES, formats=["odt"])

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pptx
import pytest

from core.errors import DependencyMissing, ParseError
from core.types import Outcome
from ingest.parsers import unstructured_parser
from ingest.parsers.unstructured_parser import (
    load_partitioner,
    parse_docx,
    parse_old_office,
    parse_pptx,
)

Texts = Callable[[Any], list[tuple[str, str]]]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a parser used the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_the_seam_for_the_sentence_splitter_is_where_we_replace_it() -> None:
    load_partitioner("html", "partition_html")
    from unstructured.nlp import tokenize

    tokenize._get_nlp.cache_clear()
    assert tokenize._load_spacy_model is unstructured_parser._local_pipeline
    assert list(tokenize.sent_tokenize("One. Two.")) == ["One.", "Two."]


def test_a_release_without_the_seam_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from unstructured.nlp import tokenize

    monkeypatch.setattr(tokenize, "_load_spacy_model", None)
    with pytest.raises(DependencyMissing, match=r"install unstructured 0\.27\.32"):
        load_partitioner.__wrapped__("html", "partition_html")


def test_word_headings_come_from_styles_and_page_headers_are_left_out(tmp_path: Path, texts_of: Texts) -> None:
    source = docx.Document()
    source.sections[0].header.paragraphs[0].text = "ACME confidential"
    source.add_heading("支持手册", level=1)
    source.add_paragraph("Short line")
    source.add_heading("Escalation", level=2)
    source.add_paragraph("Call the duty officer.", style="List Bullet")
    table = source.add_table(rows=2, cols=2)
    for cell, text in zip([*table.rows[0].cells, *table.rows[1].cells], ["级别", "Hours", "P1", "2"], strict=True):
        cell.text = text
    path = tmp_path / "a.docx"
    source.save(str(path))
    document = parse_docx(path)
    assert document.title == "支持手册"
    assert texts_of(document) == [
        ("h1", "支持手册"),
        ("paragraph", "Short line"),
        ("h2", "Escalation"),
        ("list_item", "Call the duty officer."),
        ("table", "| 级别 | Hours |\n| --- | --- |\n| P1 | 2 |"),
    ]


def test_a_slide_is_a_page_headed_by_its_title(tmp_path: Path, texts_of: Texts) -> None:
    deck = pptx.Presentation()
    for title, body in [("新网关", "三月发布。"), ("Prices", "The Gate costs 900 euro.")]:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    path = tmp_path / "a.pptx"
    deck.save(str(path))
    document = parse_pptx(path)
    kinds = texts_of(document)
    assert ("h1", "新网关") in kinds
    assert ("h1", "Prices") in kinds
    pages = {block.span.of(document.text): block.page for block in document.blocks}
    assert (pages["三月发布。"], pages["The Gate costs 900 euro."], pages["Say it slowly."]) == (1, 2, 2)


def test_old_office_files_say_what_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ParseError, match=r"DOC needs LibreOffice.* save the file as DOCX") as caught:
        parse_old_office(tmp_path / "a.doc", "doc")
    assert caught.value.outcome is Outcome.UNSUPPORTED

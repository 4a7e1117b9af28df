"""The formats that unstructured reads, from its elements to our blocks. The only file that imports it or spaCy."""

import importlib.metadata
import os
import shutil
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import DependencyMissing, ParseError
from core.types import BlockKind, Outcome, ParsedDocument
from ingest.encoding import decode
from ingest.parsers import html, markdown
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.tables import pipe_table, rows_of_html
from ingest.parsers.workbook_parser import sheet_blocks

# unstructured wants ISO 639-3; naming the languages keeps it from guessing them with langdetect.
_LANGUAGES = ["eng", "zho"]
_SILENT = {
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "UNSTRUCTURED_LANGUAGE_CHECKS": "false",
}
_KINDS = {"ListItem": BlockKind.LIST_ITEM, "CodeSnippet": BlockKind.CODE, "Formula": BlockKind.CODE}
# Of a page's letters. The partitioner drops a little on purpose: bullets, hidden facts, formulas written twice.
_LEAST_SHARE = 0.9
_SKIPPED = frozenset({"Header", "Footer", "PageBreak", "Image", "PageNumber"})


@cache
def version() -> str:
    """For example ``"unstructured 0.27.32"``."""
    return f"unstructured {importlib.metadata.version('unstructured')}"


@cache
def load_partitioner(module: str, function: str) -> Callable[..., list[Any]]:
    """``unstructured.partition.<module>.<function>``, silenced, and with a sentence splitter that needs no download.

    unstructured 0.27 fetches a spaCy model from the network at the first use of any partitioner and has no setting
    against it; the loader that it calls is replaced. Raises ``DependencyMissing`` when that seam is gone.
    """
    os.environ.update(_SILENT)
    from unstructured.nlp import tokenize

    if not callable(getattr(tokenize, "_load_spacy_model", None)):
        raise DependencyMissing(f"{version()} loads its sentence splitter in a new way; install unstructured 0.27.32")
    tokenize._load_spacy_model = _local_pipeline
    partitioner: Callable[..., list[Any]] = getattr(
        importlib.import_module(f"unstructured.partition.{module}"), function
    )
    return partitioner


def _local_pipeline() -> Any:
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    return pipeline


def parse_html(path: Path) -> ParsedDocument:
    """A web page without its navigation, header, footer and scripts."""
    return _from_html(path, decode(path.read_bytes()), {})


def parse_markdown(path: Path) -> ParsedDocument:
    """Markdown; its front matter becomes metadata and may give the title."""
    metadata, body = markdown.split_front_matter(decode(path.read_bytes()))
    return _from_html(path, markdown.to_html(body), metadata)


def parse_by_pandoc(path: Path, source_format: str) -> ParsedDocument:
    """EPUB, RTF, reStructuredText and Org, through the HTML that pandoc makes of them."""
    load_partitioner("html", "partition_html")
    from unstructured.file_utils.file_conversion import convert_file_to_text

    return _from_html(path, convert_file_to_text(str(path), source_format, "html"), {})


def html_blocks(builder: DocumentBuilder, source: str) -> str:
    """Append the blocks of a page or of a mail's HTML body; returns the page's own title.

    Raises ``ParseError`` where the partitioner lost more than a tenth of the text.
    """
    if not source.strip():
        return ""
    page = html.prepare(source)
    elements = load_partitioner("html", "partition_html")(text=page.html, languages=_LANGUAGES)
    read = sum(_letters(element.text) for element in elements)
    if read < _LEAST_SHARE * page.letters:
        reason = f"only {read:,} of the page's {page.letters:,} letters could be read; simplify its markup"
        raise ParseError(reason, parser=version())
    _add_elements(builder, elements, _depth_level)
    return page.title


def _from_html(path: Path, source: str, metadata: dict[str, str]) -> ParsedDocument:
    builder = DocumentBuilder()
    page_title = html_blocks(builder, source)
    title = metadata.get("title") or builder.first_heading() or page_title or path.stem
    return builder.build(title=title, parser=version(), metadata=metadata)


def parse_docx(path: Path) -> ParsedDocument:
    """Word: headings by their styles, tables, lists; page headers and footers are left out."""
    return _partitioned(path, "docx", _depth_level)


def parse_odt(path: Path) -> ParsedDocument:
    """OpenDocument text."""
    return _partitioned(path, "odt", _depth_level)


def parse_pptx(path: Path) -> ParsedDocument:
    """PowerPoint: one page a slide, headed by its title; speaker notes are kept."""
    return _partitioned(path, "pptx", lambda element: 1 if _depth(element) == 0 else 0, include_slide_notes=True)


def parse_xml(path: Path) -> ParsedDocument:
    """The text of each XML element; unstructured calls every short one a title, we call none of them so."""
    return _partitioned(path, "xml", lambda _element: 0)


def parse_old_office(path: Path, module: str) -> ParsedDocument:
    """DOC and PPT, which LibreOffice has to convert first."""
    if shutil.which("soffice") is None:
        name = module.upper()
        reason = f"{name} needs LibreOffice, and no program soffice was found; install it or save the file as {name}X"
        raise ParseError(reason, outcome=Outcome.UNSUPPORTED, parser=version())
    return _partitioned(path, module, _depth_level)


def parse_workbook(path: Path) -> ParsedDocument:
    """XLS, and XLSX that openpyxl cannot read: one page a sheet, headed by its name.

    A sheet is read as one table and parted at its blank rows: the partitioner's own search for tables
    (``find_subtable``) cuts header rows and first columns off.
    """
    partition = load_partitioner("xlsx", "partition_xlsx")
    elements = partition(filename=str(path), find_subtable=False, include_header=False, languages=_LANGUAGES)
    builder = DocumentBuilder()
    for number, element in enumerate(elements, 1):
        # A day without a time of day is stored as midnight.
        rows = [
            [cell.removesuffix(" 00:00:00") for cell in row]
            for row in rows_of_html(element.metadata.text_as_html or "")
        ]
        page = element.metadata.page_number or number
        sheet_blocks(builder, element.metadata.page_name or f"Sheet {page}", rows, page)
    return builder.build(title=path.stem, parser=version(), empty_reason="the workbook holds no filled cell")


def _partitioned(path: Path, module: str, level_of: Callable[[Any], int], **options: object) -> ParsedDocument:
    partition = load_partitioner(module, f"partition_{module}")
    builder = DocumentBuilder()
    _add_elements(builder, partition(filename=str(path), languages=_LANGUAGES, **options), level_of)
    return builder.build(title=builder.first_heading() or path.stem, parser=version())


def _add_elements(builder: DocumentBuilder, elements: Iterable[Any], level_of: Callable[[Any], int]) -> None:
    for element in elements:
        if element.category in _SKIPPED:
            continue
        page = element.metadata.page_number
        level = level_of(element) if element.category == "Title" else 0
        if level:
            builder.add(BlockKind.HEADING, element.text.replace(html.LINE_BREAK, " "), level=level, page=page)
        elif element.category == "Table":
            builder.add(BlockKind.TABLE, _table(element), page=page)
        else:
            kind = _KINDS.get(element.category, BlockKind.PARAGRAPH)
            builder.add(kind, element.text.replace(html.LINE_BREAK, "\n"), page=page)


def _table(element: Any) -> str:
    """The table as rows, or its bare text where the partitioner left a cell of a damaged table out of them."""
    markup = (element.metadata.text_as_html or "").replace(html.LINE_BREAK, " ")
    rows = rows_of_html(markup)
    bare = str(element.text).replace(html.LINE_BREAK, " ")
    return pipe_table(rows) if _letters("".join(map("".join, rows))) >= _letters(bare) else bare


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)


def _depth(element: Any) -> int:
    return element.metadata.category_depth or 0


def _depth_level(element: Any) -> int:
    return _depth(element) + 1

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
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.sheet_regions import sheet_blocks
from ingest.parsers.tables import pipe_table, rows_of_html

# unstructured wants ISO 639-3; naming the languages keeps it from guessing them with langdetect.
_LANGUAGES = ["eng", "zho"]
_SILENT = {
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "UNSTRUCTURED_LANGUAGE_CHECKS": "false",
}
_KINDS = {"ListItem": BlockKind.LIST_ITEM, "CodeSnippet": BlockKind.CODE, "Formula": BlockKind.CODE}
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


def parse_docx(path: Path) -> ParsedDocument:
    """Word: headings by their styles, tables, lists; page headers and footers are left out."""
    return _partitioned(path, "docx", _depth_level)


def parse_pptx(path: Path) -> ParsedDocument:
    """PowerPoint: one page a slide, headed by its title; speaker notes are kept."""
    return _partitioned(path, "pptx", lambda element: 1 if _depth(element) == 0 else 0, include_slide_notes=True)


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
            builder.add(BlockKind.HEADING, element.text, level=level, page=page)
        elif element.category == "Table":
            builder.add(BlockKind.TABLE, _table(element), page=page)
        else:
            kind = _KINDS.get(element.category, BlockKind.PARAGRAPH)
            builder.add(kind, element.text, page=page)


def _table(element: Any) -> str:
    """The table as rows, or its bare text where the partitioner left a cell of a damaged table out of them."""
    rows = rows_of_html(element.metadata.text_as_html or "")
    bare = str(element.text)
    return pipe_table(rows) if _letters("".join(map("".join, rows))) >= _letters(bare) else bare


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)


def _depth(element: Any) -> int:
    return element.metadata.category_depth or 0


def _depth_level(element: Any) -> int:
    return _depth(element) + 1

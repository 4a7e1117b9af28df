"""Pages become paragraphs. Read this first: each step is one module beside this one."""

from collections.abc import Mapping, Sequence

from ingest.parsers.pdf.furniture import without_furniture
from ingest.parsers.pdf.lines import lines_of
from ingest.parsers.pdf.order import in_reading_order, with_markers
from ingest.parsers.pdf.paragraphs import Paragraph, paragraphs
from ingest.parsers.pdf.tables import Table, with_tables
from ingest.parsers.pdf.types import Line, Page


def read(pages: Sequence[Page], outline: Mapping[str, int]) -> list[Paragraph]:
    """Everything on the pages in reading order, without page furniture.

    ``outline``: ``squeeze(title)`` of its entries to their level, from 1.
    """
    lines: list[Line | Table] = []
    for page in without_furniture(pages):
        items = with_markers(with_tables(page.runs, page.rules, page.number))
        lines += lines_of(in_reading_order(items, page), page)
    return paragraphs(lines, outline)

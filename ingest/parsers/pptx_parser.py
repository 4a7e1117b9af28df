"""PowerPoint: one page a slide, headed by its title, its shapes in the order in which they stand on it.

Not unstructured's partitioner, which takes the list level of any line for a heading's and leaves diagrams and charts
out. Hidden slides are named in the metadata and not read; footers, dates and slide numbers repeat and are left out.
The only file that imports python-pptx.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.types import BlockKind, ParsedDocument
from ingest.parsers.diagrams import chart_rows, chart_title, diagram_texts
from ingest.parsers.drafts import Draft, build
from ingest.parsers.packaged_xml import Package
from ingest.parsers.pptx_text import paragraphs
from ingest.parsers.reading_order import Placed, in_reading_order
from ingest.parsers.tables import Cell, grid, pipe_table, split_table

VERSION = "pptx 1"
_REPEATED = frozenset({"FOOTER", "DATE", "SLIDE_NUMBER", "HEADER"})
_TITLES = frozenset({"TITLE", "CENTER_TITLE", "VERTICAL_TITLE"})
_LONGEST_TITLE = 100
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def parse_pptx(path: Path) -> ParsedDocument:
    """A PowerPoint file. Raises what python-pptx raises; ``ParseError`` (``empty``) for one without text."""
    from pptx import Presentation

    deck = Presentation(str(path))
    drafts: list[Draft] = []
    hidden = []
    with Package(path) as package:
        for page, slide in enumerate(deck.slides, 1):
            if slide._element.get("show") in {"0", "false"}:
                hidden.append(str(page))
            else:
                drafts += (replace(draft, page=page) for draft in _slide(slide, package))
        properties = dict(package.properties)
    if hidden:
        properties["hidden_slides"] = ", ".join(hidden)
    reason = "no visible slide holds text"
    return build(drafts, path, parser=VERSION, properties=properties, empty_reason=reason)


def _slide(slide: Any, package: Package) -> Iterator[Draft]:
    title = _title(slide)
    shapes = [shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id]
    found = (draft for shape in in_reading_order(_placed(shapes)) for draft in _shape(shape, package))
    body = [draft for draft in found if draft.text]
    if title is not None:
        yield Draft(kind=BlockKind.HEADING, text=title.text_frame.text.replace("\v", " "), level=1)
    elif body:
        # Without a heading of its own a slide would stand under that of the slide before.
        body = _headed(body)
    yield from body
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield from paragraphs(slide.notes_slide.notes_text_frame, listed=False)


def _title(slide: Any) -> Any:
    """The shape with the slide's title, None where it has none."""
    for shape in slide.placeholders:
        if shape.placeholder_format.type.name in _TITLES and shape.has_text_frame and shape.text_frame.text.strip():
            return shape
    return None


def _headed(body: Sequence[Draft]) -> list[Draft]:
    first, *rest = body
    if first.kind in {BlockKind.TABLE, BlockKind.CODE} or len(first.text) > _LONGEST_TITLE:
        return list(body)
    return [replace(first, kind=BlockKind.HEADING, level=1), *rest]


def _placed(shapes: Sequence[Any]) -> list[Placed[Any]]:
    return [
        Placed(
            item=shape,
            left=shape.left or 0,
            top=shape.top or 0,
            right=(shape.left or 0) + (shape.width or 0),
            bottom=(shape.top or 0) + (shape.height or 0),
        )
        for shape in shapes
    ]


def _shape(shape: Any, package: Package) -> Iterator[Draft]:
    role = shape.placeholder_format.type.name if shape.is_placeholder else ""
    if role in _REPEATED:
        return
    if hasattr(shape, "shapes"):
        for inner in in_reading_order(_placed(list(shape.shapes))):
            yield from _shape(inner, package)
    elif getattr(shape, "has_table", False):
        yield from _table(shape.table)
    elif getattr(shape, "has_chart", False):
        yield from _chart(shape.chart)
    elif shape.has_text_frame:
        yield from paragraphs(shape.text_frame, listed=role in {"BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT"})
    else:
        yield from _diagram(shape, package)


def _table(table: Any) -> Iterator[Draft]:
    rows = [
        [
            Cell(text=cell.text.replace("\v", "\n"), columns=cell.span_width, rows=cell.span_height)
            for cell in row.cells
            if not cell.is_spanned
        ]
        for row in table.rows
    ]
    captions, kept = split_table(grid(rows))
    for caption in captions:
        yield Draft(kind=BlockKind.PARAGRAPH, text=caption)
    yield Draft(kind=BlockKind.TABLE, text=pipe_table(kept))


def _chart(chart: Any) -> Iterator[Draft]:
    """The title and the data that the chart draws."""
    space = chart._chartSpace
    yield Draft(kind=BlockKind.PARAGRAPH, text=chart_title(space))
    yield Draft(kind=BlockKind.TABLE, text=pipe_table(chart_rows(space)))


def _diagram(shape: Any, package: Package) -> Iterator[Draft]:
    for ids in shape._element.iter(f"{{{_DIAGRAM}}}relIds"):
        part = shape.part.related_part(ids.get(f"{_R}dm"))
        for text in diagram_texts(package, str(part.partname).lstrip("/")):
            yield Draft(kind=BlockKind.PARAGRAPH, text=text)

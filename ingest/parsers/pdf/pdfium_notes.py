"""What stands on a page without being part of its content: filled form fields, text boxes and comments."""

from collections.abc import Iterator
from ctypes import byref, create_string_buffer
from dataclasses import replace
from typing import Any

from ingest.parsers.pdf.pdfium_text import edges, upright, visible
from ingest.parsers.pdf.types import Box, Page, Run

_HIDDEN = 1 << 1 | 1 << 5
_MAX_NOTES = 500
_MAX_BYTES = 64_000
_LINE = 12.0
_COMMENTS = frozenset(("TEXT", "HIGHLIGHT", "UNDERLINE", "SQUIGGLY", "STRIKEOUT", "SQUARE", "CIRCLE", "STAMP", "CARET"))


def with_notes(pdf: Any, page: Any, read: Page, turns: int) -> Page:
    """``read`` with the values of fields and the text of text boxes where they stand, and comments set aside."""
    runs = list(read.runs)
    frame = visible(page)
    for text, box, is_comment in _notes(pdf, page):
        if text in (run.text for run in runs):
            continue
        note = _run(text, upright(box, frame, turns), aside=is_comment)
        runs.insert(len(runs) if is_comment else _place(runs, note), note)
    return replace(read, runs=tuple(runs)) if len(runs) > len(read.runs) else read


def _notes(pdf: Any, page: Any) -> Iterator[tuple[str, Box, bool]]:
    """(text, box, whether it is a comment)."""
    import pypdfium2.raw as raw

    kinds = {getattr(raw, f"FPDF_ANNOT_{name}"): True for name in _COMMENTS}
    kinds |= {raw.FPDF_ANNOT_FREETEXT: False, raw.FPDF_ANNOT_WIDGET: False}
    for index in range(min(_MAX_NOTES, raw.FPDFPage_GetAnnotCount(page.raw))):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        if kind in kinds and not raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
            is_field = kind == raw.FPDF_ANNOT_WIDGET
            text = _value(raw, pdf, annotation) if is_field else _string(raw, annotation, b"Contents")
            if text:
                yield text, _box(raw, annotation), kinds[kind]
        raw.FPDFPage_CloseAnnot(annotation)


def _value(raw: Any, pdf: Any, annotation: Any) -> str:
    """What is filled in; buttons and boxes to tick hold no text. ``pdf.init_forms()`` was called before."""
    form = pdf.formenv
    if form is None or raw.FPDFAnnot_GetFormFieldType(form.raw, annotation) not in (
        raw.FPDF_FORMFIELD_TEXTFIELD,
        raw.FPDF_FORMFIELD_COMBOBOX,
        raw.FPDF_FORMFIELD_LISTBOX,
    ):
        return ""

    def read(buffer: Any, size: int) -> int:
        return int(raw.FPDFAnnot_GetFormFieldValue(form.raw, annotation, buffer, size))

    return _decoded(raw, read)


def _string(raw: Any, annotation: Any, key: bytes) -> str:
    def read(buffer: Any, size: int) -> int:
        return int(raw.FPDFAnnot_GetStringValue(annotation, key, buffer, size))

    return _decoded(raw, read)


def _decoded(raw: Any, read: Any) -> str:
    size = min(_MAX_BYTES, read(None, 0))
    buffer = create_string_buffer(size + 2)
    read(_as_wide(raw, buffer), size)
    text = buffer.raw[:size].decode("utf-16-le", "replace")
    return " ".join(text.replace("\x00", "").split())


def _as_wide(raw: Any, buffer: Any) -> Any:
    from ctypes import POINTER, cast

    return cast(buffer, POINTER(raw.FPDF_WCHAR))


def _box(raw: Any, annotation: Any) -> Box:
    found = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, byref(found))
    left, right = sorted((found.left, found.right))
    bottom, top = sorted((found.bottom, found.top))
    return Box(left=left, right=right, bottom=bottom, top=top)


def _run(text: str, box: Box, *, aside: bool) -> Run:
    """A box of several lines counts as its first, so that what stands beside it is found."""
    bottom = max(box.bottom, box.top - _LINE) if box.top - box.bottom > 2 * _LINE else box.bottom
    run = Run(text=text, size=min(_LINE, max(1.0, box.top - bottom)), aside=aside, **edges(box))
    return replace(run, bottom=bottom, right=min(box.right, box.left + len(text) * run.size))


def _place(runs: list[Run], note: Run) -> int:
    """After the label before it on its line, or else after the last run that stands above it."""
    beside = [index for index, run in enumerate(runs) if run.beside(note) and run.left < note.left]
    if beside:
        return max(beside, key=lambda index: runs[index].left) + 1
    above = [index for index, run in enumerate(runs) if run.middle > note.top]
    return min(above, key=lambda index: runs[index].middle) + 1 if above else len(runs)

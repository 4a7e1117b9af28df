"""How many characters a file shows on each page, counted without pdfium: what its text is measured by.

qpdf (by pikepdf) reads the content of a page, and the codes that it shows are counted. That needs no tables of fonts
and so costs a third of reading the text, and what makes a reader of text lose some cannot fool it. On 171 pages of 58
files the count is .99 to 1.34 times what pdfium finds (median 1.00), and the loss of a quarter shows on each of them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SHOWS = "Tf Tj TJ ' \" Do"
_MAX_DEPTH = 5


def shown_characters(path: Path) -> list[int] | None:
    """For each page how many codes it shows, those in its forms too; None where qpdf cannot read the file.

    A font whose codes are of mixed width counts each byte: too many are counted rather than too few.
    """
    import pikepdf

    try:
        with pikepdf.open(path) as pdf:
            return [_of_page(pikepdf, page) for page in pdf.pages]
    except (pikepdf.PdfError, ValueError, OverflowError, RuntimeError):
        return None


def single_page(path: Path, number: int) -> bytes:
    """Page ``number``, from 1, as a file of its own without encryption. Raises ``ValueError`` where that fails."""
    import io

    import pikepdf

    stream = io.BytesIO()
    try:
        with pikepdf.open(path) as pdf, pikepdf.new() as single:
            single.pages.append(pdf.pages[number - 1])
            single.save(stream)
    except (pikepdf.PdfError, IndexError, RuntimeError) as error:
        raise ValueError(f"page {number} of {path.name} cannot be taken out: {error}") from error
    return stream.getvalue()


def _of_page(pikepdf: Any, page: Any) -> int:
    try:
        return sum(_codes(pikepdf, page, page.resources, 0))
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError):
        # A page that qpdf cannot read says nothing about the text that pdfium found on it.
        return 0


def _codes(pikepdf: Any, holder: Any, resources: Any, depth: int) -> Iterator[int]:
    fonts, forms = resources.get("/Font", {}), resources.get("/XObject", {})
    width = 1
    for instruction in pikepdf.parse_content_stream(holder, _SHOWS):
        # Unpacked as a pair, an instruction takes ten times as long.
        name, operands = str(instruction.operator), instruction.operands
        if name == "Tf":
            width = _bytes_per_code(pikepdf, fonts.get(str(operands[0])))
        elif name == "TJ":
            yield sum(len(bytes(piece)) for piece in operands[0] if isinstance(piece, pikepdf.String)) // width
        elif name == "Do":
            form = forms.get(str(operands[0]))
            if form is not None and form.get("/Subtype") == "/Form" and depth < _MAX_DEPTH:
                yield from _codes(pikepdf, form, form.get("/Resources", resources), depth + 1)
        else:
            yield len(bytes(operands[-1])) // width


def _bytes_per_code(pikepdf: Any, font: Any) -> int:
    """2 for composite fonts with one of the encodings that always take two bytes."""
    if font is None or font.get("/Subtype") != "/Type0":
        return 1
    encoding = font.get("/Encoding")
    if not isinstance(encoding, pikepdf.Name):
        return 1  # a table of its own
    return 2 if any(word in str(encoding) for word in ("Identity", "UCS2", "UTF16")) else 1

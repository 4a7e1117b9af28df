"""Build the golden PDFs, and what a person reads in them, from one description each.

    pip install weasyprint reportlab pikepdf pillow pypdfium2
    python tests/golden/generate_pdf.py

Set in DejaVu and WenQuanYi Micro Hei. The labels come from the description that a file is set from, never from a
parser; only the pages of quotes are stated by hand, where a page break stands in the description.
"""

from __future__ import annotations

import html
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
from weasyprint import HTML

HERE = Path(__file__).parent
STYLE = """
@page { size: A5; margin: 18mm 16mm; %(page)s }
html { font: 10pt/1.45 "DejaVu Serif", "WenQuanYi Micro Hei" }
html[lang=zh] { font-family: "WenQuanYi Micro Hei" }
h1 { font-size: 18pt; line-height: 1.2; margin: 0 0 5mm; string-set: title content() }
h2 { font-size: 13.5pt; margin: 5mm 0 2mm; break-after: avoid }
h3 { font-size: 11.5pt; margin: 4mm 0 1mm; break-after: avoid }
p { margin: 0 0 2.5mm }
ul, ol { margin: 0 0 2.5mm; padding-left: 7mm }
pre { font: 8.5pt/1.4 "DejaVu Sans Mono", "WenQuanYi Micro Hei"; margin: 0 0 3mm }
table { border-collapse: collapse; margin: 2mm 0 4mm; font-size: 9pt }
th, td { padding: 1.2mm 3mm; text-align: left; vertical-align: top }
table.ruled th, table.ruled td { border: 0.5pt solid #444 }
table.book { border-top: 1pt solid; border-bottom: 1pt solid }
table.book th { border-bottom: 0.5pt solid }
section.columns { columns: %(columns)s; column-gap: 8mm }
.break { break-before: page }
span.note { float: footnote; font-size: 7.5pt; line-height: 1.3 }
%(more)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a document: ``kind`` is an HTML name, ``break`` (of the page), ``columns`` or ``end`` (of columns), or
    ``foot``: the page ends in the paragraph before. Tables have ``rows``."""

    kind: str
    text: str = ""
    items: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    look: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document, the pages of some of its quotes, and texts on its pages that are no text of it."""

    name: str
    language: str
    blocks: Sequence[Block]
    pages: dict[str, int] = field(default_factory=dict)
    furniture: Sequence[str] = ()
    page: str = ""
    columns: int = 2
    more: str = ""
    author: str = ""


def h(level: int, text: str) -> Block:
    """A heading."""
    return Block(kind=f"h{level}", text=text)


def p(text: str, *notes: str) -> Block:
    """A paragraph; ``[*]`` in it stands for the mark of the next of its footnotes."""
    return Block(kind="p", text=text, notes=notes)


def ul(*items: str) -> Block:
    """A bulleted list."""
    return Block(kind="ul", items=items)


def ol(*items: str) -> Block:
    """A numbered list."""
    return Block(kind="ol", items=items)


def table(look: str, *rows: Sequence[str]) -> Block:
    """A table, the header first."""
    return Block(kind="table", rows=rows, look=look)


def code(text: str) -> Block:
    """A listing."""
    return Block(kind="pre", text=text.strip("\n"))


BREAK, COLUMNS, END = Block(kind="break"), Block(kind="columns"), Block(kind="end")


def to_html(source: Source) -> str:
    """The page that WeasyPrint sets."""
    title = next((block.text for block in source.blocks if block.kind == "h1"), source.name)
    author = f'<meta name="author" content="{source.author}">' if source.author else ""
    style = STYLE % {"page": source.page, "columns": source.columns, "more": source.more}
    body = "".join(_tags(source.blocks))
    head = f"<title>{html.escape(title)}</title>{author}<style>{style}</style>"
    return f'<html lang="{source.language}"><head>{head}</head><body>{body}</body></html>'


def _tags(blocks: Sequence[Block]) -> Iterator[str]:
    broken = ""
    for block in blocks:
        if block.kind == "break":
            broken = ' class="break"'
            continue
        if block.kind != "foot":
            yield _tag(block, broken)
            broken = ""


def _tag(block: Block, broken: str) -> str:
    if block.kind == "columns":
        return f'<section class="columns"{broken}>'
    if block.kind == "end":
        return "</section>"
    if block.kind in {"ul", "ol"}:
        items = "".join(f"<li>{html.escape(item)}</li>" for item in block.items)
        return f"<{block.kind}{broken}>{items}</{block.kind}>"
    if block.kind == "table":
        return f'<table class="{block.look}">{_rows(block.rows)}</table>'
    text = html.escape(block.text)
    for note in block.notes:
        text = text.replace("[*]", f'<span class="note">{html.escape(note)}</span>', 1)
    return f"<{block.kind}{broken}>{text}</{block.kind}>"


def _rows(rows: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return f"<thead>{row(rows[0], 'th')}</thead><tbody>{''.join(row(cells, 'td') for cells in rows[1:])}</tbody>"


def golden(source: Source) -> dict[str, Any]:
    """What a person copies out of the document."""
    blocks = source.blocks
    labels: dict[str, Any] = {
        "title": next(block.text for block in blocks if block.kind == "h1"),
        "headings": [[int(block.kind[1]), block.text] for block in blocks if block.kind in {"h1", "h2", "h3"}],
        "tables": [[list(row) for row in block.rows] for block in blocks if block.kind == "table"],
        "text": "\n".join(_texts(blocks)),
        "pages": source.pages,
        "list_items": list(_items(blocks)),
        "code": [block.text for block in blocks if block.kind == "pre"],
        "absent": list(source.furniture),
    }
    if source.author:
        labels["metadata"] = {"author": source.author}
    return {name: value for name, value in labels.items() if value or name in {"headings", "tables"}}


def _items(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if block.kind in {"ul", "ol"}:
            for number, item in enumerate(block.items, 1):
                yield f"{number}. {item}" if block.kind == "ol" else item


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    count = 0
    waiting: list[str] = []
    for block in (*blocks, BREAK):
        if block.kind in {"break", "foot"}:
            yield from waiting
            waiting = []
        text = block.text
        for note in block.notes:
            count += 1
            text = text.replace("[*]", str(count), 1)
            # Footnotes stand at the foot of their page.
            waiting.append(f"{count}. {note}")
        yield from filter(None, (text, *_items([block]), *(" ".join(row) for row in block.rows)))


def write(folder: Path, name: str, pdf: bytes, labels: dict[str, Any]) -> None:
    """The file and its golden."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.pdf").write_bytes(pdf)
    text = json.dumps(labels, ensure_ascii=False, indent=1)
    (folder / f"{name}.golden.json").write_text(text + "\n", encoding="utf-8")
    print(f"{folder.name}/{name}.pdf: {len(pdf):,} bytes")


def set_in_type(source: Source) -> bytes:
    """The document as WeasyPrint sets it, packed."""
    pdf = HTML(string=to_html(source)).write_pdf(pdf_identifier=source.name.encode(), hinting=False)
    return packed(pdf)


def packed(pdf: bytes) -> bytes:
    """The same file, smaller."""
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.remove_unreferenced_resources()
        opened.save(stream, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return stream.getvalue()


def scanned(pdf: bytes, pages: Sequence[int], *, dots: int = 200) -> bytes:
    """The file with the pages of these numbers, from 1, as pictures."""
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened, pypdfium2.PdfDocument(pdf) as rendered:
        for number in pages:
            picture = rendered[number - 1].render(scale=dots / 72, grayscale=True).to_pil()
            page = io.BytesIO()
            picture.point(lambda grey: 255 * (grey > 160)).convert("1").save(page, format="PDF", resolution=dots)
            with pikepdf.open(page) as single:
                opened.pages[number - 1] = single.pages[0]
        opened.remove_unreferenced_resources()
        opened.save(stream, deterministic_id=True)
    return stream.getvalue()


def on_its_side(pdf: bytes) -> bytes:
    """Every page's content turned, and a /Rotate that turns it back: what scanners and landscape tables make."""
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for page in opened.pages:
            _, _, width, height = (float(x) for x in page.mediabox)
            page.contents_add(f"q 0 1 -1 0 {height} 0 cm".encode(), prepend=True)
            page.contents_add(b"Q")
            page.mediabox = [0, 0, height, width]
            page.Rotate = 90
        opened.save(stream, deterministic_id=True)
    return stream.getvalue()


def across_columns(left: Sequence[str], right: Sequence[str], title: str, *, font: str) -> bytes:
    """Two columns written line for line across the gutter, as some programs do."""
    stream = io.BytesIO()
    page = canvas.Canvas(stream, pagesize=(480, 595), invariant=True)
    page.setTitle(title)
    page.setFont(font, 16)
    page.drawString(40, 530, title)
    page.setFont(font, 9)
    for number, pair in enumerate(zip(left, right, strict=True)):
        for x, line in zip((40, 250), pair, strict=True):
            page.drawString(x, 495 - 13 * number, line)
    page.save()
    return stream.getvalue()


def filled_form() -> bytes:
    """A form with two fields filled in, a text box and a comment."""
    stream = io.BytesIO()
    page = canvas.Canvas(stream, pagesize=(420, 595), invariant=True)
    page.setTitle("Return request")
    page.setFont("Helvetica-Bold", 16)
    page.drawString(40, 530, "Return request")
    page.setFont("Helvetica", 10)
    for y, label, value in ((480, "Order number", "HM-20417"), (450, "Reason", "The hinge of the lid is broken")):
        page.drawString(40, y, label)
        page.acroForm.textfield(name=label, value=value, x=150, y=y - 5, width=220, height=18, fontSize=10)
    page.drawString(40, 410, "Send the device within 14 days of our answer.")
    page.save()
    with pikepdf.open(io.BytesIO(stream.getvalue())) as opened:
        box = {"/Type": "/Annot", "/Subtype": "/FreeText", "/Rect": [40, 370, 300, 388], "/F": 4}
        note = {"/Type": "/Annot", "/Subtype": "/Text", "/Rect": [380, 520, 396, 536], "/F": 4}
        for shape, said in ((box, "Approved by the service desk in Lyon."), (note, "Customer was called twice.")):
            names = {key: pikepdf.Name(value) if str(value).startswith("/") else value for key, value in shape.items()}
            annotation = pikepdf.Dictionary(
                names | {"/Contents": pikepdf.String(said), "/DA": pikepdf.String("/Helv 10 Tf")}
            )
            opened.pages[0].Annots.append(opened.make_indirect(annotation))
        filled = io.BytesIO()
        opened.save(filled, deterministic_id=True)
    return filled.getvalue()


def main() -> None:
    """Write all files."""
    import pdf_sources as sources

    for source in sources.PLAIN:
        write(HERE / "parse" / "pdf", source.name, set_in_type(source), golden(source))
    for source in sources.TURNED:
        write(HERE / "parse" / "pdf", source.name, on_its_side(set_in_type(source)), golden(source))
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    for name, font, title, left, right in sources.ACROSS:
        labels = {
            "title": title,
            "headings": [[1, title]],
            "tables": [],
            "text": "\n".join((title, *left, *right)),
            "pages": {left[0]: 1},
        }
        write(HERE / "parse" / "pdf", name, across_columns(left, right, title, font=font), labels)
    write(HERE / "parse" / "pdf", "en-filled-form", filled_form(), sources.FORM)
    for source, pages in sources.SCANNED:
        write(HERE / "scanned", source.name, scanned(set_in_type(source), pages), golden(source))


if __name__ == "__main__":
    main()

"""Build the binary sample documents from their readable sources.

    pip install markdown-it-py pyyaml python-docx openpyxl weasyprint
    python data/sample/generate.py

Every `sources/PATH.md` becomes `documents/PATH`; the suffix of PATH (.pdf, .docx, .xlsx, .eml, .txt) picks the
format. A source is a Markdown body under YAML front matter. The same source gives the same bytes as long as the
libraries and fonts stay the same. WeasyPrint needs Pango; the PDFs were set in Noto Serif and WenQuanYi Micro Hei.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import yaml
from docx import Document
from markdown_it import MarkdownIt
from openpyxl import Workbook
from weasyprint import HTML  # type: ignore[import-untyped]  # it ships no types

HERE = Path(__file__).parent
MARKDOWN = MarkdownIt("commonmark").enable("table")
ATTACHMENT_MARK = "--- attachment ---\n"
FROZEN = datetime(2026, 11, 20, tzinfo=UTC)
LIST_STYLES = {"bullet_list_open": "List Bullet", "ordered_list_open": "List Number"}

PDF_STYLE = """
@page { size: A4; margin: 28mm 26mm 26mm; @bottom-center { content: counter(page) " / " counter(pages); font-size: 9pt }
        @top-left { content: string(title); font-size: 9pt } }
html { font: 11.5pt/1.65 "Noto Serif", "WenQuanYi Micro Hei", serif }
html[lang=zh] { font-family: "WenQuanYi Micro Hei", sans-serif }
@page :first { @top-left { content: none } }
h1 { font-size: 22pt; line-height: 1.25; margin: 0 0 10mm; string-set: title content() }
h2 { font-size: 14pt; margin: 8mm 0 2mm; break-after: avoid }
p, li { orphans: 3; widows: 3 }
table { border-collapse: collapse; width: 100%; break-inside: avoid; font-size: 10pt }
th, td { border: 0.5pt solid #666; padding: 1.5mm 2.5mm; text-align: left }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source file: its front matter and its body without it."""

    path: Path
    meta: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a Markdown body in reading order.

    `kind` is `h1` to `h6`, `p`, a Word list style (`List Bullet`, `List Number`) or `table`; `rows` is set for
    tables only (the header comes first).
    """

    kind: str
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)


def read_source(path: Path) -> Source:
    """Split a source file into front matter and body."""
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    # BaseLoader keeps dates and numbers as the text that was written.
    return Source(path=path, meta=yaml.load(front, Loader=yaml.BaseLoader), body=body.lstrip("\n"))


def blocks(body: str) -> Iterator[Block]:
    """Headings, paragraphs, list items and tables of a Markdown body."""
    kind = "p"
    rows: list[list[str]] = []
    for token in MARKDOWN.parse(body):
        if token.type == "heading_open":
            kind = token.tag
        elif token.type in LIST_STYLES:
            kind = LIST_STYLES[token.type]
        elif token.type == "table_open":
            kind, rows = "table", []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and kind == "table":
            rows[-1].append(token.content)
        elif token.type == "inline":
            yield Block(kind=kind, text=token.content)
        elif token.type == "table_close":
            yield Block(kind=kind, rows=rows)
        if token.type in {"heading_close", "table_close", "bullet_list_close", "ordered_list_close"}:
            kind = "p"


def freeze_zip(data: bytes) -> bytes:
    """The same OOXML package with the times of day taken out, so that equal content gives equal bytes."""
    frozen = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(frozen, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{FROZEN:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            new.writestr(zipfile.ZipInfo(name, FROZEN.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return frozen.getvalue()


def build_pdf(source: Source) -> bytes:
    """A paged document with a running title and page numbers."""
    language = "zh" if "zh" in source.path.parts else "en"
    head = f'<title>{source.meta["title"]}</title><meta name="author" content="{source.meta["author"]}">'
    page = f'<html lang="{language}"><head>{head}<style>{PDF_STYLE}</style></head>{MARKDOWN.render(source.body)}</html>'
    pdf: bytes = HTML(string=page).write_pdf(pdf_identifier=source.path.stem.encode())
    return pdf


def build_docx(source: Source) -> bytes:
    """A Word document with real heading, list and table styles."""
    document = Document()
    document.core_properties.title = source.meta["title"]
    for block in blocks(source.body):
        if block.kind == "table":
            table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
            for row in block.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        elif block.kind.startswith("h"):
            document.add_heading(block.text, level=int(block.kind[1]))
        else:
            document.add_paragraph(block.text, style=None if block.kind == "p" else block.kind)
    packed = io.BytesIO()
    document.save(packed)
    return freeze_zip(packed.getvalue())


def build_xlsx(source: Source) -> bytes:
    """A workbook with one sheet for each second-level heading and the table under it."""
    workbook = Workbook()
    workbook.properties.title = source.meta["title"]
    workbook.remove(workbook.worksheets[0])
    for block in blocks(source.body):
        if block.kind == "h2":
            workbook.create_sheet(block.text)
        for row in block.rows:
            workbook.worksheets[-1].append([int(cell) if cell.isdecimal() else cell for cell in row])
    packed = io.BytesIO()
    workbook.save(packed)
    return freeze_zip(packed.getvalue())


def build_eml(source: Source) -> bytes:
    """An e-mail message, with the part after the attachment mark as a Markdown attachment."""
    text, _, attached = source.body.partition(ATTACHMENT_MARK)
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = source.meta["from"], source.meta["to"]
    message["Subject"] = source.meta["subject"]
    message["Date"] = datetime.fromisoformat(source.meta["date"])
    message["Message-ID"] = f"<{source.meta['message_id']}>"
    message.set_content(text)
    if attached:
        message.add_attachment(attached, subtype="markdown", filename=source.meta["attachment"])
        # A boundary drawn at random would change the file at every run.
        message.set_boundary(f"=={source.path.stem}==")
    return message.as_bytes()


def build_txt(source: Source) -> bytes:
    """Plain text in the encoding that the front matter names."""
    return source.body.encode(source.meta["encoding"])


BUILDERS: dict[str, Callable[[Source], bytes]] = {
    ".pdf": build_pdf,
    ".docx": build_docx,
    ".xlsx": build_xlsx,
    ".eml": build_eml,
    ".txt": build_txt,
}


def main() -> None:
    """Write every document that has a source."""
    sources = HERE / "sources"
    for path in sorted(sources.rglob("*.md")):
        target = HERE / "documents" / path.relative_to(sources).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(BUILDERS[target.suffix](read_source(path)))
        print(f"{target.relative_to(HERE)}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

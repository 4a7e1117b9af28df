"""Documents to ingest, as many as asked: support articles of both languages, no two passages alike.

Sentences come from the passages in ``data/train``, drawn anew for every document, so that no vector can be reused.
"""

import html
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

_SENTENCES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading over two paragraphs and a list."""

    heading: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What every format writes in its own way; ``rows`` is a table whose first row is its header."""

    title: str
    sections: tuple[Section, ...]
    rows: tuple[tuple[str, ...], ...]


Write: TypeAlias = Callable[[Article, Path], None]


def write_corpus(folder: Path, files: int, *, passages: Path, formats: Sequence[str] = (), sections: int = 5) -> Path:
    """``files`` documents in turn as Markdown, HTML, DOCX and PDF (or ``formats``), every other one Chinese.

    PDFs are English: the fonts that every reader has hold no Chinese. The same arguments give the same text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pools = {language: _pool(passages / f"passages.{language}.jsonl") for language in ("en", "zh")}
    writers = {name: WRITERS[name] for name in formats or WRITERS}
    for number in range(files):
        suffix, write = list(writers.items())[number % len(writers)]
        language = "zh" if suffix != "pdf" and number // len(writers) % 2 else "en"
        write(_article(pools[language], number, sections), folder / f"{number:05d}.{suffix}")
    return folder


def _pool(path: Path) -> Mapping[str, list[str]]:
    """Sentences and titles of the stored passages."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    sentences = [line for row in rows for line in row["lines"] if not line.startswith(("|", "-", "#"))]
    return {"titles": [row["title"].rsplit(" > ", 1)[-1] for row in rows], "sentences": sentences}


def _article(pool: Mapping[str, list[str]], number: int, sections: int) -> Article:
    draw = random.Random(number)  # noqa: S311  # the same text for the same number, no secret
    parts = tuple(
        Section(
            heading=f"{draw.choice(pool['titles'])} {number}.{part}",
            paragraphs=tuple(_paragraph(draw, pool["sentences"]) for _ in range(2)),
            items=tuple(draw.sample(pool["sentences"], 3)),
        )
        for part in range(sections)
    )
    rows = (("Plan", "Price", "Limit"), *((f"P{row}", f"{draw.randrange(900)}.00", f"{row * 10}") for row in range(4)))
    return Article(title=f"{draw.choice(pool['titles'])} {number}", sections=parts, rows=rows)


def _paragraph(draw: random.Random, sentences: Sequence[str]) -> str:
    return " ".join(draw.sample(sentences, _SENTENCES))


def _write_markdown(article: Article, path: Path) -> None:
    lines = [f"# {article.title}", ""]
    for section in article.sections:
        lines += [f"## {section.heading}", ""]
        lines += [part for paragraph in section.paragraphs for part in (paragraph, "")]
        lines += [*(f"- {item}" for item in section.items), ""]
    head, *rows = (f"| {' | '.join(row)} |" for row in article.rows)
    lines += [head, "|---|---|---|", *rows, ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def _write_html(article: Article, path: Path) -> None:
    parts = [f"<html><head><meta charset='utf-8'><title>{_safe(article.title)}</title></head><body>"]
    parts.append(f"<h1>{_safe(article.title)}</h1>")
    for section in article.sections:
        parts.append(f"<h2>{_safe(section.heading)}</h2>")
        parts += [f"<p>{_safe(paragraph)}</p>" for paragraph in section.paragraphs]
        parts += ["<ul>", *(f"<li>{_safe(item)}</li>" for item in section.items), "</ul>"]
    parts += ["<table>", *(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in article.rows), "</table>"]
    path.write_text("\n".join([*parts, "</body></html>"]), encoding="utf-8")


def _safe(text: str) -> str:
    return html.escape(text)


def _write_docx(article: Article, path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading(article.title, level=1)
    for section in article.sections:
        document.add_heading(section.heading, level=2)
        for paragraph in section.paragraphs:
            document.add_paragraph(paragraph)
        for item in section.items:
            document.add_paragraph(item, style="List Bullet")
    table = document.add_table(rows=0, cols=len(article.rows[0]))
    for row in article.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(path))


def _write_pdf(article: Article, path: Path) -> None:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Flowable, ListFlowable, Paragraph, SimpleDocTemplate, Table

    styles = getSampleStyleSheet()
    story: list[Flowable] = [Paragraph(_safe(article.title), styles["Heading1"])]
    for section in article.sections:
        story.append(Paragraph(_safe(section.heading), styles["Heading2"]))
        story += [Paragraph(_safe(paragraph), styles["BodyText"]) for paragraph in section.paragraphs]
        story.append(ListFlowable([Paragraph(_safe(item), styles["BodyText"]) for item in section.items]))
    story.append(Table([list(row) for row in article.rows]))
    SimpleDocTemplate(str(path), title=article.title).build(story)


WRITERS: Mapping[str, Write] = {
    "md": _write_markdown,
    "html": _write_html,
    "docx": _write_docx,
    "pdf": _write_pdf,
}
"""By the extension of the file that they write."""

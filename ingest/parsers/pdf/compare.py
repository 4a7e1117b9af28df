"""Is all text there? What pdfium found is measured by a second reader, page by page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ingest.parsers.pdf.pikepdf_count import shown_characters, single_page
from ingest.parsers.pdf.pypdf_text import page_text
from ingest.parsers.pdf.types import Page, Run, letters

# More than a fifth missing is a loss; a few characters are an ornament.
_ENOUGH = 0.8
_FEW = 10
_SIZE, _LEADING = 10.0, 12.0


def repaired(path: Path, pages: Sequence[Page]) -> dict[int, str]:
    """The text of pages of which pdfium found less than four fifths of the letters, by page number.

    Every page is measured by what it shows; only where that asks for it a second reader reads the page.
    """
    shown = shown_characters(path)
    if shown is None or len(shown) != len(pages):
        return {}
    better = {}
    for page, count in zip(pages, shown, strict=True):
        found = page.characters + page.unmapped
        if count - found <= max(_FEW, (1 - _ENOUGH) * count):
            continue
        text = _second_text(path, page.number)
        if page.letters < _ENOUGH * letters(text):
            better[page.number] = text
    return better


def _second_text(path: Path, number: int) -> str:
    try:
        return page_text(single_page(path, number))
    except ValueError:
        return ""


def with_text(page: Page, text: str) -> Page:
    """``page`` with the lines of ``text`` instead of its runs: where they stood is not known."""
    lines = text.splitlines()
    top = page.height / 2 + _LEADING * len(lines) / 2
    runs = tuple(
        Run(
            text=line.strip(),
            left=0.1 * page.width,
            right=min(0.9, 0.1 + 0.01 * len(line)) * page.width,
            top=top - _LEADING * number,
            bottom=top - _LEADING * number - _SIZE,
            size=_SIZE,
        )
        for number, line in enumerate(lines)
        if line.strip()
    )
    return replace(page, runs=runs)

from collections.abc import Callable, Sequence

import pytest

from core.types import BlockKind
from ingest.parsers.pdf.paragraphs import Paragraph
from ingest.parsers.pdf.reading import read
from ingest.parsers.pdf.types import Page, Rules, Run


def make_run(text: str, left: float, top: float, *, size: float = 10, width: float | None = None, **more: bool) -> Run:
    """A run as wide as half its size a letter, the words at their places."""
    letter = size if any(character > "\u2e80" for character in text) else size / 2
    starts, offset = [], 0
    for word in text.split(" "):
        starts.append((offset, left + offset * letter))
        offset += len(word) + 1
    right = left + (len(text) * letter if width is None else width)
    return Run(text=text, left=left, right=right, bottom=top - size, top=top, size=size, starts=tuple(starts), **more)


@pytest.fixture
def run_at() -> Callable[..., Run]:
    return make_run


def make_page(*runs: Run, number: int = 1, rules: Rules | None = None) -> Page:
    return Page(number=number, width=600, height=800, runs=runs, rules=rules or Rules())


@pytest.fixture
def page_of_runs() -> Callable[..., Page]:
    return make_page


def kinds_and_texts(pages: Sequence[Page], outline: dict[str, int] | None = None) -> list[tuple[str, str]]:
    return [(_name(paragraph), paragraph.text) for paragraph in read(pages, outline or {})]


@pytest.fixture
def read_all() -> Callable[..., list[tuple[str, str]]]:
    """(kind, text) of each paragraph; headings as ``h1`` to ``h6``."""
    return kinds_and_texts


def _name(paragraph: Paragraph) -> str:
    return f"h{paragraph.level}" if paragraph.kind is BlockKind.HEADING else paragraph.kind.value

"""Evidence made by hand."""

from collections.abc import Callable

import pytest
from fakes import a_document, paragraphs_of

from core.types import Evidence, Hit, Stage

Show = Callable[..., tuple[Evidence, ...]]


@pytest.fixture
def show() -> Show:
    """``show("first passage", "second passage")``: evidence 1, 2, ... of one document each, standing at an offset."""

    def show(*texts: str, title: str = "Manual") -> tuple[Evidence, ...]:
        evidence = []
        for number, text in enumerate(texts, start=1):
            chunk = paragraphs_of(a_document(f"{number}.md", f"Before.\n\n{text}", title=title))[1]
            evidence.append(Evidence(number=number, hit=Hit(chunk=chunk, score=1 / number, stage=Stage.RERANKED)))
        return tuple(evidence)

    return show

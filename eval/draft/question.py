"""A question that could be asked of one passage, before anybody has looked at it."""

from dataclasses import dataclass

from core.types import Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftQuestion:
    """``quote`` stands in the passage's text, character for character; ``kind`` says what the question asks for.

    Kinds of the templates: faq, price, limit, duration, date, version, code, steps, definition, table, topic; ``model``
    is what a model drafted.
    """

    question: str
    quote: str
    kind: str
    chunk: Chunk

    def __post_init__(self) -> None:
        if self.quote not in self.chunk.text:
            raise ValueError(f"the quote {self.quote!r} does not stand in passage {self.chunk.id!r}")

"""Reads a question against a whole passage and says of each sentence how likely it answers the question.

Word matches cannot tell "the refund takes 14 days" from "is there a fee for a refund": all words meet and nothing is
answered. A cross-encoder can: question and passage go through one encoder together, so that "it" and "the larger one"
are read with what they stand for. A sentence's number is the mean over its tokens, less the passage's number for
"nothing here answers". ``eval/fit/passage_reader.py`` trains it; ``docs/decisions/0046`` has the figures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np

from answer.sentences.sentences import Sentence
from core.types import FloatArray, Span

SEPARATOR = "[SEP]"
QUESTION_TOKENS, CONTEXT_TOKENS = 64, 40  # what is read of each
_MARKS_BEFORE = 3  # before the question, and after it and the context


class Tokens(Protocol):
    """A text in tokens: their numbers, and where each stands in the text."""

    @property
    def ids(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def offsets(self) -> Sequence[tuple[int, int]]: ...  # noqa: D102


class Tokenizer(Protocol):
    """What the encoder cuts texts with."""

    def encode(self, sequence: str, /, *, add_special_tokens: bool = True) -> Tokens:
        """The text in tokens."""
        ...


class TokenVectorsOf(Protocol):
    """An encoder of whole windows, see ``retrieval/engine.py``."""

    def vectors_of(self, windows: Sequence[str]) -> Sequence[FloatArray]:
        """The last layer of each window, shape (t, dim), special tokens included."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """What makes numbers of token vectors: ``answers`` and ``nothing`` of shape (dim,), each with its bias."""

    answers: FloatArray
    answers_bias: float
    nothing: FloatArray
    nothing_bias: float


@dataclass(frozen=True, slots=True)
class _Window:
    """What is read at once: its text, and the tokens of each of its sentences by the sentence's place in the call."""

    text: str
    tokens: tuple[tuple[int, Span], ...]


class PassageReader:
    """``window`` is the most tokens that the encoder reads at once, special ones included. Thread-safe."""

    def __init__(self, encoder: TokenVectorsOf, tokenizer: Tokenizer, heads: Heads, *, window: int) -> None:
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._heads = heads
        self._window = window

    def log_odds(self, question: str, sentences: Sequence[Sentence]) -> FloatArray:
        """Shape (n,): that each sentence answers rather than nothing in its passage. Sentences of one passage stand
        one after the other; a passage longer than the window is read in parts."""
        windows = [*self._windows(question, sentences)]
        found = np.zeros(len(sentences), dtype=np.float32)
        for window, vectors in zip(windows, self._encoder.vectors_of([each.text for each in windows]), strict=True):
            answers = vectors @ self._heads.answers + np.float32(self._heads.answers_bias)
            nothing = vectors[0] @ self._heads.nothing + np.float32(self._heads.nothing_bias)
            for place, span in window.tokens:
                found[place] = answers[span.start : span.end].mean() - nothing
        return found

    def _windows(self, question: str, sentences: Sequence[Sentence]) -> Iterator[_Window]:
        asked = self._cut(question, QUESTION_TOKENS)
        for _, group in groupby(enumerate(sentences), key=lambda each: each[1].evidence.number):
            yield from self._of_passage(asked, [*group])

    def _of_passage(self, asked: str, placed: Sequence[tuple[int, Sentence]]) -> Iterator[_Window]:
        chunk = placed[0][1].evidence.hit.chunk
        context = self._cut(chunk.context, CONTEXT_TOKENS)
        before = len(self._read(asked).ids) + len(self._read(context).ids) + _MARKS_BEFORE
        room = self._window - before - 1
        for text, start, part in _parts(chunk.text, placed, self._read(chunk.text), room):
            read = self._read(text)
            spans = [(place, _tokens_of(read, sentence.span.shifted(-start), room)) for place, sentence in part]
            tokens = tuple((place, span.shifted(before)) for place, span in spans)
            yield _Window(f"{asked}{SEPARATOR}{context}{SEPARATOR}{text}", tokens)

    def _cut(self, text: str, most: int) -> str:
        read = self._read(text)
        return text if len(read.ids) <= most else text[: _end(read, most)]

    def _read(self, text: str) -> Tokens:
        return self._tokenizer.encode(text, add_special_tokens=False)


def _tokens_of(read: Tokens, span: Span, room: int) -> Span:
    """The tokens that lie in a span of characters and are read; at least one, so that every sentence has a mean."""
    starts = [start for start, _ in read.offsets]
    first = min(int(np.searchsorted(starts, span.start)), max(0, min(len(starts), room) - 1))
    last = min(int(np.searchsorted(starts, span.end)), room)
    return Span(first, max(first + 1, last))


def _end(read: Tokens, tokens: int) -> int:
    """Where the first so many tokens end, in characters."""
    return read.offsets[tokens - 1][1]


def _parts(
    text: str, placed: Sequence[tuple[int, Sentence]], read: Tokens, room: int
) -> Iterator[tuple[str, int, list[tuple[int, Sentence]]]]:
    """A passage in pieces that fit, each with its place in the passage and its sentences: whole, where it fits."""
    if len(read.ids) <= room:
        yield text, 0, [*placed]
        return
    start, part = 0, list[tuple[int, Sentence]]()
    for each in placed:
        tokens = _tokens_of(read, Span(start, each[1].span.end), len(read.ids))
        if part and len(tokens) > room:
            yield text[start : part[-1][1].span.end], start, part
            start, part = each[1].span.start, []
        part.append(each)
    yield text[start : part[-1][1].span.end], start, part

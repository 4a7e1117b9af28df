"""Lessons as token ids: a question, a title and a passage's sentences in one row, as the answer path lays them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from answer.sentences.passage_reader import CONTEXT_TOKENS, QUESTION_TOKENS, SEPARATOR, Tokenizer
from core.errors import ModelRefused
from core.types import Span
from eval.fit.lessons import Asked, Passage, Twin

_LONGEST = 320  # tokens of a row; what lies behind is left out of training


class NamedTokens(Tokenizer, Protocol):
    """A tokenizer that knows its marks by name."""

    def token_to_id(self, token: str, /) -> int | None:
        """The number of a token of the vocabulary."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """A row of token ids with the tokens of each sentence. ``right`` are places of sentences that answer; empty: none
    does. Where only the passage is known to answer, all of them stand there."""

    ids: tuple[int, ...]
    spans: tuple[Span, ...]
    right: frozenset[int]


class Items:
    """Makes items with one tokenizer; a text is cut into tokens once."""

    def __init__(self, tokenizer: NamedTokens) -> None:
        self._tokens = lru_cache(maxsize=None)(lambda text: tuple(tokenizer.encode(text, add_special_tokens=False).ids))
        self._start, self._mark = (_known(tokenizer, name) for name in ("[CLS]", SEPARATOR))

    def asked(self, asked: Asked, passages: Mapping[str, Passage]) -> Item:
        """The question over its own passage."""
        passage = passages[asked.passage]
        return self._item(asked.question, passage.title, passage.sentences, asked.answering)

    def elsewhere(self, asked: Asked, passage: Passage) -> Item:
        """The question over a passage that does not answer it."""
        return self._item(asked.question, passage.title, passage.sentences, frozenset())

    def twin(self, twin: Twin, wrong: Sequence[str]) -> tuple[Item, Item]:
        """The question over the passage that answers it and over a wrong one."""
        some = frozenset(range(len(twin.right)))
        return self._item(twin.question, "", twin.right, some), self._item(twin.question, "", wrong, frozenset())

    def _item(self, question: str, title: str, sentences: Sequence[str], right: frozenset[int]) -> Item:
        ids = [self._start, *self._tokens(question)[:QUESTION_TOKENS], self._mark]
        ids += [*self._tokens(title)[:CONTEXT_TOKENS], self._mark] if title else []
        spans: list[Span] = []
        for sentence in sentences:
            tokens = self._tokens(sentence)
            if len(ids) + len(tokens) >= _LONGEST:
                break
            spans.append(Span(len(ids), len(ids) + len(tokens)) if tokens else Span(0, 1))
            ids += tokens
        return Item((*ids, self._mark), tuple(spans), frozenset(n for n in right if n < len(spans)))


def _known(tokenizer: NamedTokens, name: str) -> int:
    number = tokenizer.token_to_id(name)
    if number is None:
        raise ModelRefused(f"the tokenizer has no {name}; the reader needs a BERT's")
    return number

"""How many tokens a text costs: by the embedder's own tokenizer where it tells, else by a rule."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from core.ports import TokenCounter
from core.text import count_tokens

# One count per text, in order; special tokens are left out.
CountTokens: TypeAlias = Callable[[Sequence[str]], list[int]]


def counter_of(embedder: object) -> CountTokens:
    """What the embedder counts with, or the rule for one that does not tell. It can be given to another process."""
    return embedder.token_counter if isinstance(embedder, TokenCounter) else count_by_rule


def counter_name(embedder: object) -> str:
    """Names what ``counter_of`` gives: passages that other names counted may be cut otherwise."""
    return embedder.vocabulary if isinstance(embedder, TokenCounter) else "rule"


def count_by_rule(texts: Sequence[str]) -> list[int]:
    """``core.text.count_tokens`` of each text."""
    return [count_tokens(text) for text in texts]

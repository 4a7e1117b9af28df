"""How many tokens a text costs an answer model: by its own tokenizer where that is at hand, else a careful estimate."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import regex

from core.ports import Message

CountTokens: TypeAlias = Callable[[str], int]

# Fitted by hand to stay above the tokenizers of GPT-4o, Qwen and DeepSeek on support texts in both languages
# (docs/decisions/0033-traces-and-token-economy.md); each kind of text with its tokens.
_KINDS = (
    (regex.compile(r"\p{Latin}+"), 1.05),
    (regex.compile(r"\p{Latin}{6}(?=\p{Latin})"), 0.3),
    (regex.compile(r"\p{N}"), 1.0),
    (regex.compile(r"\p{Han}"), 1.1),
    (regex.compile(r"[\p{P}\p{S}]"), 0.9),
    (regex.compile(r"\s*\n\s*| {2,}"), 0.6),
    (regex.compile(r"[^\x00-\x7f\p{Latin}\p{Han}\p{P}\p{S}\p{N}\s]"), 1.5),
)
# Role and fences of a message in the chat templates of the models above.
_MESSAGE_TOKENS = 6


def estimated_tokens(text: str) -> int:
    """A count that is rarely too low: linear in the length of ``text``, with no vocabulary."""
    if not text:
        return 0
    return max(1, round(sum(weight * _matches(pattern, text) for pattern, weight in _KINDS)))


def message_tokens(messages: Sequence[Message], count: CountTokens) -> int:
    """Of a whole request, with what stands around each message."""
    return sum(count(message.content) + _MESSAGE_TOKENS for message in messages)


def counter_of(tokenizer: Path | None) -> CountTokens:
    """By a ``tokenizer.json``, or the folder that holds it; without one the estimate.

    Raises ``DependencyMissing`` where there is no such file, ``ModelRefused`` where it is no tokenizer.
    """
    if tokenizer is None:
        return estimated_tokens
    from answer.models.model_tokenizer import ModelTokenizer

    return ModelTokenizer(tokenizer)


def _matches(pattern: "regex.Pattern[str] | re.Pattern[str]", text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))

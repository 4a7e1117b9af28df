"""Which variant of the prompt a conversation is asked with: always the same one, in proportion to the weights."""

from collections.abc import Mapping
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

from answer.prompting.prompt_files import SHIPPED, PromptTemplate, PromptVariant, load_variants
from core.errors import InvalidInput
from core.types import Language, Question


class Prompts:
    """Variants, read once, with their weights: 0 or more, not all 0; they need not add up to 1."""

    def __init__(self, folder: Path | None = None, weights: Mapping[str, float] | None = None) -> None:
        """Raises ``InvalidInput`` for a variant that does not exist or cannot be read, and for unusable weights."""
        self.weights = dict(weights or {SHIPPED: 1.0})
        if min(self.weights.values()) < 0 or not sum(self.weights.values()):
            raise InvalidInput(f"prompts.weights must be 0 or more, one of them above 0, got {self.weights!r}")
        variants = {variant.name: variant for variant in load_variants(folder, tuple(self.weights))}
        # In the order of the names, so that the order in a settings file moves nobody to another variant.
        self._chosen = [(variants[name], weight) for name, weight in sorted(self.weights.items()) if weight]

    def template(self, conversation: str, language: Language) -> PromptTemplate:
        """Every turn of a conversation, as ``conversation_of`` names it, gets the same variant."""
        return self._variant(_place(conversation)).templates[language]

    def _variant(self, place: float) -> PromptVariant:
        """``place`` lies in 0..1, below 1."""
        variants, weights = zip(*self._chosen, strict=True)
        total = sum(weights)
        ends = accumulate(weight / total for weight in weights)
        found: list[PromptVariant] = [variant for variant, end in zip(variants, ends, strict=True) if place < end]
        return found[0] if found else variants[-1]


def conversation_of(question: Question) -> str:
    """What stays the same in all turns of a conversation: the knowledge base and the first message."""
    return f"{question.kb}\n{question.history[0].content if question.history else question.text}"


def _place(conversation: str) -> float:
    """Where the conversation's hash lies in 0..1; the same in every process and release."""
    return int.from_bytes(sha256(conversation.encode()).digest()[:6]) / 2**48

"""What an answer model is given and what that costs: passages within the budget of a prompt, tokens, and money."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from answer.evidence.repeats import without_repeats
from answer.models.token_count import CountTokens, counter_of, estimated_tokens, message_tokens
from core.ports import Message
from core.settings import ModelSettings
from core.types import Evidence, Usage

Build: TypeAlias = Callable[[Sequence[Evidence]], Sequence[Message]]

_PER_MILLION = 1e-6
# Fence, number and page of a passage.
_PASSAGE_TOKENS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A prompt within its budget. ``shown`` are the numbers of the passages in it."""

    messages: Sequence[Message]
    shown: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Economy:
    """Of one answer model. ``input_tokens`` is the budget of a prompt, ``worth`` the value from which a passage is in
    it; prices are those of a million tokens, None where no cost is to be told."""

    count: CountTokens = estimated_tokens
    input_tokens: int = 6_000
    worth: float = 0.0
    input_price: float | None = None
    output_price: float | None = None

    @classmethod
    def of(cls, settings: ModelSettings) -> "Economy":
        """Raises ``DependencyMissing`` or ``ModelRefused`` for a tokenizer that cannot be used."""
        return cls(
            count=counter_of(settings.tokenizer),
            input_tokens=settings.input_tokens,
            worth=settings.passage_worth,
            input_price=settings.input_price,
            output_price=settings.output_price,
        )

    def packed(self, question: str, evidence: Sequence[Evidence], values: Mapping[int, float], build: Build) -> Packed:
        """The prompt that ``build`` makes of the passages that are worth their tokens.

        ``values``, 0..1, are by evidence number; a passage without one is in where there is room. Where not all
        passages fit, those with the most value per token go in; the most valuable one always does. Their order stays.
        """
        most = max((values.get(item.number, 0.0) for item in evidence), default=0.0)
        worthy = [item for item in evidence if values.get(item.number, 1.0) >= min(self.worth, most)]
        shown = without_repeats(question, worthy)
        messages = build(shown)
        if message_tokens(messages, self.count) > self.input_tokens:
            room = self.input_tokens - message_tokens(build(()), self.count)
            # Anew, of those that are left: what one passage says for another goes with it.
            shown = without_repeats(question, self._worth(worthy, values, room))
            messages = build(shown)
        return Packed(messages=messages, shown=tuple(item.number for item in shown))

    def _worth(self, evidence: Sequence[Evidence], values: Mapping[int, float], room: int) -> tuple[Evidence, ...]:
        costs = {item.number: self._cost(item) for item in evidence}
        best = max(costs, key=lambda number: (values.get(number, 0.0), -number))
        chosen, room = {best}, room - costs[best]
        for number in sorted(costs, key=lambda number: (-values.get(number, 0.0) / costs[number], number)):
            if number not in chosen and costs[number] <= room:
                chosen.add(number)
                room -= costs[number]
        return tuple(item for item in evidence if item.number in chosen)

    def _cost(self, item: Evidence) -> int:
        chunk = item.hit.chunk
        return self.count(chunk.text) + self.count(chunk.context) + _PASSAGE_TOKENS

    def usage(self, messages: Sequence[Message], output: str, counted: Usage | None) -> Usage:
        """What a request cost: as the server ``counted`` it, else by our own count."""
        own = Usage(input_tokens=message_tokens(messages, self.count), output_tokens=self.count(output), estimated=True)
        return self._priced(counted or own)

    def _priced(self, usage: Usage) -> Usage:
        if self.input_price is None or self.output_price is None:
            return usage
        cost = usage.input_tokens * self.input_price + usage.output_tokens * self.output_price
        return replace(usage, cost=cost * _PER_MILLION)


def total(usages: Sequence[Usage]) -> Usage:
    """Of all requests of one answer; no cost where that of one that was asked is not known."""
    costs = [usage.cost for usage in usages if usage.input_tokens or usage.output_tokens]
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        estimated=any(usage.estimated for usage in usages),
        cost=sum(cost for cost in costs if cost is not None) if costs and None not in costs else None,
    )

"""A detector made of phrases. The phrases themselves are data: ``english.py`` and ``chinese.py``."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from answer.guard.finding import Finding
from core.types import Language, Span

# "If you have paid, ignore the above": said to the reader of a page, who is told when to do it.
_CONDITION = re.compile(r"\b(?:if|when|unless|once|unlike)\b|如果|如已|如您|如你|若|假如|倘若")
_SENTENCE_END = re.compile(r"[.!?。\n]")
_BEFORE, _AFTER = 120, 40
_HEDGED = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``pattern`` is tried on texts that hold one of ``triggers``; both are in the form that views have.

    Gaps in a pattern are bounded and stay on a line, so that time is linear. Where ``hedged``, a condition in the same
    sentence lowers the confidence, a share of 0..1, by two fifths.
    """

    kind: str
    confidence: float
    triggers: tuple[str, ...]
    pattern: str
    hedged: bool = False


class PhraseDetector:
    """Finds the phrases of one kind in one language."""

    def __init__(self, name: str, language: Language, rules: Sequence[Rule]) -> None:
        self.name = name
        self._language = language
        self._rules = tuple(rule for rule in rules if rule.kind == name)
        self._triggers = tuple({trigger for rule in self._rules for trigger in rule.triggers})

    def find(self, text: str) -> Iterator[Finding]:
        """See ``Detector.find``; overlapping findings of several rules are all returned."""
        if self._language == "zh" and text.isascii():
            return
        # Most texts hold no trigger: this line is most of what the guard costs.
        present = set(filter(text.__contains__, self._triggers))
        for rule in self._rules if present else ():
            if not present.isdisjoint(rule.triggers):
                yield from self._matches(rule, text)

    def _matches(self, rule: Rule, text: str) -> Iterator[Finding]:
        for match in _compiled(rule.pattern).finditer(text):
            yield Finding(
                kind=self.name,
                span=Span(*match.span()),
                confidence=rule.confidence * (_HEDGED if rule.hedged and _is_hedged(match) else 1),
                language=self._language,
            )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_hedged(match: re.Match[str]) -> bool:
    """Whether a condition stands in the sentence around the match."""
    before = match.string[max(0, match.start() - _BEFORE) : match.start()]
    after = match.string[match.end() : match.end() + _AFTER]
    own = _SENTENCE_END.split(before)[-1], _SENTENCE_END.split(after, maxsplit=1)[0]
    return any(map(_CONDITION.search, own))

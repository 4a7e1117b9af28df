"""What an operator says means the same: ``VPN, virtual private network, 虚拟专用网``."""

from dataclasses import dataclass
from functools import cached_property

import regex

from core.errors import InvalidInput
from core.text import units

MOST_GROUPS = 2_000
MOST_PHRASES = 20
LONGEST_PHRASE = 60
_COMMA = regex.compile(r"[,，、]")


@dataclass(frozen=True)
class Synonyms:
    """Groups of phrases of either language; of a group that a question names, the others are looked for as well."""

    groups: tuple[tuple[str, ...], ...] = ()

    def beside(self, question: str) -> tuple[str, ...]:
        """The phrases that mean the same as one in the question and do not stand in it, in the order of the groups.

        A phrase stands where its words do, one after the other, whatever their case, accents, endings and script.
        """
        asked = _padded(question)
        named = dict.fromkeys(place for units_, place in self._places if units_ in asked)
        return tuple(
            dict.fromkeys(
                phrase for place in sorted(named) for phrase in self.groups[place] if _padded(phrase) not in asked
            )
        )

    @cached_property
    def _places(self) -> list[tuple[str, int]]:
        return [(_padded(phrase), place) for place, group in enumerate(self.groups) for phrase in group]

    def as_text(self) -> str:
        """One group a line, as ``parse_synonyms`` reads it."""
        return "".join(f"{', '.join(group)}\n" for group in self.groups)


def parse_synonyms(text: str) -> Synonyms:
    """One group a line, its phrases between commas (Chinese ones too); empty lines and those after ``#`` say nothing.

    Raises ``InvalidInput`` with the number of the line that is off.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1)]
    groups = tuple(_group(number, line) for number, line in lines if line and not line.startswith("#"))
    if len(groups) > MOST_GROUPS:
        raise InvalidInput(f"{len(groups):,} lines of synonyms, at most {MOST_GROUPS:,} are kept; leave the rarest out")
    return Synonyms(groups)


def _group(number: int, line: str) -> tuple[str, ...]:
    phrases = tuple(dict.fromkeys(phrase for part in _COMMA.split(line) if (phrase := " ".join(part.split()))))
    if not 2 <= len(phrases) <= MOST_PHRASES:
        raise InvalidInput(
            f"line {number} of the synonyms has {len(phrases)} phrases: {line[:80]!r}; "
            f"write 2 to {MOST_PHRASES}, with commas between them"
        )
    for phrase in phrases:
        if len(phrase) > LONGEST_PHRASE or not units(phrase):
            raise InvalidInput(
                f"line {number} of the synonyms: {phrase[:80]!r} has no letter or digit, or more than "
                f"{LONGEST_PHRASE} characters"
            )
    return phrases


def _padded(text: str) -> str:
    return f" {' '.join(units(text))} "

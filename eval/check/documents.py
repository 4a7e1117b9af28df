"""The documents that gold quotes are looked up in, as they were ingested."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from answer.proof.locate import locate
from core.text import normalise
from eval.sets.closest import closest_name, closest_passage

_SHOWN_CHARS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocuments:
    """``ids`` gives document ids by source, ``text_of`` the stored text by id; ``silent`` says of each source that gave
    no text why."""

    ids: Mapping[str, str]
    text_of: Callable[[str], str]
    silent: Mapping[str, str] = field(default_factory=dict)

    def text(self, source: str) -> str:
        """The stored text of a source that is in ``ids``."""
        return self.text_of(self.ids[source])

    def why_unknown(self, source: str) -> str | None:
        """What is wrong with naming this source; None where nothing is."""
        if source in self.ids:
            return None
        if source in self.silent:
            return f"the document {source!r} gave no text: {self.silent[source]}"
        meant = closest_name(source, self.ids)
        return f"there is no document {source!r}" + (f"; do you mean {meant!r}?" if meant else "")

    def why_not_there(self, source: str, quote: str) -> str | None:
        """What is wrong with this quote of a known source, with the nearest passage; None where it stands there."""
        text = self.text(source)
        if locate(quote, text) is not None:
            return None
        message = f"the quote {shortened(quote)!r} is not in {source!r}"
        if near := closest_passage(quote, text):
            return f"{message}; closest ({near[1]:.0f} % alike): {shortened(near[0])!r}"
        return f"{message} and nothing there comes near it"

    def elsewhere(self, quotes: Sequence[str]) -> dict[str, str]:
        """For each of these quotes that stands in some document, the first source that holds it."""
        found: dict[str, str] = {}
        for source in self.ids if quotes else ():
            text = self.text(source)
            plain = normalise(text).casefold()
            for quote in quotes:
                if quote not in found and _may_hold(plain, quote) and locate(quote, text) is not None:
                    found[quote] = source
        return found


def shortened(text: str) -> str:
    """On one line and not too long to read in a list."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARS else f"{flat[:_SHOWN_CHARS]} …"


def _may_hold(plain: str, quote: str) -> bool:
    """Whether the quote's longest words are in the text: far cheaper than looking for its place in every document."""
    words = sorted(normalise(quote).casefold().split(), key=len)[-3:]
    return all(word.strip(".,;:!?。，；：！？|\"'“”") in plain for word in words)

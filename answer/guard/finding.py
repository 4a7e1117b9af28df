"""What a detector finds, and what a detector is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from core.types import Language, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Words that give orders to whoever answers.

    ``kind`` is the detector's name, ``span`` lies in the text that was looked at, ``confidence`` is in 0..1 (set by
    hand per rule: what share of such words in documents would be meant as an order), ``language`` is that of the words.
    """

    kind: str
    span: Span
    confidence: float
    language: Language


class Detector(Protocol):
    """One way of giving orders. A detector is a value: it keeps nothing between texts."""

    @property
    def name(self) -> str:
        """The kind of its findings, and its name in the settings."""
        ...

    def find(self, text: str) -> Iterable[Finding]:
        """In ``text`` as ``answer.guard.views`` prepares it: lower case, one form of each letter, no hidden ones.
        Takes time linear in its length."""
        ...

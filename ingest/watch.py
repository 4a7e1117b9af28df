"""How a run is followed and stopped from outside."""

from collections.abc import Sequence
from typing import Protocol

from ingest.files import SourceFile
from ingest.report import FileResult


class Watch(Protocol):
    """What a run tells, and asks, while it goes on."""

    def found(self, files: Sequence[SourceFile]) -> None:
        """Once, before anything is read: the files of the run, in order."""
        ...

    def began(self, source: str) -> None:
        """A file goes to the parsers."""
        ...

    def settled(self, result: FileResult) -> None:
        """The verdict on one file or attachment, told right before the transaction that makes it true, if any."""
        ...

    def check(self) -> None:
        """Raises to end the run here, between two documents; asked several times a second."""
        ...


class Unwatched:
    """The watch of a run that nobody follows."""

    def found(self, files: Sequence[SourceFile]) -> None:
        """Nobody wants to know."""

    def began(self, source: str) -> None:
        """Nobody wants to know."""

    def settled(self, result: FileResult) -> None:
        """Nobody wants to know."""

    def check(self) -> None:
        """Goes on."""


UNWATCHED: Watch = Unwatched()

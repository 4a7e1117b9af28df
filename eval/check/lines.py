"""Every line of a judged file that can be read, and a problem for each one that cannot."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from core.errors import InvalidInput
from eval.check.report import Problem
from eval.sets.jsonl import NOT_UTF8, fault_words, filled_lines, is_utf8

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Numbered(Generic[Row]):
    """A row and its line, from 1."""

    line: int
    row: Row


@dataclass(slots=True)
class CheckedFile:
    """One file under check: collects its problems. ``name`` is how they call it."""

    path: Path
    name: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, kind: str, message: str) -> None:
        """Note a problem; line 0 means the whole file."""
        self.problems.append(Problem(file=self.name, line=line, kind=kind, message=message))

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Lines that are not blank, with their numbers. A file that is missing or closed is a problem."""
        try:
            yield from filled_lines(self.path)
        except FileNotFoundError:
            self.add(0, "missing_file", "there is no such file")
        except OSError as error:
            self.add(0, "unreadable", f"the file cannot be read: {error.strerror or error}")
        except InvalidInput as error:
            self.add(0, "unreadable", str(error))

    def rows(self, parse: Callable[[bytes], Row]) -> Iterator[Numbered[Row]]:
        """The rows that ``parse``, a pydantic JSON validator, takes; every fault of the others is a problem.

        Ends at a line that is not UTF-8.
        """
        for number, content in self.lines():
            try:
                yield Numbered(number, parse(content))
            except ValidationError as error:
                if not is_utf8(content):
                    self.add(number, "unreadable", NOT_UTF8)
                    return  # the other lines are written in the same way
                for fault in error.errors(include_url=False):
                    self.add(number, "unreadable", fault_words(fault))

    def repeated(self, keys: Iterable[tuple[int, Hashable]], kind: str, what: str) -> None:
        """A problem for each key, given with its line, that stood before."""
        first: dict[Hashable, int] = {}
        for line, key in keys:
            if first.setdefault(key, line) != line:
                self.add(line, kind, f"the same {what} stands on line {first[key]}")

    @property
    def sorted_problems(self) -> list[Problem]:
        """The problems by line."""
        return sorted(self.problems, key=lambda problem: problem.line)

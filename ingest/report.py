"""What a run did, file by file and in total."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.types import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """The verdict on one file or attachment. ``passages`` counts those of the stored document, else 0."""

    path: str
    outcome: Outcome
    reason: str = ""
    passages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A file that gave no document, and why."""

    path: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """Totals of a run. ``files`` and ``outcomes`` count files, not attachments; ``problems`` lists both.

    ``passages`` were written, ``embedded`` counts the new texts among them, ``removed`` counts documents, ``seconds``
    is wall-clock time. Every outcome has a count, and the counts add up to ``files``.
    """

    files: int
    outcomes: Mapping[Outcome, int]
    problems: tuple[Problem, ...]
    passages: int
    embedded: int
    removed: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The report as the JSON contract of the command line words it."""
        return {
            "files": self.files,
            "outcomes": {outcome.value: count for outcome, count in self.outcomes.items()},
            "problems": [
                {"path": each.path, "outcome": each.outcome.value, "reason": each.reason} for each in self.problems
            ],
            "passages": self.passages,
            "embedded": self.embedded,
            "removed": self.removed,
            "seconds": round(self.seconds, 3),
        }


@dataclass(slots=True)
class Tally:
    """Collects a run's results while it goes on; the only mutable part of it."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    passages: int = 0
    embedded: int = 0
    removed: int = 0

    def add(self, result: FileResult, *, is_attachment: bool) -> None:
        """Count one verdict; an unchanged file is no problem."""
        if not is_attachment:
            self.outcomes[result.outcome] += 1
        self.passages += result.passages
        if result.outcome not in {Outcome.INGESTED, Outcome.UNCHANGED}:
            self.problems.append(Problem(path=result.path, outcome=result.outcome, reason=result.reason))

    def report(self, *, seconds: float) -> IngestReport:
        """The final report."""
        return IngestReport(
            files=self.outcomes.total(),
            outcomes={outcome: self.outcomes[outcome] for outcome in Outcome},
            problems=tuple(sorted(self.problems, key=lambda problem: problem.path)),
            passages=self.passages,
            embedded=self.embedded,
            removed=self.removed,
            seconds=seconds,
        )

"""What a run did, file by file and in total."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from core.types import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """The verdict on one file or attachment. ``passages`` counts those of the stored document, else 0.

    ``moved_from`` is the source that the document had before, if this run moved it.
    """

    path: str
    outcome: Outcome
    reason: str = ""
    passages: int = 0
    moved_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A file that gave no document, and why."""

    path: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A document of this run that repeats an older one: ``similarity`` is 1 where it says the same, else below 1."""

    path: str
    of: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """Totals of a run. ``files`` and ``outcomes`` count files, not attachments; ``problems`` lists both.

    ``passages`` were written, ``embedded`` counts the new texts among them, ``removed`` counts documents, ``moved``
    files that were known under another name, ``seconds`` is wall-clock time. Every outcome has a count, and the counts
    add up to ``files``. ``formats`` counts the same by the ending of the name, without its dot and in small letters.
    ``duplicates`` names each new document that repeats an older one, once.
    """

    files: int
    outcomes: Mapping[Outcome, int]
    problems: tuple[Problem, ...]
    passages: int
    embedded: int
    removed: int
    seconds: float
    moved: int = 0
    duplicates: tuple[Copy, ...] = ()
    formats: Mapping[str, Mapping[Outcome, int]] = field(default_factory=dict)

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
            "moved": self.moved,
            "duplicates": [
                {"path": each.path, "of": each.of, "similarity": round(each.similarity, 2)} for each in self.duplicates
            ],
            "formats": {
                name: {outcome.value: count for outcome, count in sorted(counts.items())}
                for name, counts in self.formats.items()
            },
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
    moved: int = 0
    duplicates: tuple[Copy, ...] = ()
    formats: dict[str, Counter[Outcome]] = field(default_factory=dict)

    def add(self, result: FileResult, *, is_attachment: bool) -> None:
        """Count one verdict; an unchanged file is no problem."""
        if not is_attachment:
            self.outcomes[result.outcome] += 1
            self.formats.setdefault(_ending(result.path), Counter())[result.outcome] += 1
        self.passages += result.passages
        self.moved += bool(result.moved_from)
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
            moved=self.moved,
            duplicates=self.duplicates,
            seconds=seconds,
            formats={name: dict(self.formats[name]) for name in sorted(self.formats)},
        )


def _ending(source: str) -> str:
    return PurePosixPath(source).suffix[1:].lower()

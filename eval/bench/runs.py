"""What a benchmark is given and what it gives back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from answer.assemble import Desk
from eval.bench.turns import Speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured: turns of each side, passages and queries in a turn, and whether engines search too.

    ``files`` are ingested by both ways, of ``unchanged`` others none has changed; ``corpora`` are the sizes, in
    passages and multiples of 1,000, at which search is measured.
    """

    turns: int
    passages: int
    queries: int
    searched: bool
    files: int
    unchanged: int
    corpora: tuple[int, ...] = ()


SMALL = Size(turns=3, passages=120, queries=20, searched=False, files=80, unchanged=500, corpora=(1_000, 10_000))
FULL = Size(
    turns=9,
    passages=1_000,
    queries=100,
    searched=True,
    files=400,
    unchanged=5_000,
    corpora=(1_000, 10_000, 100_000, 1_000_000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run of benchmarks: ``sets`` are judged retrieval sets, ``sample`` is a folder with documents and questions,
    and ``scratch`` one that is empty and goes away."""

    desk: Desk
    sets: Sequence[Path]
    sample: Path
    scratch: Path
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one benchmark found on one set; ``figures`` are ready for JSON.

    ``kind`` says which section of the page shows them; empty: that of the benchmark's name.
    """

    name: str
    figures: Mapping[str, object]
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """``measures`` says in a line what; ``small`` and ``full`` say on what."""

    name: str
    measures: str
    small: str
    full: str
    run: Callable[[Bench], Iterator[Measured]]


Speeds: TypeAlias = Sequence[Speed]


def speeds_json(turns: int, measured_on: Mapping[str, object], speeds: Speeds) -> dict[str, object]:
    """Figures of both sides in the shape that the page shows as one table."""
    return {"turns": turns, "measured_on": dict(measured_on), "speeds": [asdict(speed) for speed in speeds]}

"""Commands timed from outside, with the memory of everything that they start (Linux)."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import DependencyError

_EVERY_SECONDS = 0.05
_PAGE_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Wall-clock ``seconds`` from start to end; ``peak_mb`` sums the resident memory of all processes at once."""

    seconds: float
    peak_mb: float


def run(command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> Taken:
    """Run a command in ``folder`` to its end. Raises ``DependencyError`` with the end of what it said if it fails."""
    start = time.perf_counter()
    with subprocess.Popen(  # noqa: S603  # the benchmark's own commands
        command, env=dict(environment), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        peak = _watched(process)
        assert process.stderr is not None
        said = process.stderr.read()
    if process.returncode:
        raise DependencyError(f"{' '.join(command[:4])} ended with {process.returncode}: {said.strip()[-300:]}")
    return Taken(seconds=time.perf_counter() - start, peak_mb=peak * _PAGE_BYTES / 1_000_000)


def resident_mb() -> float:
    """Resident memory of this process now, files that it maps included."""
    return _pages(os.getpid()) * _PAGE_BYTES / 1_000_000


def _watched(process: "subprocess.Popen[str]") -> int:
    """Pages that the process and its descendants held at most."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_pages(each) for each in _tree(process.pid)))
        time.sleep(_EVERY_SECONDS)
    return peak


def _tree(process: int) -> Iterator[int]:
    yield process
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{process}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return  # it has ended meanwhile
    for child in children:
        yield from _tree(child)


def _pages(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0

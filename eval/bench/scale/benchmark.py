"""Search at growing sizes, each measured in a process of its own in a home that is kept for the next time."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from core.errors import DependencyError
from eval.bench.runs import Bench, Measured

KIND = "scale"
_ROOT = Path(__file__).resolve().parents[3]
_FOLDER = "bench-scale"


def scale(bench: Bench) -> Iterator[Measured]:
    """Latency, recall, filters, freshness and memory at each of ``Size.corpora``."""
    for passages in bench.size.corpora:
        folder = bench.desk.settings.home.absolute() / _FOLDER / str(passages)
        folder.mkdir(parents=True, exist_ok=True)
        command = ["eval.bench.scale.measure", str(folder), str(passages), "--turns", str(bench.size.turns)]
        ended = subprocess.run(  # noqa: S603  # the benchmark's own command
            [sys.executable, "-m", *command], cwd=_ROOT, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise DependencyError(f"search among {passages:,} passages was not measured: {ended.stderr.strip()[-500:]}")
        yield Measured(name=f"{passages:07d}", figures=json.loads(ended.stdout), kind=KIND)

"""A run of the project's benchmarks, and the files and the page that it leaves.

Each set that a benchmark measures gives one JSON file in ``docs/benchmarks/``; ``docs/benchmarks.md`` and its plots are
written from those files, never by hand.
"""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from answer.assemble import Desk
from core.errors import InvalidInput, NotFound
from eval.bench.registry import BENCHMARKS
from eval.bench.runs import FULL, SMALL, Bench, Benchmark, Measured
from eval.runs.provenance import git_commit, machine, versions

ROOT = Path(__file__).resolve().parents[2]


def chosen(names: Sequence[str]) -> list[Benchmark]:
    """The named benchmarks in the order of the registry, all where none is named. Raises ``InvalidInput``."""
    known = [benchmark.name for benchmark in BENCHMARKS]
    for name in names:
        if name not in known:
            raise InvalidInput(f"no benchmark {name!r}; there are {', '.join(known)}")
    return [benchmark for benchmark in BENCHMARKS if not names or benchmark.name in names]


def measure(
    desk: Desk,
    benchmarks: Sequence[Benchmark],
    *,
    sets: Sequence[Path],
    full: bool,
    out: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Run them one after the other; each result is written as soon as it is there. Returns the files.

    ``sets`` are judged sets beside the project's own; ``progress`` hears what begins. Raises ``NotFound`` outside a
    checkout, and what the benchmarks raise.
    """
    written = []
    with tempfile.TemporaryDirectory() as scratch:
        for benchmark in benchmarks:
            progress(f"{benchmark.name}: {benchmark.measures}")
            folder = Path(scratch) / benchmark.name
            folder.mkdir()
            bench = Bench(
                desk=desk, sets=[*own_sets(), *sets], sample=_sample(), scratch=folder, size=FULL if full else SMALL
            )
            for measured in benchmark.run(bench):
                written.append(write_result(out, benchmark.name, measured, full=full))
                progress(f"wrote {written[-1]}")
    return written


def own_sets() -> list[Path]:
    """The judged sets that lie in the project, by name."""
    return [path.parent for path in sorted((ROOT / "data" / "judged").glob("*/corpus.jsonl"))]


_PLACES = frozenset({"run_file", "model_cache"})


def write_result(out: Path, benchmark: str, measured: Measured, *, full: bool) -> Path:
    """``<benchmark or kind>-<set>.json``: the figures, and when, on what and by which code they were measured."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{measured.kind or benchmark}-{measured.name}.json"
    document = {
        "measured": datetime.now(UTC).date().isoformat(),
        "size": "full" if full else "small",
        "machine": machine(),
        "versions": versions(),
        "git_commit": git_commit(),
        "figures": _without_places(measured.figures),
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _without_places(value: Any) -> Any:
    """The same without paths of this machine: results are committed."""
    if isinstance(value, Mapping):
        return {key: _without_places(each) for key, each in value.items() if key not in _PLACES}
    return [_without_places(each) for each in value] if isinstance(value, list) else value


def _sample() -> Path:
    folder = ROOT / "data" / "sample"
    if not folder.is_dir():
        raise NotFound(f"no folder {str(folder)!r}: benchmarks run in a checkout of the source")
    return folder

"""How fast documents become searchable, beside the plain way to do it, and how fast nothing happens.

Both sides are whole processes, start included, and take turns; models are exported before anything is timed.
"""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median

from answer.assemble import Desk
from eval.bench import processes
from eval.bench.corpus import write_corpus
from eval.bench.processes import Taken
from eval.bench.runs import Bench, Measured
from retrieval.model_files import model_folder

_ROOT = Path(__file__).resolve().parents[2]
# A turn of the plain way with embedding takes minutes.
_TURNS = 3
_PLAIN = ("langchain_text_splitters", "unstructured_inference")


def ingest(bench: Bench) -> Iterator[Measured]:
    """A mix of Markdown, HTML, DOCX and PDF with and without embedding, and a folder in which nothing has changed."""
    passages = bench.sample.parent / "train"
    files = bench.size.files
    mix = write_corpus(bench.scratch / "mix", files, passages=passages)
    turns = _Turns(bench)
    sides = {
        "with embedding": {"citedesk": turns.own, "plain": turns.plain_embedding},
        "without embedding": {"citedesk": turns.own_without, "plain": turns.plain},
    }
    found = {name: turns.take(each, mix) for name, each in sides.items()}
    yield Measured(name="mix", figures={"files": files, "turns": turns.count, "ways": found})
    many = write_corpus(bench.scratch / "many", bench.size.unchanged, passages=passages, formats=["md"], sections=1)
    yield Measured(name="unchanged", figures=turns.unchanged(many, bench.size.unchanged))


class _Turns:
    """Runs each side on a folder, in a home of its own."""

    def __init__(self, bench: Bench) -> None:
        self._scratch = bench.scratch
        self.count = min(_TURNS, bench.size.turns)
        self._number = 0
        self._models = _exported(bench.desk)

    def take(self, sides: Mapping[str, Callable[[Path], Taken]], folder: Path) -> dict[str, object]:
        """Medians over the turns, and the median of the ratios turn by turn; a side that is not installed is left
        out."""
        able = {name: side for name, side in sides.items() if name != "plain" or plain_is_installed()}
        taken = [{name: side(folder) for name, side in able.items()} for _ in range(self.count)]
        figures: dict[str, object] = {
            name: {
                "seconds": round(median(turn[name].seconds for turn in taken), 2),
                "peak_mb": round(max(turn[name].peak_mb for turn in taken)),
            }
            for name in able
        }
        if "plain" in able:
            ratios = [turn["plain"].seconds / turn["citedesk"].seconds for turn in taken]
            figures["times_as_fast"] = round(median(ratios), 2)
        return figures

    def unchanged(self, folder: Path, files: int) -> dict[str, object]:
        """The second and later runs over a folder that stays as it is."""
        home = self._home()
        first = self._own(folder, home)
        again = [self._own(folder, home) for _ in range(self.count)]
        return {
            "files": files,
            "first_seconds": round(first.seconds, 2),
            "seconds": round(median(each.seconds for each in again), 2),
            "peak_mb": round(max(each.peak_mb for each in again)),
        }

    def own(self, folder: Path) -> Taken:
        return self._own(folder, self._home())

    def own_without(self, folder: Path) -> Taken:
        return self._run("eval.bench.own_ingest", str(folder), str(self._home()))

    def plain(self, folder: Path) -> Taken:
        return self._run("eval.bench.plain_ingest", str(folder), str(self._home()))

    def plain_embedding(self, folder: Path) -> Taken:
        return self._run("eval.bench.plain_ingest", str(folder), str(self._home()), "--model", str(model_folder("")))

    def _own(self, folder: Path, home: Path) -> Taken:
        return self._run("api.cli", "ingest", str(folder), "--home", str(home))

    def _run(self, module: str, *arguments: str) -> Taken:
        environment = {**os.environ, "CITEDESK_RETRIEVAL__MODEL_CACHE": str(self._models)}
        return processes.run([sys.executable, "-m", module, *arguments], environment=environment, folder=_ROOT)

    def _home(self) -> Path:
        self._number += 1
        return self._scratch / f"home-{self._number}"


def plain_is_installed() -> bool:
    """Whether the extra ``bench`` is there."""
    return all(importlib.util.find_spec(name) is not None for name in _PLAIN)


def _exported(desk: Desk) -> Path:
    """Where the models are; the embedder reads once, so that no turn exports them."""
    desk.embedder.embed_query("warm")
    return desk.settings.retrieval.model_cache or desk.settings.home / "models"

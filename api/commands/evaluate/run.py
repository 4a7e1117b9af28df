"""``citedesk eval run``: every stage of retrieval over one or more judged sets."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.evaluate.show import show_report
from api.console import WAIT_SECONDS, Console, Progress, command

if TYPE_CHECKING:
    from answer.assemble import Desk
    from core.types import SearchStage
    from eval.runs.evaluation import Plan
    from eval.runs.report import RunReport
    from eval.sets.dataset import RetrievalSet

_STAGES = ("lexical", "dense", "hybrid", "rerank")


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--stage", "stages", multiple=True, type=click.Choice(_STAGES), help="Repeatable.  [default: all four]")
@click.option(
    "--measure", "measures", multiple=True, metavar="NAME", help="Such as nDCG@20 or success@5; repeatable, see below."
)
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="A setting, by its dotted name.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Run files and per-query results.")
@click.option("--fresh", is_flag=True, help="Rank and time everything again, whatever is cached.")
@command
def run(
    console: Console,
    folders: tuple[Path, ...],
    stages: tuple[str, ...],
    measures: tuple[str, ...],
    assignments: tuple[str, ...],
    out: Path | None,
    fresh: bool,
) -> None:
    """Index the judged set in each DIR (corpus.jsonl, queries.jsonl, qrels.tsv) and measure every stage.

    Measures are nDCG@k, recall@k, MRR, MRR@k, MAP, MAP@k, P@k, judged@k (how many of the first k anybody judged) and
    success@k (whether any of them is relevant). Rankings are kept in the home folder and made again only when the set,
    a setting, a model or the code has changed. With several sets --out gets a folder for each.
    """
    from answer.assemble import Desk
    from core.settings import load_settings
    from core.types import SearchStage
    from eval.places import writable_folder
    from eval.runs.evaluation import Plan
    from eval.runs.measures import parse_measures
    from eval.runs.overrides import overridden

    settings = overridden(load_settings(console.home), assignments)
    plan = Plan(
        cache=settings.home / "eval-cache",
        stages=tuple(dict.fromkeys(SearchStage(stage) for stage in stages or _STAGES)),
        measures=parse_measures(measures),
        fresh=fresh,
    )
    datasets = _load(folders)
    if out is not None:
        writable_folder(out)
    with closing(Desk(settings.inside("evaluation"))) as desk:
        reports = [_evaluate(console, desk, dataset, plan, _folder(out, dataset, datasets)) for dataset in datasets]
    _show(console, reports)


def _load(folders: Sequence[Path]) -> "list[RetrievalSet]":
    """All sets, read before the first is measured. Raises ``InvalidInput`` where two have one name."""
    from core.errors import InvalidInput
    from eval.sets.dataset import load_dataset

    names: dict[str, Path] = {}
    for folder in folders:
        name = folder.resolve().name
        if name in names:
            raise InvalidInput(f"{str(names[name])!r} and {str(folder)!r} are both called {name!r}; run them apart")
        names[name] = folder
    return [load_dataset(folder) for folder in folders]


def _folder(out: Path | None, dataset: "RetrievalSet", datasets: "Sequence[RetrievalSet]") -> Path | None:
    return out / dataset.name if out is not None and len(datasets) > 1 else out


def _evaluate(console: Console, desk: "Desk", dataset: "RetrievalSet", plan: "Plan", out: Path | None) -> "RunReport":
    from eval.runs.evaluation import evaluate_set

    def index() -> None:
        desk.own(wait_seconds=WAIT_SECONDS)
        console.note(f"{dataset.name}: indexing what is new of {len(dataset.documents)} documents")

    told = Progress(console, "queries")

    def progress(stage: "SearchStage", done: int, total: int) -> None:
        told(done, total, f"{dataset.name}, {stage.value}: ")

    return evaluate_set(desk, dataset, plan, out, progress=progress, before_indexing=index)


def _show(console: Console, reports: "Sequence[RunReport]") -> None:
    from eval.present import to_json

    if len(reports) == 1 or not console.as_json:
        for report in reports:
            show_report(console, report)
        return
    console.result({"sets": [to_json(report) for report in reports]}, lambda: None)

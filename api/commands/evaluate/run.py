"""``citedesk eval run``: every stage of retrieval over a judged set."""

from pathlib import Path

import click

from api.commands.evaluate.show import progress_note, show_report
from api.console import WAIT_SECONDS, Console, command

_STAGES = ("lexical", "dense", "hybrid", "rerank")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--stage", "stages", multiple=True, type=click.Choice(_STAGES), help="Repeatable.  [default: all four]")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Run files and per-query results.")
@command
def run(console: Console, folder: Path, stages: tuple[str, ...], out: Path | None) -> None:
    """Index the judged set in FOLDER (corpus.jsonl, queries.jsonl, qrels.tsv) and measure every stage."""
    from core.types import SearchStage
    from eval.dataset import load_dataset
    from eval.index import document_search, index_dataset
    from eval.run import evaluate as evaluate_run

    dataset = load_dataset(folder)
    with console.desk("evaluation") as desk:
        desk.own(wait_seconds=WAIT_SECONDS)
        console.note(f"indexing {len(dataset.documents)} documents of {dataset.name} (cached)")
        kb = index_dataset(desk, dataset, desk.passage_recipe)
        report = evaluate_run(
            dataset,
            document_search(desk, kb),
            [SearchStage(stage) for stage in stages or _STAGES],
            out,
            lambda stage, done, total: progress_note(console, f"{stage.value}: {done}/{total} queries", done, total),
            configuration=desk.settings.model_dump(mode="json", exclude={"llm", "home"}),
        )
    show_report(console, report)

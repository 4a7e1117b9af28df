"""``citedesk eval``: how good retrieval and answers are, measured offline."""

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.console import EXIT_FAILURES, WAIT_SECONDS, Console, command

if TYPE_CHECKING:
    from answer.assemble import Desk
    from eval.answer_report import AnswersReport
    from eval.run_report import RunReport

_STAGES = ("lexical", "dense", "hybrid", "rerank")


@click.group("eval")
def evaluate() -> None:
    """Measure retrieval and answers on judged sets."""


@evaluate.command()
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
            lambda stage, done, total: _progress(console, f"{stage.value}: {done}/{total} queries", done, total),
            configuration=desk.settings.model_dump(mode="json", exclude={"llm", "home"}),
        )
    _report(console, report)


@evaluate.command()
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--kb", default="", help="Knowledge base to ask.  [default: the documents folder beside QUESTIONS]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="One line per question.")
@command
def answers(console: Console, questions: Path, kb: str, out: Path | None) -> int:
    """Ask every question of the file QUESTIONS and judge the answers against their gold quotes."""
    from eval.answers import judge_answers
    from eval.questions import load_questions

    judged = load_questions(questions)
    with console.desk("" if kb else "evaluation") as desk:
        desk.own(wait_seconds=WAIT_SECONDS)
        name = kb or _ingest_beside(console, desk, questions)
        desk.catalog.require_kb(name)
        report = judge_answers(
            judged,
            desk.ask,
            lambda document_id: desk.catalog.document(document_id).text,
            kb=name,
            out=out,
            progress=lambda done, total: _progress(console, f"{done}/{total} questions", done, total),
        )
    _report(console, report)
    exact = report.overall.values["exact_location_rate"]
    return EXIT_FAILURES if exact is not None and exact < 1 else 0


def _ingest_beside(console: Console, desk: "Desk", questions: Path) -> str:
    """A knowledge base of the documents folder that lies beside the questions, named for its place."""
    from core.errors import NotFound

    folder = questions.parent / "documents"
    if not folder.is_dir():
        raise NotFound(f"no folder {folder} beside the questions; give --kb NAME")
    kb = f"judged-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]}"
    console.note(f"ingesting {folder} as {kb} (cached)")
    desk.ingest([folder], kb, prune=True)
    desk.indexes.catch_up(kb)
    return kb


def _progress(console: Console, line: str, done: int, total: int) -> None:
    if done % max(1, total // 4) == 0:
        console.note(f"  {line}")


def _report(console: Console, report: "RunReport | AnswersReport") -> None:
    from eval.present import print_table, to_json

    def show() -> None:
        from rich.console import Console as Terminal

        # Into a file or a pipe there is no width to keep to.
        print_table(report, Terminal() if sys.stdout.isatty() else Terminal(width=130))

    console.result(to_json(report), show)

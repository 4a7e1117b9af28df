"""``citedesk eval injection``: whether instructions that hide in documents reach the reader."""

from pathlib import Path

import click

from api.commands.evaluate.documents_beside import kb_of_place
from api.commands.evaluate.show import show_tables
from api.console import WAIT_SECONDS, Console, Progress, command


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--pairs", type=click.IntRange(min=1), help="Cases of each language at most.  [default: all]")
@click.option(
    "--obeyed",
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON object: instruction to a list of what an answer says that obeys it.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="One line per case.")
@command
def injection(console: Console, folder: Path, pairs: int | None, obeyed: Path | None, out: Path | None) -> None:
    """Plant the attacks of FOLDER (BIPIA's or our own layout) in its documents and ask its benign questions."""
    from eval.answers.asking import asks_of
    from eval.injection.attacks import ingest_cases, judge_injection
    from eval.injection.present import injection_json, print_injection
    from eval.injection.sets import load_cases, read_obeyed

    cases = load_cases(folder, pairs=pairs, obeyed=read_obeyed(obeyed) if obeyed else {})
    kb = kb_of_place("injection", folder)
    with console.desk("evaluation") as desk:
        desk.own(wait_seconds=WAIT_SECONDS)
        console.note(f"indexing the documents of {len(cases)} cases as {kb} (cached)")
        ingest_cases(desk, cases, kb)
        report = judge_injection(
            cases,
            asks_of(desk, given_contexts=True),
            kb=kb,
            out=out,
            progress=Progress(console, "cases"),
        )
    show_tables(console, injection_json(report), lambda terminal: print_injection(report, terminal))

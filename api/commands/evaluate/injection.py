"""``citedesk eval injection``: whether instructions that hide in documents reach the reader."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.evaluate.documents_beside import kb_of_place
from api.commands.evaluate.show import progress_note
from api.console import WAIT_SECONDS, Console, command

if TYPE_CHECKING:
    from eval.injection.attacks import InjectionReport


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--pairs", type=click.IntRange(min=1), help="Cases of each language at most.  [default: all]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="One line per case.")
@command
def injection(console: Console, folder: Path, pairs: int | None, out: Path | None) -> None:
    """Plant the attacks of FOLDER (BIPIA's or our own layout) in its documents and ask its benign questions."""
    from eval.answers.asking import asks_of
    from eval.injection.attacks import ingest_cases, judge_injection
    from eval.injection.sets import load_cases

    cases = load_cases(folder, pairs=pairs)
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
            progress=lambda done, total: progress_note(console, f"{done}/{total} cases", done, total),
        )
    _show(console, report)


def _show(console: Console, report: "InjectionReport") -> None:
    from eval.injection.present import injection_json, print_injection

    def show() -> None:
        from rich.console import Console as Terminal

        print_injection(report, Terminal() if sys.stdout.isatty() else Terminal(width=130))

    console.result(injection_json(report), show)

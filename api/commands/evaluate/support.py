"""``citedesk eval support``: how well the support check agrees with people."""

from pathlib import Path

import click

from api.commands.evaluate.show import show_tables
from api.console import Console, Progress, command


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--fitted", is_flag=True, help="Report also on the half that the shipped weights were fitted on.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="One line per claim.")
@command
def support(console: Console, folder: Path, fitted: bool, out: Path | None) -> None:
    """Score the labelled claims of FOLDER (ExpertQA, BEGIN or our own layout, *.jsonl) against their evidence."""
    from answer.proof.support import SupportScorer
    from core.errors import InvalidInput
    from eval.sets.import_files import write_lines
    from eval.support.present import pair_json, print_support, support_json
    from eval.support.report import report_support
    from eval.support.sets import load_support_sets

    pairs = load_support_sets(folder)
    kept = [pair for pair in pairs if fitted or not pair.fitted]
    if not kept:
        raise InvalidInput(f"{folder}: the shipped weights were fitted on all {len(pairs)} pairs; give --fitted")
    with console.desk() as desk:
        report = report_support(
            kept,
            SupportScorer(desk.embedder),
            left_out=len(pairs) - len(kept),
            progress=Progress(console, "claims"),
        )
    if out is not None:
        write_lines(out, map(pair_json, report.pairs))
    show_tables(console, support_json(report), lambda terminal: print_support(report, terminal), width=160)

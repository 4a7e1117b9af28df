"""``citedesk eval report``: what evaluations left, as one page."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.console import Console, command

if TYPE_CHECKING:
    from eval.report.labels import PageLanguage


@click.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--answers", multiple=True, type=click.Path(path_type=Path), help="From `eval answers --out`. Repeatable."
)
@click.option("--compare", nargs=2, help="Baseline and variant, as `eval compare` takes them.")
@click.option(
    "--set", "sets", multiple=True, type=click.Path(path_type=Path), help="Judged set of a run, for its texts."
)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="HTML file to write.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Markdown file to write as well.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of the labels.")
@click.option("--worst", type=click.IntRange(0, 1_000), default=50, show_default=True, help="Queries shown in full.")
@command
def report(
    console: Console,
    runs: tuple[Path, ...],
    answers: tuple[Path, ...],
    compare: tuple[str, str] | None,
    sets: tuple[Path, ...],
    out: Path,
    markdown: Path | None,
    language: "PageLanguage",
    worst: int,
) -> None:
    """Write one self-contained HTML page about the folders RUNS that `eval run --out` left."""
    from eval.places import write_text
    from eval.report.build import build_report
    from eval.report.page import html_page, markdown_page

    built = build_report(runs, answers, compared=compare or (), sets=sets, worst=worst)
    page = {out: html_page(built, language)}
    if markdown is not None:
        page[markdown] = markdown_page(built, language)
    for path, text in page.items():
        write_text(path, text)
    written = [str(path) for path in page]
    console.result({"written": written}, lambda: click.echo("\n".join(f"wrote {path}" for path in written)))

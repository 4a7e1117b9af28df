"""``citedesk bench``: the project's own speed and quality benchmarks."""

from pathlib import Path

import click

from api.console import Console, command


@click.command()
@click.argument("names", nargs=-1)
@click.option("--list", "listed", is_flag=True, help="Name the benchmarks and measure nothing.")
@click.option("--full", is_flag=True, help="More turns and more text: hours instead of minutes.")
@click.option(
    "--sets", multiple=True, type=click.Path(path_type=Path), help="Judged set beside the tiny ones. Repeatable."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Results.  [default: docs/benchmarks]")
@command
def bench(
    console: Console, names: tuple[str, ...], listed: bool, full: bool, sets: tuple[Path, ...], out: Path | None
) -> None:
    """Measure the benchmarks NAMES, or all, and write results, plots and the page about them.

    The page is written beside the folder of results, which keeps what other runs measured.
    """
    from eval.bench.bench import ROOT, chosen, measure
    from eval.bench.publish import publish
    from eval.sets.dataset import load_dataset

    benchmarks = chosen(names)
    if listed:
        rows = [{name: getattr(each, name) for name in ("name", "measures", "small", "full")} for each in benchmarks]
        console.result({"benchmarks": rows}, lambda: _show(rows))
        return
    for folder in sets:
        load_dataset(folder)  # a wrong folder is told before an hour has passed
    results = out or ROOT / "docs" / "benchmarks"
    with console.desk("bench") as desk:
        measured = measure(desk, benchmarks, sets=sets, full=full, out=results, progress=console.note)
    written = [*measured, *publish(results)]
    console.result({"written": [str(path) for path in written]}, lambda: click.echo(f"see {written[-1]}"))


def _show(rows: list[dict[str, str]]) -> None:
    for row in rows:
        click.echo(f"{row['name']:10} {row['measures']}\n{'':10} small: {row['small']}; full: {row['full']}")

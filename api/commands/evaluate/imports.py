"""``citedesk eval import``: questions from a table, or from what people said about answers."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.console import EXIT_FAILURES, Console, command
from api.show import visible

if TYPE_CHECKING:
    from eval.sets.import_files import Imported

_LISTED = 20


@click.group("import")
def imports() -> None:
    """Make a questions file from a table or from recorded answers."""


@imports.command("csv")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the questions.")
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=NAME", help="Which column holds a field; repeatable."
)
@click.option("--force", is_flag=True, help="Replace what an earlier import left there.")
@command
def csv_table(console: Console, file: Path, out: Path, columns: tuple[str, ...], force: bool) -> int:
    """Import a table with a header: question, quote or answer, document, answerable, language, tags, id.

    Encoding and delimiter are detected; headers may be English or Chinese. A row with neither quote nor answer is an
    unanswerable question. Each row that cannot be used is named and kept in rejected.jsonl.
    """
    from eval.sets.import_csv import import_csv

    return _finish(console, import_csv(file, _mapping(columns)), out, force)


@imports.command("records")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the questions.")
@click.option("--kb", default="", help="Take only the records of this knowledge base.")
@click.option("--force", is_flag=True, help="Replace what an earlier import left there.")
@command
def records(console: Console, file: Path, out: Path, kb: str, force: bool) -> int:
    """Import recorded answers with feedback, one JSON object a line.

    An up-voted answer gives an answerable question, an up-voted honest no an unanswerable one; what was voted down goes
    to to_judge.jsonl for people to judge.
    """
    from eval.sets.import_records import import_records

    return _finish(console, import_records(file, kb), out, force)


def _mapping(columns: tuple[str, ...]) -> dict[str, str]:
    from core.errors import InvalidInput

    mapping: dict[str, str] = {}
    for given in columns:
        field, mark, name = given.partition("=")
        if not mark or field in mapping:
            raise InvalidInput(f"--column {given!r}: write FIELD=NAME, each field once, such as question=问题")
        mapping[field] = name
    return mapping


def _finish(console: Console, imported: "Imported", out: Path, force: bool) -> int:
    from eval.sets.import_files import import_json, write_import

    files = write_import(imported, out, force=force)
    console.result(import_json(imported, files), lambda: _show(imported, files, out))
    return EXIT_FAILURES if imported.rejected else 0


def _show(imported: "Imported", files: list[Path], out: Path) -> None:
    for one in imported.rejected[:_LISTED]:
        click.echo(f"row {one.row}: {visible(one.reason)}")
    if len(imported.rejected) > _LISTED:
        click.echo(f"... and {len(imported.rejected) - _LISTED} more in rejected.jsonl")
    if imported.ignored:
        click.echo(f"columns that were not read: {visible(', '.join(imported.ignored))}")
    click.echo(
        f"{len(imported.questions)} questions ({sum(one.answerable for one in imported.questions)} answerable), "
        f"{len(imported.to_judge)} to judge, {imported.merged} rows merged, {len(imported.rejected)} rejected"
    )
    for path in files:
        click.echo(f"  {path}")
    click.echo(f"Next: put the documents into {out / 'documents'} and run `citedesk eval check {out}`")

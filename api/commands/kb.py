"""``citedesk kb``, ``verify`` and ``rebuild``: looking after knowledge bases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from api.commands.editions import (
    differences,
    edition_document,
    forget_previous,
    reindex,
    rollback,
    show_edition,
)
from api.commands.synonyms import synonyms
from api.console import EXIT_FAILURES, WAIT_SECONDS, Console, command, confirm

if TYPE_CHECKING:
    from retrieval.verify import ArmReport


@click.group()
def kb() -> None:
    """List, count and delete knowledge bases; change which edition of one answers."""


for each in (reindex, rollback, forget_previous, synonyms):
    kb.add_command(each)


@kb.command("list")
@command
def list_(console: Console) -> None:
    """Every knowledge base with its documents and passages."""
    with console.desk() as desk:
        rows = [{"name": kb.name, "documents": kb.documents, "passages": kb.passages} for kb in desk.kb_counts()]

    def show() -> None:
        for row in rows:
            click.echo(f"{row['name']}: {row['documents']} documents, {row['passages']} passages")
        if not rows:
            click.echo("no knowledge base yet; `citedesk ingest PATH` makes one")

    console.result({"knowledge_bases": rows}, show)


@kb.command()
@click.argument("name", default="default")
@command
def stats(console: Console, name: str) -> None:
    """Documents by outcome and language, passages, the edition that answers, and how far the indexes are."""
    from collections import Counter

    with console.desk() as desk:
        states = desk.source_states(name)
        counts = next(kb for kb in desk.kb_counts() if kb.name == name)
        languages = desk.catalog.languages(name)
        lag = desk.index_lag(name)
        editions = desk.editions.of(name)
        listed = [edition_document(desk, edition) for edition in editions.values()]
        current = next((edition for state, edition in editions.items() if state.value == "current"), None)
        differs = differences(desk, current) if current else []
    outcomes = Counter(state.outcome.value for state in states.values())
    document = {
        "name": name,
        "documents": counts.documents,
        "passages": counts.passages,
        "outcomes": dict(outcomes),
        "languages": languages,
        "index_lag": lag,
        "editions": listed,
        "differs": differs,
    }

    def show() -> None:
        click.echo(f"{name}: {counts.documents} documents, {counts.passages} passages")
        click.echo("files: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))
        click.echo("languages: " + ", ".join(f"{count} {language}" for language, count in languages.items()))
        click.echo("indexes: " + (", ".join(f"{arm} {n} changes behind" for arm, n in lag.items()) or "not built yet"))
        for edition in listed:
            click.echo(f"edition {edition['id']}: {edition['state']}, {edition['cut']}, embedder {_named(edition)}")
            if edition["state"] == "current":
                show_edition(edition, differs)

    console.result(document, show)


@kb.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@command
def delete(console: Console, name: str, yes: bool) -> None:
    """Forget a knowledge base: its texts, vectors and indexes."""
    with console.desk() as desk:
        desk.catalog.require_kb(name)
        if not yes:
            confirm(f"Delete knowledge base {name!r} with all its documents?")
        desk.delete_kb(name)
    console.result({"deleted": name}, lambda: click.echo(f"deleted {name}"))


@click.command()
@click.option("--kb", "name", help="One knowledge base.  [default: all]")
@click.option("--every", is_flag=True, help="Ask both indexes for every passage, not for 2,000 of them.")
@command
def verify(console: Console, name: str | None, every: bool) -> int:
    """Compare both indexes with the record: their files, ids and vectors, and by asking for passages."""
    with console.desk() as desk:
        names = [name] if name else desk.knowledge_bases()
        for each in names:
            desk.catalog.require_kb(each)
        desk.own(wait_seconds=WAIT_SECONDS)
        reports = {each: desk.verify(each, every=every) for each in names}
    sound = all(report.sound for arms in reports.values() for report in arms)
    bases = [{"kb": each, "indexes": [_arm_document(arm) for arm in arms]} for each, arms in reports.items()]
    console.result({"sound": sound, "knowledge_bases": bases}, lambda: _show_reports(reports))
    return 0 if sound else EXIT_FAILURES


@click.command()
@click.option("--kb", "name", default="default", show_default=True, help="Knowledge base.")
@command
def rebuild(console: Console, name: str) -> None:
    """Build both indexes anew from the record; the old ones answer meanwhile."""
    with console.desk() as desk:
        desk.catalog.require_kb(name)
        desk.own(wait_seconds=WAIT_SECONDS)
        desk.rebuild(name)
    console.result({"rebuilt": name}, lambda: click.echo(f"rebuilt the indexes of {name}"))


def _named(edition: "Mapping[str, object]") -> str:
    return f"{edition['embedder'] or 'packaged'} ({str(edition['fingerprint'])[:12]})"


def _arm_document(report: "ArmReport") -> dict[str, object]:
    return {
        "arm": report.arm,
        "passages": report.passages,
        "damage": report.damage,
        "missing": list(report.missing),
        "extra": list(report.extra),
        "altered": list(report.altered),
        "unfindable": list(report.unfindable),
        "asked": report.asked,
    }


def _show_reports(reports: "Mapping[str, tuple[ArmReport, ...]]") -> None:
    if not reports:
        click.echo("no knowledge base yet; `citedesk ingest PATH` makes one")
    for name, report in ((name, report) for name, arms in reports.items() for report in arms):
        click.echo(f"{name} {report.arm}: {report.passages} passages, {_finding(report)}")
        if not report.sound:
            click.echo(f"  `citedesk rebuild --kb {name}` builds the indexes anew from the record")


def _finding(report: "ArmReport") -> str:
    if report.damage:
        return f"damaged: {report.damage}"
    found = {
        "missing": report.missing,
        "extra": report.extra,
        "altered": report.altered,
        f"of {report.asked} not found by their own content": report.unfindable,
    }
    wrong = [f"{len(ids)} {what}" for what, ids in found.items() if ids]
    return ", ".join(wrong) or f"all there, {report.asked} asked for and found"

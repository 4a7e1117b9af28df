"""``citedesk feedback``: what people thought of answers, and what to make of it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.console import Console, command, confirm
from api.duration import DURATION
from api.show_feedback import show_counts, show_export, show_feedback, show_list, show_topics

if TYPE_CHECKING:
    from answer.assemble import Desk
    from eval.feedback.judged import Said

_RATINGS = ("up", "down")
_SINCE = click.option("--since", type=DURATION, help="Only of the last 12h, 30d.  [default: all]")
_KB = click.option("--kb", default=None, help="Only of this knowledge base.")


@click.group()
def feedback() -> None:
    """Look into what people thought of answers, and make questions and topics of it."""


@feedback.command("list")
@_KB
@click.option("--rating", type=click.Choice(_RATINGS), default=None, help="Only with this thumb.")
@click.option("--missing-document", is_flag=True, help="Only where the documents lacked what was asked for.")
@click.option("--corrected", is_flag=True, help="Only with a corrected answer.")
@click.option("-n", "limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@command
def list_(
    console: Console, kb: str | None, rating: str | None, missing_document: bool, corrected: bool, limit: int
) -> None:
    """Show the newest feedback."""
    from api.feedback_json import feedback_json
    from store.feedback import FeedbackRecord, Rating, Wanted

    with console.desk() as desk:
        wanted = Wanted(
            kbs=_kbs(desk, kb),
            rating=Rating(rating) if rating else None,
            missing_document=missing_document or None,
            corrected=corrected or None,
        )
        rows = FeedbackRecord(desk.catalog).page(wanted, limit=limit)
    document = {"feedback": [feedback_json(row, row.kb) for row in rows], "next_cursor": None}
    console.result(document, lambda: show_list(document))


@feedback.command()
@click.argument("feedback_id")
@command
def show(console: Console, feedback_id: str) -> None:
    """Show one with how its answer came about, also where the trace of the answer is swept."""
    from api.feedback_json import documents_json, feedback_json
    from store.feedback import FeedbackRecord

    with console.desk() as desk:
        record = FeedbackRecord(desk.catalog)
        found = record.get(feedback_id)
        told = {"documents": documents_json(record.documents(feedback_id)), "trace": record.trace(feedback_id)}
    document = {**feedback_json(found, found.kb), **told}
    console.result(document, lambda: show_feedback(document))


@feedback.command()
@click.argument("feedback_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@command
def delete(console: Console, feedback_id: str, yes: bool) -> None:
    """Forget one, with its copy of the trace, for good."""
    from store.feedback import FeedbackRecord

    with console.desk() as desk:
        record = FeedbackRecord(desk.catalog)
        found = record.get(feedback_id)
        if not yes:
            confirm(f"forget what was said of {found.question!r}?")
        record.delete(feedback_id)
    console.result({"deleted": feedback_id}, lambda: click.echo(f"forgot {feedback_id}"))


@feedback.command()
@_KB
@_SINCE
@command
def counts(console: Console, kb: str | None, since: timedelta | None) -> None:
    """Count feedback by reason, by the prompt that wrote the answer, and by the documents that it quoted."""
    from api.feedback_json import counts_json
    from store.feedback import Wanted
    from store.feedback_counts import count_feedback

    with console.desk() as desk:
        kbs = _kbs(desk, kb)
        counted = count_feedback(desk.catalog, Wanted(kbs=kbs, since=_moment(since)))
    document = counts_json(counted, {name: name for name in kbs})
    console.result(document, lambda: show_counts(document))


@feedback.command()
@_KB
@_SINCE
@click.option("--smallest", default=1, show_default=True, type=click.IntRange(1), help="Only of so many questions.")
@click.option("-n", "limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@command
def topics(console: Console, kb: str | None, since: timedelta | None, smallest: int, limit: int) -> None:
    """Group what was not answered, disliked, or lacks a document by what it is about: what to write next.

    Unanswered questions are known as long as their traces are kept.
    """
    from api.topic_board import topics_document

    with console.desk() as desk:
        names = {name: name for name in _kbs(desk, kb)}
        embed = desk.packaged_encoder.embed_passages
        document = topics_document(desk.catalog, embed, names, since=_moment(since), smallest=smallest, limit=limit)
    console.result(document, lambda: show_topics(document))


@feedback.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--kb", default="default", show_default=True, help="Of this knowledge base.")
@_SINCE
@click.option("--force", is_flag=True, help="Replace files that are there.")
@command
def export(console: Console, folder: Path, kb: str, since: timedelta | None, force: bool) -> None:
    """Write judged questions into FOLDER: questions.jsonl for `eval answers`, retrieval/ for `eval run`.

    Liked and corrected answers give gold quotes, liked noes and missing documents unanswerable questions. What a person
    has to judge first goes to to_judge.jsonl; `citedesk eval accept` takes it in then.
    """
    from eval.feedback.export import export as write
    from eval.feedback.judged import judge
    from eval.places import writable_folder

    writable_folder(folder)
    with console.desk() as desk:
        desk.catalog.require_kb(kb)
        ids = desk.document_ids(kb)
        judged = judge(said_of(desk, kb, since=_moment(since)), _documents(desk, kb))
        exported = write(judged, (desk.catalog.document(number) for number in ids.values()), folder, force=force)
    document = {
        "questions": len(judged.questions),
        "answerable": sum(question.answerable for question in judged.questions),
        "to_judge": len(judged.to_judge),
        "queries": exported.queries,
        "left_out": {reason.value: count for reason, count in judged.left_out.items()},
        "files": [str(path) for path in exported.files],
    }
    console.result(document, lambda: show_export(document, kb))


def said_of(desk: "Desk", kb: str, *, since: float, rating: str | None = None) -> "list[Said]":
    """All feedback of a knowledge base with its traces, the newest first."""
    from eval.feedback.judged import Said
    from store.feedback import FeedbackRecord, Rating, Wanted

    record = FeedbackRecord(desk.catalog)
    wanted = Wanted(kbs=[kb], since=since, rating=Rating(rating) if rating else None)
    return [Said(feedback=row, trace=record.trace(row.id)) for row in record.page(wanted, limit=1_000_000)]


def _documents(desk: "Desk", kb: str) -> Any:
    from eval.check.documents import StoredDocuments

    return StoredDocuments(ids=desk.document_ids(kb), text_of=lambda number: desk.catalog.document(number).text)


def _kbs(desk: "Desk", kb: str | None) -> Sequence[Any]:
    """Keys, which are the names on the command line. Raises ``NotFound``."""
    if kb is None:
        return desk.knowledge_bases()
    desk.catalog.require_kb(kb)
    return [kb]


def _moment(since: timedelta | None) -> float:
    import time

    return 0.0 if since is None else time.time() - since.total_seconds()

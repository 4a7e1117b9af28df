"""Feedback and topics as text for people."""

from collections.abc import Mapping
from typing import Any

import click

from api.show import shortened, visible
from api.show_trace import show_trace

_THUMBS = {"up": ("+", "green"), "down": ("-", "red"), None: (" ", None)}


def show_list(document: Mapping[str, Any]) -> None:
    """One line each with what was said below it, the newest first."""
    for each in document["feedback"]:
        _show_one(each)
    if not document["feedback"]:
        click.echo("nobody said anything yet; POST /v1/feedback takes it")


def show_feedback(document: Mapping[str, Any]) -> None:
    """What was said, then the way of the answer."""
    _show_one(document)
    for quoted in document["documents"]:
        click.echo(f"  quotes {visible(quoted['source'])} ({quoted['document_id']})")
    show_trace(document["trace"])


def show_counts(document: Mapping[str, Any]) -> None:
    """The whole, reasons, then prompts and documents with the same columns."""
    click.echo(_tally("all", document["total"]))
    for reason, count in document["reasons"].items():
        click.echo(f"  {count} {reason}")
    for heading, name in (("prompts", "prompt"), ("documents", "source")):
        if document[heading]:
            click.secho(heading, bold=True)
        for each in document[heading]:
            click.echo(_tally(visible(each[name]) or "no model", each))


def show_topics(document: Mapping[str, Any]) -> None:
    """Each topic with its examples, the largest first."""
    for topic in document["topics"]:
        counts = ", ".join(
            f"{topic[name]} {words}"
            for name, words in (
                ("unanswered", "unanswered"),
                ("disliked", "disliked"),
                ("missing_document", "without a document"),
            )
            if topic[name]
        )
        click.secho(f"{visible(topic['label'])}  ", bold=True, nl=False)
        click.echo(f"{topic['kb']}, {topic['language']}: {_questions(topic['questions'])} ({counts})")
        for each in topic["examples"]:
            often = f" ({each['times']} times)" if each["times"] > 1 else ""
            click.echo(f"  {visible(shortened(each['question']))}{often}")
    if document["left_out"]:
        click.echo(f"{_questions(document['left_out'])} more in other topics")
    if not document["asked"]:
        click.echo("nothing was asked in vain")


def show_export(document: Mapping[str, Any], kb: str) -> None:
    """Counts, and what to do with the files."""
    click.echo(
        f"{_questions(document['questions'])}, {document['answerable']} of them answerable; "
        f"{document['to_judge']} for a person to judge"
    )
    for reason, count in document["left_out"].items():
        if count:
            click.echo(f"  {count} left out: {reason.replace('_', ' ')}")
    for path in document["files"]:
        click.echo(f"wrote {visible(path)}")
        if path.endswith("/questions.jsonl"):
            click.echo(f"  citedesk eval answers {visible(path)} --kb {kb}")


def _show_one(each: Mapping[str, Any]) -> None:
    sign, colour = _THUMBS[each["rating"]]
    click.secho(f"{each['id']}  {each['updated_at']}  ", dim=True, nl=False)
    click.secho(f"{sign} ", fg=colour, nl=False)
    click.echo(f"{each['kb']}  {each['status']}  {visible(shortened(each['question']))}")
    for label, words in (
        ("because", (each["reason"] or "").replace("_", " ")),
        ("said", each["comment"]),
        ("rather", each["corrected_answer"]),
        ("missing", "the documents lack it" if each["missing_document"] else ""),
    ):
        if words:
            click.echo(f"  {label}: {visible(shortened(words))}")


def _tally(name: str, counts: Mapping[str, Any]) -> str:
    more = f", {counts['corrected']} corrected, {counts['missing_document']} without a document"
    return f"{counts['up']:>5} up {counts['down']:>5} down  {name}: {counts['total']} in all{more}"


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"

"""``citedesk eval answers``: answers judged against gold quotes or reference answers."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.evaluate.documents_beside import asked_kb, documents_beside, kb_of_place, require_one_place
from api.commands.evaluate.show import show_report
from api.console import EXIT_FAILURES, WAIT_SECONDS, Console, Progress, command

if TYPE_CHECKING:
    from answer.assemble import Desk
    from eval.answers.model_judge import ModelJudge
    from eval.sets.questions import JudgedQuestion


@click.command()
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--kb", default="", help="Knowledge base to ask.  [default: the documents folder beside QUESTIONS]")
@click.option("--docs", type=click.Path(path_type=Path, file_okay=False), help="Documents to ask, instead of --kb.")
@click.option("--given-contexts", is_flag=True, help="Let each question see the sources of its contexts only.")
@click.option("--judge", default="", help="Model of the configured server that grades each answer.  [default: none]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="One line per question.")
@command
def answers(
    console: Console, questions: Path, kb: str, docs: Path | None, given_contexts: bool, judge: str, out: Path | None
) -> int:
    """Ask every question of the file QUESTIONS and judge the answers against what was expected.

    QUESTIONS holds one judged question a line, or (.json) conversations with their documents in MTRAG's layout.
    Follow-ups are asked twice, with and without rewriting.
    """
    from answer.proof.support import SupportScorer
    from eval.answers.asking import asks_of
    from eval.answers.judge import judge_answers

    require_one_place(kb, docs)
    with console.desk("" if kb else "evaluation") as desk:
        grader = _judge(desk, judge) if judge else None
        judged, name = _prepare(console, desk, questions, kb, docs)
        report = judge_answers(
            judged,
            asks_of(desk, given_contexts=given_contexts),
            lambda document_id: desk.catalog.document(document_id).text,
            kb=name,
            grade=SupportScorer(desk.embedder).score,
            model_judge=grader,
            out=out,
            progress=Progress(console, "questions"),
        )
    show_report(console, report)
    exact = report.overall.values["exact_location_rate"]
    return EXIT_FAILURES if exact is not None and exact < 1 else 0


def _prepare(
    console: Console, desk: "Desk", questions: Path, kb: str, docs: Path | None
) -> "tuple[list[JudgedQuestion], str]":
    """The judged questions and the knowledge base that they are asked of, filled where it is not the user's own."""
    from eval.answers.mtrag import ingest_conversations, is_conversations, load_conversations
    from eval.sets.questions import load_questions

    if is_conversations(questions):
        conversations = load_conversations(questions)
        desk.own(wait_seconds=WAIT_SECONDS)
        name = kb or kb_of_place("conversations", questions)
        console.note(f"indexing {len(conversations.documents)} passages as {name} (cached)")
        ingest_conversations(desk, conversations, name)
        return list(conversations.questions), name
    judged = load_questions(questions)
    return judged, asked_kb(console, desk, kb, docs or documents_beside(questions))


def _judge(desk: "Desk", model: str) -> "ModelJudge":
    from answer.models.chat_model import ChatModel
    from eval.answers.model_judge import ModelJudge

    return ModelJudge(ChatModel(desk.settings.llm.model_copy(update={"model": model})))

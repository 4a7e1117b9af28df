"""Conversations over given passages, in the layout of MTRAG's human-evaluated subset (Katsis et al. 2025).

One JSON object: ``documents`` (``document_id``, ``title``, ``text``) and ``tasks``, each with the turns so far, the
passages that were retrieved for it, a reference answer and whether the passages answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from core.errors import InvalidInput
from core.text import language_of
from core.types import Document, Turn
from eval.runs.index import EvaluationDesk, as_document
from eval.sets.dataset import CorpusDocument
from eval.sets.jsonl import first_fault, require_file
from eval.sets.questions import JudgedQuestion

_ANSWERABLE = frozenset({"ANSWERABLE", "PARTIAL"})
_CONVERSATIONAL = "CONVERSATIONAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversations:
    """Judged questions, each with its ``contexts``, and the documents that these name.

    ``left_out`` counts turns that ask nothing ("Thank you!").
    """

    documents: tuple[CorpusDocument, ...]
    questions: tuple[JudgedQuestion, ...]
    left_out: int


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Said(_Row):
    speaker: str
    text: str


class _Context(_Row):
    document_id: str


class _Passage(_Row):
    document_id: str
    text: str
    title: str = ""


class _Task(_Row):
    task_id: str
    input: Annotated[list[_Said], Field(min_length=1)]
    contexts: list[_Context] = []
    targets: list[_Said] = []
    answerability: Annotated[list[str], Field(validation_alias=AliasChoices("Answerability", "answerability"))]
    question_type: Annotated[list[str], Field(validation_alias=AliasChoices("Question Type", "question_type"))] = []


class _File(_Row):
    documents: list[_Passage]
    tasks: list[_Task]


def is_conversations(path: Path) -> bool:
    """Whether a file should be read by ``load_conversations``: one JSON object rather than one a line."""
    return path.suffix == ".json"


def load_conversations(path: Path) -> Conversations:
    """Read the file. A partly answerable task counts as answerable and is tagged ``partial``.

    Raises ``NotFound`` for a missing file and ``InvalidInput`` for another layout, a task that asks for a document that
    is not there, and a file without a question.
    """
    content = require_file(path, "documents and tasks of conversations").read_bytes()
    try:
        file = _parser().validate_json(content)
    except ValidationError as error:
        raise InvalidInput(f"{path}: {first_fault(error)}; it should hold documents and tasks") from error
    _refuse_unknown(path, file)
    asking = [task for task in file.tasks if _CONVERSATIONAL not in task.answerability]
    if not asking:
        raise InvalidInput(f"{path}: no task asks a question; a file needs at least one")
    documents = {
        row.document_id: CorpusDocument(id=row.document_id, title=row.title, text=row.text) for row in file.documents
    }
    return Conversations(
        documents=tuple(documents.values()),
        questions=tuple(map(_question, asking)),
        left_out=len(file.tasks) - len(asking),
    )


def ingest_conversations(desk: EvaluationDesk, conversations: Conversations, kb: str) -> None:
    """Put the documents that are not there yet into ``kb``."""
    present = desk.document_ids(kb)
    missing = list(_documents(conversations, kb, frozenset(present)))
    if missing:
        desk.ingest_documents(kb, missing)


def _documents(conversations: Conversations, kb: str, present: frozenset[str]) -> Iterator[Document]:
    return (as_document(kb, each) for each in conversations.documents if each.id not in present and each.text.strip())


def _question(task: _Task) -> JudgedQuestion:
    *before, asked = task.input
    answerable = bool(_ANSWERABLE & set(task.answerability))
    return JudgedQuestion(
        id=task.task_id,
        question=asked.text.strip(),
        language=language_of(asked.text),
        answerable=answerable,
        history=tuple(
            Turn(role="user" if said.speaker == "user" else "assistant", content=said.text) for said in before
        ),
        tags=tuple(tag.lower() for tag in (*task.answerability, *task.question_type)),
        reference=" ".join(said.text for said in task.targets).strip() if answerable else "",
        contexts=tuple(context.document_id for context in task.contexts),
    )


def _refuse_unknown(path: Path, file: _File) -> None:
    known = {row.document_id for row in file.documents}
    named = {context.document_id for task in file.tasks for context in task.contexts}
    if unknown := sorted(named - known):
        raise InvalidInput(f"{path}: tasks name {len(unknown)} documents that are not there, among them {unknown[:3]}")


@cache
def _parser() -> TypeAdapter[_File]:
    return TypeAdapter(_File)

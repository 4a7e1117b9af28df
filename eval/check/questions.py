"""All that is wrong with a file of judged questions, in one pass."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from core.text import han_share
from core.types import Turn
from eval.check.documents import StoredDocuments
from eval.check.lines import CheckedFile, Numbered
from eval.check.report import CheckReport, Problem, SetFormat
from eval.sets.questions import GoldQuote
from eval.sets.similar import SimilarQuestions

_LANGUAGES = ("en", "zh")


class QuestionRow(BaseModel):
    """A line as a person wrote it: shaped like ``JudgedQuestion``, which refuses at the first contradiction."""

    model_config = ConfigDict(extra="allow")

    id: str
    question: str
    language: str
    answerable: bool
    gold: tuple[GoldQuote, ...] = ()
    history: tuple[Turn, ...] = ()
    tags: tuple[str, ...] = ()
    reference: str = ""
    contexts: tuple[str, ...] = ()
    accepted: bool = True


_Line: TypeAlias = Numbered[QuestionRow]


def check_questions(path: Path, documents: StoredDocuments, *, format: SetFormat) -> CheckReport:
    """Check the questions of ``path`` against the stored ``documents``."""
    file = CheckedFile(path, path.name)
    lines = list(file.rows(QuestionRow.model_validate_json))
    for line in lines:
        for kind, message in _faults(line.row):
            file.add(line.line, kind, message)
    _check_repeats(file, lines)
    _check_gold(file, lines, documents)
    if not lines and not file.problems:
        file.add(0, "unreadable", "the file holds no question")
    return _report(file, lines, documents, format)


def _faults(row: QuestionRow) -> Iterator[tuple[str, str]]:
    """Kind and message of all that a line says wrongly by itself."""
    if not (row.id.strip() and row.question.strip()):
        yield "unreadable", f"an id and words are needed, got id={row.id!r}, question={row.question!r}"
    if row.language not in _LANGUAGES:
        yield "unknown_language", f"the language is {row.language!r}; it is 'en' or 'zh'"
    elif _is_foreign(row):
        yield "language_differs", f"the language is {row.language!r}, the question {row.question!r}"
    if row.answerable and not (row.gold or row.reference.strip()):
        yield "no_gold", f"question {row.id!r} is answerable but has no gold quote and no reference"
    if not row.answerable and (row.gold or row.reference.strip()):
        yield "gold_in_unanswerable", f"question {row.id!r} has answerable=false and a gold quote or a reference"
    if any(not gold.quote.strip() for gold in row.gold):
        yield "empty_quote", f"question {row.id!r} has an empty gold quote"
    if not row.accepted:
        yield "not_accepted", f"question {row.id!r} is a draft; read it and run `citedesk eval accept`"
    for key in row.model_extra or {}:
        if meant := get_close_matches(key, QuestionRow.model_fields, 1, 0.75):
            yield "unread_key", f"the key {key!r} is not read; do you mean {meant[0]!r}?"


def _is_foreign(row: QuestionRow) -> bool:
    """Whether the words clearly are of the other language; names and codes of one stand in questions of the other."""
    share = han_share(row.question)
    return share == 0 if row.language == "zh" else share > 0.5


def _check_repeats(file: CheckedFile, lines: Sequence[_Line]) -> None:
    followups = [line for line in lines if line.row.history]
    opening = [line for line in lines if not line.row.history]
    file.repeated(((line.line, line.row.id) for line in lines), "duplicate_id", "id")
    check_repeats_of(file, [(line.line, line.row.question) for line in opening])
    file.repeated(((line.line, _asked(line.row)) for line in followups), "duplicate_question", "follow-up")


def _asked(row: QuestionRow) -> tuple[str, ...]:
    """A follow-up is another question after other turns."""
    return (_plain(row.question), *(turn.content for turn in row.history))


def _plain(question: str) -> str:
    return " ".join(question.split()).casefold()


def check_repeats_of(file: CheckedFile, asked: Sequence[tuple[int, str]]) -> None:
    """A problem for each question, given with its line, that stood before in the same or nearly the same words."""
    first: dict[str, int] = {}
    similar = SimilarQuestions()
    for line, text in asked:
        near = similar.add(text)
        same = first.setdefault(_plain(text), line)
        if same != line:
            file.add(line, "duplicate_question", f"the question {text!r} already stands on line {same}")
        elif near is not None:
            earlier, words = asked[near]
            file.add(line, "near_duplicate", f"{text!r} hardly differs from {words!r} on line {earlier}")


def _check_gold(file: CheckedFile, lines: Sequence[_Line], documents: StoredDocuments) -> None:
    golds = [(line.line, gold) for line in lines for gold in line.row.gold if gold.quote.strip()]
    faults = [(line, gold, fault) for line, gold in golds if (fault := _gold_fault(gold, documents))]
    places = documents.elsewhere([gold.quote for _, gold, _ in faults])
    for line, gold, (kind, message) in faults:
        place = places.get(gold.quote)
        file.add(line, kind, message + (f" (the quote stands in {place!r})" if place else ""))
    for numbered in lines:
        for source in numbered.row.contexts:
            if unknown := documents.why_unknown(source):
                file.add(numbered.line, "unknown_document", unknown)


def _gold_fault(gold: GoldQuote, documents: StoredDocuments) -> tuple[str, str] | None:
    if unknown := documents.why_unknown(gold.source):
        return "unknown_document", unknown
    if absent := documents.why_not_there(gold.source, gold.quote):
        return "quote_not_found", absent
    return None


def _report(file: CheckedFile, lines: Sequence[_Line], documents: StoredDocuments, format: SetFormat) -> CheckReport:
    silent = [
        Problem(file=source, line=0, kind="no_text", message=reason) for source, reason in documents.silent.items()
    ]
    return CheckReport(
        path=str(file.path if format == "questions" else file.path.parent),
        format=format,
        documents=len(documents.ids),
        questions=len(lines),
        answerable=sum(line.row.answerable for line in lines),
        judgements=sum(len(line.row.gold) for line in lines),
        by_language=dict(Counter(line.row.language for line in lines)),
        problems=(*file.sorted_problems, *silent),
    )

"""The queries and answers that went worst, with what a reader needs to see why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.report.answers import right
from eval.report.data import AnswerRow, QueryRow, RetrievalRun, rankings
from eval.report.figures import best_stage, main_measure
from eval.sets.dataset import RetrievalSet

SHOWN_RANKS = 10
_DEPTH = 100
_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedDocument:
    """``rank`` counts from 1 and is None where the document was not found; ``grade`` is None where none is known."""

    id: str
    rank: int | None
    grade: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstQuery:
    """A query with its measures by stage, what ``stage`` ranked first and, with the judged set, what was expected."""

    row: QueryRow
    text: str
    stage: str
    by_stage: Mapping[str, Mapping[str, float | None]]
    ranked: tuple[RankedDocument, ...]
    expected: tuple[RankedDocument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstAnswer:
    """``fault`` is inexact, unanswerable_answered, wrong_quote, unavailable or refused, from worst to mildest."""

    row: AnswerRow
    fault: str


_FAULTS = ("inexact", "unanswerable_answered", "wrong_quote", "unavailable", "refused")


def worst_queries(run: RetrievalRun, count: int, judged: RetrievalSet | None) -> list[WorstQuery]:
    """At most ``count`` queries that the best stage did not answer perfectly, worst first, then by id."""
    stage, measure = best_stage(run), main_measure(run)
    imperfect = [row for row in run.rows[stage] if (row.measures.get(measure) or 0.0) < 1]
    chosen = sorted(imperfect, key=lambda row: (row.measures.get(measure) or 0.0, row.query_id))[:count]
    ranked = rankings(run.folder / f"{stage}.run", {row.query_id for row in chosen}, _DEPTH)
    by_query = _by_query(run, {row.query_id for row in chosen})
    texts = {query.id: query.text for query in judged.queries} if judged else {}
    shelf = _texts(judged)
    return [
        WorstQuery(
            row=row,
            text=shortened(row.query or texts.get(row.query_id, "")),
            stage=stage,
            by_stage=by_query[row.query_id],
            ranked=_first(ranked[row.query_id], judged.qrels.get(row.query_id) if judged else None, shelf),
            expected=_expected(ranked[row.query_id], judged.qrels.get(row.query_id, {}) if judged else {}, shelf),
        )
        for row in chosen
    ]


def worst_answers(rows: Sequence[AnswerRow], count: int) -> list[WorstAnswer]:
    """At most ``count`` questions that went wrong: the gravest fault first, of one fault the surest answer first."""
    found = [WorstAnswer(row=row, fault=fault) for row in rows if (fault := _fault(row))]
    return sorted(found, key=lambda each: (_FAULTS.index(each.fault), -(each.row.probability or 0.0), each.row.id))[
        :count
    ]


def shortened(text: str, characters: int = _CHARACTERS) -> str:
    """The text on one line, cut with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= characters else line[: characters - 1] + "…"


def _fault(row: AnswerRow) -> str:
    if any(not quote.exact for quote in row.citations):
        return "inexact"
    if row.status == "unavailable":
        return "unavailable"
    if row.answered:
        return "" if right(row) else "wrong_quote" if row.answerable else "unanswerable_answered"
    return "refused" if row.answerable else ""


def _by_query(run: RetrievalRun, wanted: set[str]) -> dict[str, dict[str, Mapping[str, float | None]]]:
    found: dict[str, dict[str, Mapping[str, float | None]]] = {query: {} for query in wanted}
    for stage, rows in run.rows.items():
        for row in rows:
            if row.query_id in found:
                found[row.query_id][stage] = row.measures
    return found


def _texts(judged: RetrievalSet | None) -> dict[str, str]:
    documents = judged.documents if judged else ()
    return {each.id: f"{each.title}: {each.text}" if each.title else each.text for each in documents}


def _first(
    ranked: Sequence[str], grades: Mapping[str, int] | None, shelf: Mapping[str, str]
) -> tuple[RankedDocument, ...]:
    return tuple(
        RankedDocument(
            id=document,
            rank=rank,
            grade=None if grades is None else grades.get(document, 0),
            text=shortened(shelf.get(document, ""), 120),
        )
        for rank, document in enumerate(ranked[:SHOWN_RANKS], start=1)
    )


def _expected(ranked: Sequence[str], grades: Mapping[str, int], shelf: Mapping[str, str]) -> tuple[RankedDocument, ...]:
    places = {document: rank for rank, document in enumerate(ranked, start=1)}
    relevant = sorted(((grade, document) for document, grade in grades.items() if grade > 0), reverse=True)
    return tuple(
        RankedDocument(
            id=document, rank=places.get(document), grade=grade, text=shortened(shelf.get(document, ""), 120)
        )
        for grade, document in relevant[:SHOWN_RANKS]
    )

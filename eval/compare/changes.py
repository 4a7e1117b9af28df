"""The queries that changed most, with what both runs put first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.compare.files import read_ranking
from eval.compare.scores import Pair, Subject
from eval.compare.significance import Vector
from eval.runs.measures import ranked_ids
from eval.sets.dataset import RetrievalSet
from eval.sets.qrels import Qrels

SHOWN_RANKS = 5
TIE = 1e-9
_HEAD = 90  # characters of a title or text


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedEntry:
    """A document at its rank, from 1; ``grade`` is None where nobody judged it, ``head`` its title or first words."""

    rank: int
    document_id: str
    grade: int | None
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedQuery:
    """A query whose measures changed.

    ``before`` and ``after`` hold every compared measure of both runs, None where undefined. The rankings hold the first
    five documents and every relevant one behind them, and are empty until ``with_rankings`` has read them; the answers
    are status and text of both answers where answers are compared.
    """

    subject: Subject
    before: Mapping[str, float | None]
    after: Mapping[str, float | None]
    before_ranking: tuple[RankedEntry, ...] = ()
    after_ranking: tuple[RankedEntry, ...] = ()
    before_answer: str = ""
    after_answer: str = ""


def most_changed(pair: Pair, measures: Sequence[str], n: int) -> Iterator[ChangedQuery]:
    """At most ``n`` queries: by the change of the first measure, then by that of all, then by id."""
    moves = np.column_stack([np.abs(np.nan_to_num(pair.differences(measure))) for measure in measures])
    subjects = pair.baseline.subjects
    moved = [at for at in range(len(subjects)) if (moves[at] > TIE).any()]
    # Rounded, so that equal changes are ties whatever the order of their sums.
    moved.sort(key=lambda at: (-round(moves[at, 0], 9), -round(moves[at].sum(), 9), subjects[at].id))
    for at in moved[:n]:
        subject = subjects[at]
        yield ChangedQuery(
            subject=subject,
            before={measure: _value(pair.baseline.values[measure], at) for measure in measures},
            after={measure: _value(pair.variant.values[measure], at) for measure in measures},
            before_answer=pair.baseline.answers.get(subject.id, ""),
            after_answer=pair.variant.answers.get(subject.id, ""),
        )


def _value(column: Vector, at: int) -> float | None:
    return None if np.isnan(column[at]) else float(column[at])


class RankingReader:
    """Reads rankings of run files, each file once, and dresses them with judgements and words where they are known."""

    def __init__(self, qrels: Qrels | None = None, dataset: RetrievalSet | None = None) -> None:
        self._qrels: Qrels = qrels or (dataset.qrels if dataset else {})
        self._heads = {entry.id: head(f"{entry.title} {entry.text}") for entry in dataset.documents} if dataset else {}
        self._files: dict[Path, dict[str, list[tuple[str, float]]]] = {}

    def entries(self, run_file: Path | None, query: str) -> tuple[RankedEntry, ...]:
        """The first documents of a query and the relevant ones behind; empty without a run file.

        Raises ``InvalidInput`` for a malformed one.
        """
        if run_file is None or not run_file.is_file():
            return ()
        if run_file not in self._files:
            self._files[run_file] = read_ranking(run_file)
        grades = self._qrels.get(query, {})
        return tuple(
            RankedEntry(rank=rank, document_id=id_, grade=grades.get(id_), head=self._heads.get(id_, ""))
            for rank, id_ in enumerate(ranked_ids(query, self._files[run_file].get(query, ())), start=1)
            if rank <= SHOWN_RANKS or grades.get(id_, 0) > 0
        )


def head(text: str) -> str:
    """The first words of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _HEAD else f"{line[: _HEAD - 1]}…"

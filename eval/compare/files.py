"""Scores read from what an evaluation left: a folder of ``eval run``, a TREC run file, a file of ``eval answers``."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from core.errors import InvalidInput
from core.types import SearchStage
from eval.compare.scores import Scores, Subject
from eval.compare.significance import Vector
from eval.report.data import AnswerRow, QueryRow, RetrievalRun, read_answers, read_run
from eval.runs.measures import measure_run
from eval.sets.qrels import Qrels

_STAGES = tuple(str(stage) for stage in SearchStage)
_RETRY = "`citedesk eval run SET --out FOLDER` makes such a folder, a TREC run file ends in .run, answers in .jsonl"


def split_stage(text: str) -> tuple[Path, str]:
    """``FOLDER:rerank`` as folder and stage; the stage is empty where none is named."""
    folder, colon, stage = text.rpartition(":")
    if colon and not Path(text).exists():
        if stage not in _STAGES:
            raise InvalidInput(f"{text!r}: no stage {stage!r}; there are {', '.join(_STAGES)}")
        return Path(folder), stage
    return Path(text), ""


def folder_scores(folder: Path, label: str) -> dict[str, Scores]:
    """Scores by stage, in the order in which the folder has them. Raises ``NotFound`` and ``InvalidInput``."""
    run = read_run(folder, label)
    return {stage: _stage_scores(run, stage, rows) for stage, rows in run.rows.items()}


def _stage_scores(run: RetrievalRun, stage: str, rows: Sequence[QueryRow]) -> Scores:
    where = f"{run.folder / 'per_query.jsonl'}, stage {stage}"
    _refuse_repeats(where, (row.query_id for row in rows))
    return Scores(
        label=run.name,
        stage=stage,
        dataset=run.results.dataset,
        digest=run.results.digest,
        subjects=tuple(Subject(id=row.query_id, text=row.query, language=row.spoken, tags=row.tags) for row in rows),
        values=_columns(where, [row.measures for row in rows]),
        milliseconds=_column([row.latency_ms for row in rows]),
        run_file=run.folder / f"{stage}.run",
    )


def answer_scores(path: Path, label: str) -> Scores:
    """Located gold and completeness over answerable questions, abstained over the others, false refusals.

    Raises ``NotFound`` and ``InvalidInput``.
    """
    rows = read_answers(path, label).rows
    _refuse_repeats(str(path), (row.id for row in rows))
    verdicts = [_verdicts(path, row) for row in rows]
    return Scores(
        label=label,
        stage="",
        dataset=path.name,
        digest="",
        subjects=tuple(_asked(row) for row in rows),
        values=_columns(str(path), verdicts),
        milliseconds=_column([row.timings_ms.get("total") for row in rows]),
        answers={row.id: f"{row.status}: {row.text or row.reason}".removesuffix(": ") for row in rows},
    )


def _asked(row: AnswerRow) -> Subject:
    gold = [f"{quote.source}: {quote.quote}" for quote in row.gold]
    expected = " | ".join([f"answerable={row.answerable}", *gold])
    return Subject(id=row.id, text=row.question, language=row.spoken, tags=row.tags, expected=expected)


def _verdicts(path: Path, row: AnswerRow) -> dict[str, float | None]:
    names = ("located_gold", "completeness", "abstained", "false_refusal")
    missing = [name for name in names if name not in row.verdicts]
    if missing:
        raise InvalidInput(f"{path}: question {row.id!r} has no verdict on {', '.join(missing)}; run it again")
    located, complete, abstained, refused = (row.verdicts[name] for name in names)
    return {
        "located_gold": located if row.answerable else None,
        "completeness": complete if row.answerable else None,
        "abstained": None if row.answerable else abstained,
        "false_refusal": refused if row.answerable else None,
    }


def run_file_scores(
    path: Path, label: str, qrels: Qrels, *, subjects: Mapping[str, Subject] | None = None, complete: bool = False
) -> Scores:
    """A TREC run file measured against judgements.

    It is measured over the judged queries that it has lines for, or with ``complete`` over all of them, those without a
    line counting as 0 (as ``trec_eval -c`` does). ``subjects`` gives the words of the queries by id. Raises
    ``InvalidInput``.
    """
    ranking = read_ranking(path)
    relevant = {query: grades for query, grades in qrels.items() if any(grade > 0 for grade in grades.values())}
    judged = {query: grades for query, grades in relevant.items() if complete or query in ranking}
    if ranking.keys().isdisjoint(judged):
        first = ", ".join(list(ranking)[:3])
        raise InvalidInput(
            f"{path}: none of its {len(ranking)} queries ({first}) is judged; give the set's own --qrels"
        )
    try:
        measured = measure_run(ranking, judged)
    except ValueError as error:
        raise InvalidInput(f"{path}: {error}") from error
    known = subjects or {}
    return Scores(
        label=label,
        stage="",
        dataset="",
        digest="",
        subjects=tuple(known.get(query, Subject(id=query)) for query in judged),
        values={name: _column([measured.per_query[name][query] for query in judged]) for name in measured.per_query},
        milliseconds=np.full(len(judged), np.nan),
        run_file=path,
    )


def read_ranking(path: Path) -> dict[str, list[tuple[str, float]]]:
    """Documents and scores by query of a TREC run file. Raises ``InvalidInput`` naming the first malformed line."""
    if not path.is_file():
        raise InvalidInput(f"no folder or file {str(path)!r}; {_RETRY}")
    ranking: dict[str, list[tuple[str, float]]] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                query, document, score = _ranked(path, number, line)
                ranking.setdefault(query, []).append((document, score))
    if not ranking:
        raise InvalidInput(f"{path}: no ranked documents; each line is `query Q0 document rank score tag`")
    return ranking


def _ranked(path: Path, number: int, line: bytes) -> tuple[str, str, float]:
    try:
        query, _, document, _, score, _ = line.decode("utf-8-sig").split()
        return query, document, float(score)
    except ValueError as error:
        shown = line.decode("utf-8", errors="backslashreplace").strip()
        raise InvalidInput(f"{path}, line {number}: {shown!r} is not `query Q0 document rank score tag`") from error


def _refuse_repeats(where: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for id_ in ids:
        if id_ in seen:
            raise InvalidInput(f"{where}: id {id_!r} stands there twice; run the evaluation again")
        seen.add(id_)


def _columns(where: str, rows: Sequence[Mapping[str, float | None]]) -> dict[str, Vector]:
    names = rows[0].keys()
    for row in rows:
        if row.keys() != names:
            raise InvalidInput(f"{where}: some lines have the measures {sorted(names)}, others {sorted(row)}")
    columns = {name: _column([row[name] for row in rows]) for name in names}
    for name, column in columns.items():
        if np.isinf(column).any():
            raise InvalidInput(f"{where}: {name} is infinite for a query; run the evaluation again")
    return columns


def _column(values: Iterable[float | None]) -> Vector:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

"""Judged retrieval sets in the BEIR layout (Thakur et al. 2021, arXiv:2104.08663)."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidInput, NotFound
from eval.jsonl import read_jsonl, require_file, unique_by_id

Qrels: TypeAlias = Mapping[str, Mapping[str, int]]
_HEADER = ["query-id", "corpus-id", "score"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusDocument:
    """One entry of the corpus; ``title`` may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question that has at least one relevant document."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSet:
    """Documents, queries and graded judgements: ``qrels[query id][document id]`` is relevant where it is 1 or more.

    ``unjudged`` counts queries that were kept out because no document is relevant to them. ``digest`` is the SHA-256 of
    the whole set in hexadecimal and ``corpus_digest`` that of the documents alone, so that a corrected judgement does
    not cost a new index.
    """

    name: str
    documents: tuple[CorpusDocument, ...]
    queries: tuple[Query, ...]
    qrels: Qrels
    unjudged: int
    digest: str
    corpus_digest: str


class _Row(BaseModel):
    # TREC run files separate their columns by white space, so an id holds none.
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str = Field(alias="_id", pattern=r"^\S+$")
    text: str


class _CorpusRow(_Row):
    title: str = ""


class _QueryRow(_Row):
    text: str = Field(pattern=r"\S")


def load_dataset(folder: Path) -> RetrievalSet:
    """Read ``corpus.jsonl``, ``queries.jsonl`` and ``qrels.tsv`` (or ``qrels/test.tsv``, as BEIR ships it).

    Raises ``NotFound`` for a missing file and ``InvalidInput`` for a malformed line, a repeated id, a judgement of an
    unknown query or document, and a set without documents or judged queries.
    """
    corpus, queries, judgements = _files(folder)
    documents = _read_corpus(corpus)
    all_queries = _read_queries(queries)
    qrels = _read_qrels(judgements)
    _refuse_unknown(judgements, "queries", qrels, {query.id for query in all_queries})
    judged_ids = {document: None for grades in qrels.values() for document in grades}
    _refuse_unknown(judgements, "documents", judged_ids, {document.id for document in documents})
    relevant = {query: grades for query, grades in qrels.items() if any(grade > 0 for grade in grades.values())}
    judged = tuple(query for query in all_queries if query.id in relevant)
    if not judged:
        raise InvalidInput(f"{judgements}: no query has a relevant document (a score of 1 or more)")
    return RetrievalSet(
        name=folder.resolve().name,
        documents=documents,
        queries=judged,
        qrels=relevant,
        unjudged=len(all_queries) - len(judged),
        digest=_digest(corpus, queries, judgements),
        corpus_digest=_digest(corpus),
    )


def _files(folder: Path) -> tuple[Path, Path, Path]:
    if not folder.is_dir():
        raise NotFound(f"no folder {str(folder)!r}: a judged set is a folder with corpus, queries and judgements")
    split = folder / "qrels" / "test.tsv"
    return (
        require_file(folder / "corpus.jsonl", "one document a line: _id, title, text"),
        require_file(folder / "queries.jsonl", "one query a line: _id, text"),
        split if split.is_file() else require_file(folder / "qrels.tsv", "query-id, corpus-id and score by tabs"),
    )


def _read_corpus(path: Path) -> tuple[CorpusDocument, ...]:
    rows = unique_by_id(path, read_jsonl(path, _CorpusRow.model_validate_json), lambda row: row.id)
    documents = tuple(CorpusDocument(id=row.id, title=row.title, text=row.text) for row in rows)
    if not documents:
        raise InvalidInput(f"{path}: no documents; a set needs at least one")
    return documents


def _read_queries(path: Path) -> tuple[Query, ...]:
    rows = unique_by_id(path, read_jsonl(path, _QueryRow.model_validate_json), lambda row: row.id)
    queries = tuple(Query(id=row.id, text=row.text) for row in rows)
    if not queries:
        raise InvalidInput(f"{path}: no queries; a set needs at least one")
    return queries


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    if lines[0].split() != _HEADER:
        raise InvalidInput(f"{path}, line 1: the header is {lines[0]!r}, it should be {' '.join(_HEADER)!r} by tabs")
    qrels: dict[str, dict[str, int]] = {}
    for number, line in enumerate(lines[1:], start=2):
        if line.strip():
            query, document, grade = _judgement(path, number, line)
            known = qrels.setdefault(query, {}).setdefault(document, grade)
            if known != grade:
                raise InvalidInput(f"{path}, line {number}: {query!r} and {document!r} are {known} and {grade}")
    return qrels


def _judgement(path: Path, number: int, line: str) -> tuple[str, str, int]:
    try:
        query, document, grade = line.split()
        return query, document, int(grade)
    except ValueError as error:
        raise InvalidInput(f"{path}, line {number}: {line!r} is not query-id, corpus-id, whole number") from error


def _refuse_unknown(path: Path, kind: str, named: Collection[str], known: Collection[str]) -> None:
    unknown = [name for name in named if name not in known]
    if unknown:
        raise InvalidInput(f"{path}: judgements name {len(unknown)} unknown {kind}, among them {unknown[:5]}")


def _digest(*paths: Path) -> str:
    parts = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            parts.update(hashlib.file_digest(file, "sha256").digest())
    return parts.hexdigest()

"""Judged retrieval sets in the BEIR layout (Thakur et al. 2021, arXiv:2104.08663)."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidInput, NotFound
from core.text import language_of
from eval.sets.jsonl import byte_lines, plain_or_gzip, read_jsonl, unique_by_id
from eval.sets.qrels import Qrels, find_qrels, read_qrels


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusDocument:
    """One entry of the corpus; ``title`` may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question that has at least one relevant document.

    ``language`` is what the set says, or else guessed from the text; ``tags`` are the set's own names for groups of
    questions.
    """

    id: str
    text: str
    language: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.language:
            object.__setattr__(self, "language", language_of(self.text))


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


class CorpusRow(_Row):
    """A line of ``corpus.jsonl``."""

    title: str = ""


class QueryRow(_Row):
    """A line of ``queries.jsonl``."""

    text: str = Field(pattern=r"\S")
    language: str | None = Field(default=None, pattern=r"^\S+$")
    tags: tuple[Annotated[str, Field(pattern=r"\S")], ...] = ()


def load_dataset(folder: Path) -> RetrievalSet:
    """Read ``corpus.jsonl``, ``queries.jsonl`` and the judgements, each plain or with ``.gz``.

    A query may carry ``language`` and ``tags``. Judgements are ``qrels/test.tsv``, ``qrels.tsv`` or ``qrels/dev.tsv``
    as BEIR ships them, or TREC's four columns; see ``eval.sets.qrels``. Raises ``NotFound`` for a missing file and
    ``InvalidInput`` for a malformed line, a repeated id, a judgement of an unknown query or document, and a set without
    documents or judged queries.
    """
    corpus, queries, judgements = _files(folder)
    documents = _read_corpus(corpus)
    all_queries = _read_queries(queries)
    qrels = read_qrels(judgements)
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
    return (
        plain_or_gzip(folder / "corpus.jsonl", "one document a line: _id, title, text"),
        plain_or_gzip(folder / "queries.jsonl", "one query a line: _id, text"),
        find_qrels(folder),
    )


def _read_corpus(path: Path) -> tuple[CorpusDocument, ...]:
    rows = unique_by_id(path, read_jsonl(path, CorpusRow.model_validate_json), lambda row: row.id)
    documents = tuple(CorpusDocument(id=row.id, title=row.title, text=row.text) for row in rows)
    if not documents:
        raise InvalidInput(f"{path}: no documents; a set needs at least one")
    return documents


def _read_queries(path: Path) -> tuple[Query, ...]:
    rows = unique_by_id(path, read_jsonl(path, QueryRow.model_validate_json), lambda row: row.id)
    queries = tuple(
        Query(id=row.id, text=row.text, language=row.language or "", tags=tuple(dict.fromkeys(row.tags)))
        for row in rows
    )
    if not queries:
        raise InvalidInput(f"{path}: no queries; a set needs at least one")
    return queries


def _refuse_unknown(path: Path, kind: str, named: Collection[str], known: Collection[str]) -> None:
    unknown = [name for name in named if name not in known]
    if unknown:
        raise InvalidInput(f"{path}: judgements name {len(unknown)} unknown {kind}, among them {unknown[:5]}")


def _digest(*paths: Path) -> str:
    """SHA-256 over the SHA-256 of each file's content, so that packing a file changes nothing."""
    parts = hashlib.sha256()
    for path in paths:
        content = hashlib.sha256()
        for line in byte_lines(path):
            content.update(line)
        parts.update(content.digest())
    return parts.hexdigest()

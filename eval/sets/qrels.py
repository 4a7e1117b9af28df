"""Relevance judgements as BEIR writes them (three columns under a header) and as TREC does (four, no header)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from core.errors import InvalidInput, NotFound
from eval.sets.jsonl import byte_lines

Qrels: TypeAlias = Mapping[str, Mapping[str, int]]

_HEADER = ["query-id", "corpus-id", "score"]
# In the order of preference: a set that ships several splits is measured on its test split.
_PLACES = ("qrels/test.tsv", "qrels.tsv", "qrels/dev.tsv", "qrels.txt", "qrels.trec", "qrels/test.txt", "qrels/dev.txt")


def find_qrels(folder: Path) -> Path:
    """The judgements of a set, plain or ``.gz``. Raises ``NotFound`` with the names that are looked for."""
    for place in _PLACES:
        for path in (folder / place, folder / f"{place}.gz"):
            if path.is_file():
                return path
    raise NotFound(f"no judgements in {str(folder)!r}: give one of {', '.join(_PLACES)} (or the same with .gz)")


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """``qrels[query id][document id]``, in file order.

    Three columns (query-id, corpus-id, score) under that header, or TREC's four (query, iteration, document, grade)
    without one. Raises ``InvalidInput`` for another header, a malformed line and two grades for one pair.
    """
    qrels: dict[str, dict[str, int]] = {}
    for number, query, document, grade in _judgements(path):
        known = qrels.setdefault(query, {}).setdefault(document, grade)
        if known != grade:
            raise InvalidInput(f"{path}, line {number}: {query!r} and {document!r} are {known} and {grade}")
    return qrels


def _judgements(path: Path) -> Iterator[tuple[int, str, str, int]]:
    lines = _numbered(path)
    number, first = next(lines, (1, ""))
    trec = len(first.split()) == 4
    if trec:
        yield number, *_trec_judgement(path, number, first)
    elif first.split() != _HEADER:
        wanted = "'query-id corpus-id score' by tabs, or four columns as TREC has them"
        raise InvalidInput(f"{path}, line {number}: the header is {first!r}, it should be {wanted}")
    read = _trec_judgement if trec else _beir_judgement
    for number, line in lines:
        yield number, *read(path, number, line)


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Line number, from 1, and text of every line that is not blank."""
    for number, line in enumerate(byte_lines(path), start=1):
        try:
            text = line.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise InvalidInput(f"{path}, line {number} is not UTF-8: {error.reason}") from error
        if text.strip():
            yield number, text


def _beir_judgement(path: Path, number: int, line: str) -> tuple[str, str, int]:
    try:
        query, document, grade = line.split()
        return query, document, int(grade)
    except ValueError as error:
        raise InvalidInput(f"{path}, line {number}: {line!r} is not query-id, corpus-id, whole number") from error


def _trec_judgement(path: Path, number: int, line: str) -> tuple[str, str, int]:
    try:
        query, _, document, grade = line.split()
        return query, document, int(grade)
    except ValueError as error:
        raise InvalidInput(f"{path}, line {number}: {line!r} is not query, 0, document, whole number") from error

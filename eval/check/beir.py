"""All that is wrong with a judged set in the BEIR layout, in one pass."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path

from core.errors import NotFound
from core.text import language_of
from eval.check.lines import CheckedFile, Numbered
from eval.check.questions import check_repeats_of
from eval.check.report import CheckReport
from eval.sets.closest import closest_name
from eval.sets.dataset import CorpusRow, QueryRow
from eval.sets.jsonl import plain_or_gzip
from eval.sets.qrels import find_qrels

_HEADER = [b"query-id", b"corpus-id", b"score"]
# A hint that costs a look at every id is only worth it where there are few.
_MOST_NAMES = 20_000


@dataclass(frozen=True, slots=True)
class _Judgement:
    query: str
    document: str
    grade: int


def check_beir(folder: Path) -> CheckReport:
    """Check the documents, queries and judgements of ``folder``, in the places where ``eval.sets.dataset`` looks."""
    corpus, queries, qrels = _file(folder, "corpus.jsonl"), _file(folder, "queries.jsonl"), _qrels_file(folder)
    documents = _check_corpus(corpus)
    _refuse_empty(corpus, documents, "document")
    asked = list(queries.rows(QueryRow.model_validate_json))
    queries.repeated(((line.line, line.row.id) for line in asked), "duplicate_id", "id")
    check_repeats_of(queries, [(line.line, line.row.text) for line in asked])
    _refuse_empty(queries, asked, "query")
    judged = list(_judgements(qrels))
    _refuse_empty(qrels, judged, "judgement")
    _check_judgements(qrels, judged, {line.row.id for line in asked}, documents)
    relevant = {line.row.query for line in judged if line.row.grade > 0}
    for line in asked:
        if line.row.id not in relevant:
            queries.add(line.line, "unjudged_query", f"no document is judged relevant to query {line.row.id!r}")
    return CheckReport(
        path=str(folder),
        format="beir",
        documents=len(documents),
        questions=len(asked),
        answerable=sum(line.row.id in relevant for line in asked),
        judgements=len(judged),
        by_language=dict(Counter(line.row.language or language_of(line.row.text) for line in asked)),
        problems=tuple(problem for file in (corpus, queries, qrels) for problem in file.sorted_problems),
    )


def _file(folder: Path, name: str) -> CheckedFile:
    try:
        path = plain_or_gzip(folder / name, "")
    except NotFound:
        path = folder / name
    return CheckedFile(path, path.name)


def _qrels_file(folder: Path) -> CheckedFile:
    try:
        path = find_qrels(folder)
    except NotFound:
        path = folder / "qrels.tsv"
    return CheckedFile(path, path.relative_to(folder).as_posix())


def _check_corpus(file: CheckedFile) -> set[str]:
    """The ids. Texts are not kept: a corpus may be larger than the memory."""
    lines: list[tuple[int, str]] = []
    for each in file.rows(CorpusRow.model_validate_json):
        lines.append((each.line, each.row.id))
        if not (each.row.text.strip() or each.row.title.strip()):
            file.add(each.line, "no_text", f"document {each.row.id!r} has neither text nor title")
    file.repeated(lines, "duplicate_id", "id")
    return {id_ for _, id_ in lines}


def _refuse_empty(file: CheckedFile, found: Sized, what: str) -> None:
    if not found and not file.problems:
        file.add(0, "unreadable", f"the file holds no {what}")


def _judgements(file: CheckedFile) -> Iterator[Numbered[_Judgement]]:
    """The lines of three columns under their header, or of TREC's four without one."""
    columns = 0
    for number, line in file.lines():
        parts = line.split()
        if not columns:
            columns = 4 if len(parts) == 4 else 3
            if columns == 3:
                if parts != _HEADER:
                    shown = line.decode(errors="replace")
                    file.add(number, "unreadable", f"the header is {shown!r}, not 'query-id corpus-id score' by tabs")
                continue
        try:
            query, document, grade = (part.decode() for part in (parts[0], *parts[2 if columns == 4 else 1 :]))
            yield Numbered(number, _Judgement(query, document, int(grade)))
        except ValueError:
            shown = line.decode(errors="replace")
            file.add(number, "unreadable", f"{shown!r} is not query, document and a whole number in {columns} columns")


def _check_judgements(
    file: CheckedFile, judged: Sequence[Numbered[_Judgement]], queries: Collection[str], documents: Collection[str]
) -> None:
    grades: dict[tuple[str, str], tuple[int, int]] = {}
    for line in judged:
        row = line.row
        if row.query not in queries:
            file.add(line.line, "unknown_query", f"there is no query {row.query!r}" + _meant(row.query, queries))
        if row.document not in documents:
            hint = _meant(row.document, documents)
            file.add(line.line, "unknown_document", f"there is no document {row.document!r}" + hint)
        first, grade = grades.setdefault((row.query, row.document), (line.line, row.grade))
        if grade != row.grade:
            message = f"{row.query!r} and {row.document!r} are {row.grade} here and {grade} on line {first}"
            file.add(line.line, "contradiction", message)


def _meant(name: str, names: Collection[str]) -> str:
    close = closest_name(name, names) if len(names) <= _MOST_NAMES else None
    return f"; do you mean {close!r}?" if close else ""

"""Judged feedback as files: questions for ``eval answers``, a BEIR folder for ``eval run``, drafts for a person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.types import Document
from eval.feedback.judged import Judged
from eval.places import write_text
from eval.sets.import_files import QUESTIONS, TO_JUDGE, refuse_existing, write_lines
from eval.sets.questions import JudgedQuestion, question_json

RETRIEVAL = "retrieval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written; ``queries`` are those of the BEIR folder, which is left out where there are none."""

    judged: Judged
    queries: int
    files: tuple[Path, ...]


def export(judged: Judged, documents: Iterable[Document], folder: Path, *, force: bool) -> Exported:
    """Write what there is. ``documents`` are those of the knowledge base, of which gold quotes name the sources.

    Raises ``InvalidInput`` where a file is there already and ``force`` is not given.
    """
    queries = [question for question in judged.questions if question.gold and not question.history]
    names = (QUESTIONS, TO_JUDGE, *(f"{RETRIEVAL}/{name}" for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv")))
    refuse_existing([folder / name for name in names], force=force)
    files = [
        write_lines(folder / name, map(question_json, questions))
        for name, questions in ((QUESTIONS, judged.questions), (TO_JUDGE, judged.to_judge))
        if questions
    ]
    if queries:
        files += _write_retrieval(queries, documents, folder / RETRIEVAL)
    written = {path.relative_to(folder).as_posix() for path in files}
    for name in set(names) - written:
        (folder / name).unlink(missing_ok=True)
    return Exported(judged=judged, queries=len(queries), files=tuple(files))


def _write_retrieval(queries: list[JudgedQuestion], documents: Iterable[Document], folder: Path) -> Iterator[Path]:
    ids: dict[str, str] = {}

    def corpus() -> Iterator[dict[str, object]]:
        for document in documents:
            ids[document.source] = document.id
            yield {"_id": document.id, "title": document.title, "text": document.text}

    yield write_lines(folder / "corpus.jsonl", corpus())
    lines = [{"_id": each.id, "text": each.question, "language": each.language, "tags": each.tags} for each in queries]
    yield write_lines(folder / "queries.jsonl", lines)
    pairs = dict.fromkeys((each.id, ids[gold.source]) for each in queries for gold in each.gold)
    qrels = "".join(f"{query}\t{document}\t1\n" for query, document in pairs)
    write_text(folder / "qrels.tsv", f"query-id\tcorpus-id\tscore\n{qrels}")
    yield folder / "qrels.tsv"

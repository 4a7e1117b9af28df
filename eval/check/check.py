"""``citedesk eval check``: which kind of judged set lies at a path."""

from pathlib import Path

from core.errors import InvalidInput, NotFound
from eval.check.report import SetFormat

_BEIR = ("corpus.jsonl", "queries.jsonl", "qrels.tsv", "qrels", "corpus.jsonl.gz", "queries.jsonl.gz", "qrels.txt")
QUESTIONS = "questions.jsonl"


def format_of(path: Path) -> SetFormat:
    """A file holds questions; a folder is a BEIR set, or documents with a questions.jsonl beside them.

    Raises ``NotFound`` for a path that is not there and ``InvalidInput`` for a folder that is neither.
    """
    if path.is_file():
        return "questions"
    if not path.is_dir():
        raise NotFound(f"no file or folder {str(path)!r}")
    if (path / QUESTIONS).is_file():
        return "support"
    if any((path / name).exists() for name in _BEIR):
        return "beir"
    raise InvalidInput(
        f"{str(path)!r} holds neither corpus.jsonl, queries.jsonl and qrels.tsv nor {QUESTIONS} and a documents folder"
    )

"""What the service says of knowledge bases, documents and jobs. Knowledge bases go by the caller's names."""

from typing_extensions import TypedDict

from api.shapes.content import Block, Passage
from api.shapes.jobs import Job, JobFile


class KnowledgeBaseStats(TypedDict):
    """``documents`` counts sources by outcome, ``languages`` documents by language; ``index_lag`` the changes that each
    index has not seen yet."""

    name: str
    documents: dict[str, int]
    passages: int
    languages: dict[str, int]
    index_lag: dict[str, int]


class EditionInForce(TypedDict):
    """The edition of a knowledge base that answers; ``embedder`` is its model as the settings named it."""

    name: str
    edition: int
    cut: str
    embedder: str


class DocumentLine(TypedDict):
    """A source and what became of it; ``title`` and ``language`` are empty where it gave no text."""

    document_id: str
    source: str
    title: str
    language: str
    outcome: str
    reason: str
    parser: str
    size: int
    passages: int
    updated_at: str


class DocumentsPage(TypedDict):
    """By source; ``next_cursor`` is null on the last page."""

    documents: list[DocumentLine]
    next_cursor: str | None


class DocumentText(TypedDict):
    """What was understood of a document; spans are half-open character offsets in ``text``."""

    document_id: str
    kb: str
    source: str
    title: str
    language: str
    metadata: dict[str, str]
    valid_from: str | None
    valid_until: str | None
    text: str
    blocks: list[Block]
    passages: list[Passage]
    outcome: str
    reason: str


class JobsPage(TypedDict):
    """Newest first; ``next_cursor`` is null on the last page."""

    jobs: list[Job]
    next_cursor: str | None


class JobWithFiles(Job):
    """One job with the files that it settled."""

    files: list[JobFile]

"""What the service says of knowledge bases, documents and jobs. Knowledge bases go by the caller's names."""

from typing_extensions import TypedDict

from api.shapes.content import Block, Passage
from api.shapes.jobs import Job, JobFile


class KnowledgeBaseEdition(TypedDict):
    """``state`` is current, previous, building or staged; ``cut`` names passage settings, ``embedder`` the model
    without its folder; ``switched_at`` says since when it answers or answered, null for never switched to."""

    id: int
    state: str
    cut: str
    embedder: str
    switched_at: str | None


class KnowledgeBaseStats(TypedDict):
    """``documents`` counts sources by outcome, ``languages`` documents by language; ``index_lag`` the changes that each
    index has not seen yet; ``editions`` begin with the one that answers."""

    name: str
    documents: dict[str, int]
    passages: int
    languages: dict[str, int]
    index_lag: dict[str, int]
    editions: list[KnowledgeBaseEdition]


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
    valid_from: str | None
    valid_until: str | None
    updated_at: str


class DocumentsPage(TypedDict):
    """By source; ``next_cursor`` is null on the last page."""

    documents: list[DocumentLine]
    next_cursor: str | None


class DocumentText(TypedDict):
    """What was understood of a document; spans are half-open character offsets in ``text``. With ``pictures`` its pages
    can be had as pictures."""

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
    pictures: bool


class DocumentVersion(TypedDict):
    """One text of a document; ``content_hash`` is the SHA-256 of its file, ``characters`` and ``passages`` counts."""

    version: int
    is_current: bool
    title: str
    language: str
    characters: int
    passages: int
    content_hash: str
    stored_at: str


class DocumentVersions(TypedDict):
    """Newest first."""

    document_id: str
    versions: list[DocumentVersion]


class RepeatedDocument(TypedDict):
    """``similarity`` is 1 where it says the same, else about the share of common word sequences."""

    document_id: str
    source: str
    similarity: float


class Repeating(TypedDict):
    """A document and those that say what it says: the same first, then the most similar."""

    document_id: str
    source: str
    duplicates: list[RepeatedDocument]


class DuplicatesPage(TypedDict):
    """By source; ``next_cursor`` is null on the last page."""

    documents: list[Repeating]
    next_cursor: str | None


class JobsPage(TypedDict):
    """Newest first; ``next_cursor`` is null on the last page."""

    jobs: list[Job]
    next_cursor: str | None


class JobWithFiles(Job):
    """One job with the files that it settled."""

    files: list[JobFile]

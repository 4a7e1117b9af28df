"""Documents, knowledge bases and their indexes."""

from typing_extensions import TypedDict


class Problem(TypedDict):
    """A file or attachment that gave no document, and why."""

    path: str
    outcome: str
    reason: str


class Copy(TypedDict):
    """A document of the run that repeats an older one; ``similarity`` is 1 where it says the same, else below 1."""

    path: str
    of: str
    similarity: float


class Ingest(TypedDict):
    """``citedesk ingest``; ``outcomes``: ingested, unchanged, empty, encrypted, unsupported, too_large, failed.

    ``job`` is its number and ``state`` done or cancelled; ``formats`` holds the outcomes by the ending of file names.
    """

    job: int
    state: str
    files: int
    outcomes: dict[str, int]
    formats: dict[str, dict[str, int]]
    problems: list[Problem]
    passages: int
    embedded: int
    removed: int
    moved: int
    duplicates: list[Copy]
    seconds: float


class Duplicate(TypedDict):
    """Another document; ``similarity`` is 1 where it says the same, else about the share of common word sequences."""

    source: str
    similarity: float


class Source(TypedDict):
    """One file of a knowledge base; ``document_id`` is null where it never gave a document."""

    source: str
    content_hash: str
    pipeline: str
    outcome: str
    reason: str
    parser: str
    size: int
    mtime_ns: int
    document_id: str | None
    duplicates: list[Duplicate]


class Documents(TypedDict):
    """``citedesk documents list``."""

    documents: list[Source]


class Block(TypedDict):
    """``kind`` is heading, paragraph, list_item, table or code; ``level`` 1 to 6 for headings, else 0."""

    kind: str
    span: tuple[int, int]
    level: int
    page: int | None


class Passage(TypedDict):
    """``text`` is the document's text at ``span``; ``kind`` is prose, table, code or faq."""

    chunk_id: str
    span: tuple[int, int]
    heading_path: list[str]
    page: int | None
    kind: str
    tokens: int
    text: str


class Document(TypedDict):
    """``citedesk documents show``."""

    document_id: str
    source: str
    title: str
    language: str
    metadata: dict[str, str]
    valid_from: str | None
    valid_until: str | None
    text: str
    blocks: list[Block]
    passages: list[Passage]
    duplicates: list[Duplicate]


class DeletedDocuments(TypedDict):
    """``citedesk documents delete``; ``missing`` are sources that were not there."""

    deleted: int
    missing: list[str]


class KnowledgeBase(TypedDict):
    """Live documents and passages."""

    name: str
    documents: int
    passages: int


class KnowledgeBases(TypedDict):
    """``citedesk kb list``."""

    knowledge_bases: list[KnowledgeBase]


class Edition(TypedDict):
    """``state`` is current, previous, building or staged (complete, not switched to yet); ``cut`` names passage
    settings, ``embedder`` the model as the settings gave it; ``behind`` counts documents that are cut otherwise."""

    id: int
    state: str
    cut: str
    embedder: str
    fingerprint: str
    behind: int


class KnowledgeBaseStats(KnowledgeBase):
    """``citedesk kb stats``; ``index_lag`` counts changes that each index has not seen yet, ``differs`` says what the
    settings want otherwise than the edition that answers."""

    outcomes: dict[str, int]
    languages: dict[str, int]
    index_lag: dict[str, int]
    editions: list[Edition]
    differs: list[str]


class Reindexed(TypedDict):
    """``citedesk kb reindex``: documents ``cut`` anew and texts ``read``; ``switched`` is false where the edition
    answered already, and where a running service has yet to switch to it."""

    kb: str
    edition: Edition
    switched: bool
    cut: int
    read: int


class RolledBack(TypedDict):
    """``citedesk kb rollback``."""

    kb: str
    edition: Edition
    differs: list[str]


class ForgottenEdition(TypedDict):
    """``citedesk kb forget-previous``; null where none was kept."""

    kb: str
    forgotten: int | None


class DeletedKnowledgeBase(TypedDict):
    """``citedesk kb delete``."""

    deleted: str


class SynonymGroups(TypedDict):
    """``citedesk kb synonyms``: phrases that mean the same, group by group."""

    name: str
    groups: list[list[str]]


class Rebuilt(TypedDict):
    """``citedesk rebuild``."""

    rebuilt: str


class IndexReport(TypedDict):
    """Passage ids that an index lacks, has too many, holds with another vector, or holds and does not bring back.

    ``damage`` says why it could not be compared, else it is empty; ``asked`` counts the passages that were asked for.
    """

    arm: str
    passages: int
    damage: str
    missing: list[str]
    extra: list[str]
    altered: list[str]
    unfindable: list[str]
    asked: int


class VerifiedKnowledgeBase(TypedDict):
    """Both indexes of one knowledge base."""

    kb: str
    indexes: list[IndexReport]


class Verify(TypedDict):
    """``citedesk verify``; exit code 1 where something is not sound."""

    sound: bool
    knowledge_bases: list[VerifiedKnowledgeBase]


class Prompt(TypedDict):
    """The words of an answer model in one language; ``share`` of all conversations, 0 to 1, gets its variant."""

    name: str
    variant: str
    language: str
    version: int
    digest: str
    description: str
    share: float


class Prompts(TypedDict):
    """``citedesk prompts list``."""

    prompts: list[Prompt]


class PromptWords(Prompt):
    """``citedesk prompts show``; ``parts``: context, rules, json, marks and task."""

    parts: dict[str, str]

"""A judged corpus becomes a knowledge base of its own, searched through the same desk as every other."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from core.errors import Unavailable
from core.settings import Settings
from core.text import analyse, language_of, trimmed
from core.types import Block, BlockKind, Document, SearchResult, SearchStage
from eval.runs.pooling import DocumentSearch, RankedDocuments, pool_documents
from eval.sets.dataset import CorpusDocument, RetrievalSet
from store.source_state import document_id

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")


class EvaluationDesk(Protocol):
    """What an evaluation needs of the desk."""

    @property
    def settings(self) -> Settings:
        """What the desk was put together with."""
        ...

    def ingest_documents(self, kb: str, documents: Iterable[Document]) -> object:
        """Put documents into a knowledge base, made when it is new; they are searchable when this returns."""
        ...

    def document_ids(self, kb: str) -> Mapping[str, str]:
        """Document id by source; empty for a knowledge base that does not exist."""
        ...

    def search(self, kb: str, query: str, k: int, stage: SearchStage) -> SearchResult:
        """At most ``k`` passages, best first."""
        ...


def index_dataset(desk: EvaluationDesk, dataset: RetrievalSet, fingerprint: str = "") -> str:
    """Ingest the corpus, or what an interrupted run left out of it, and return the knowledge base's name.

    The name follows the set's name, the corpus and ``fingerprint``, which names everything else that decides the
    passages (passage settings, embedder): a changed chunker gets a new knowledge base and never an old one's figures.
    """
    kb = kb_name(dataset, fingerprint)
    present = desk.document_ids(kb)
    missing = [entry for entry in dataset.documents if entry.id not in present and _body(entry)]
    if missing:
        desk.ingest_documents(kb, (as_document(kb, entry) for entry in missing))
    return kb


def kb_name(dataset: RetrievalSet, fingerprint: str = "") -> str:
    """``eval-<name>-<8 hexadecimal digits>`` in letters that every index takes."""
    slug = re.sub(r"[^a-z0-9]+", "-", dataset.name.lower()).strip("-")[:40] or "set"
    digest = hashlib.sha256(f"{dataset.corpus_digest}\0{fingerprint}".encode()).hexdigest()
    return f"eval-{slug}-{digest[:8]}"


def as_document(kb: str, entry: CorpusDocument) -> Document:
    """One corpus entry as a document whose paragraphs are what blank lines separate; nothing is read as a heading.

    The title stands in for a missing text. Language is taken from the text.
    """
    text = _body(entry)
    return Document(
        id=document_id(kb, entry.id),
        kb=kb,
        source=entry.id,
        title=entry.title,
        text=text,
        blocks=paragraphs(text),
        language=language_of(text),
        content_hash=hashlib.sha256(f"{entry.title}\0{entry.text}".encode()).hexdigest(),
    )


def paragraphs(text: str) -> tuple[Block, ...]:
    """One block per part between blank lines, without white space at either side."""
    ends = [match.span() for match in _BLANK_LINES.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    spans = [trimmed(text, start, stop) for start, stop in zip(starts, stops, strict=True)]
    return tuple(Block(kind=BlockKind.PARAGRAPH, span=span) for span in spans if len(span))


def document_search(desk: EvaluationDesk, kb: str) -> DocumentSearch:
    """The desk's passages as ranked documents, for ``eval.runs.run.evaluate``.

    A search asks for ``retrieval.candidates`` passages: with more the arms would bring more than they do for a person
    who asks, and another ranking would be measured. A query without a word, which the desk refuses, finds nothing.
    Raises ``Unavailable`` where a part of the stage was down: measured without it, the stage would pass for worse than
    it is.
    """
    passages = desk.settings.retrieval.candidates

    def search(query: str, stage: SearchStage, k: int) -> RankedDocuments:
        if not analyse(query):
            return RankedDocuments(())
        result = desk.search(kb, query, passages, stage)
        if result.degraded:
            raise Unavailable(f"stage {str(stage)!r} ran without {', '.join(result.degraded)}; nothing is measured")
        return RankedDocuments(tuple(pool_documents(result.hits)[:k]), result.timings_ms)

    return search


def _body(entry: CorpusDocument) -> str:
    return entry.text if entry.text.strip() else entry.title.strip()

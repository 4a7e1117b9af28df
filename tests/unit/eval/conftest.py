"""A judged set on disk, a desk that searches by shared words, and answers that quote two stored texts."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from fakes import FakeEmbedder

from core.errors import NotFound
from core.settings import Settings
from core.text import analyse, count_tokens
from core.types import (
    Answer,
    AnswerStatus,
    Chunk,
    ChunkKind,
    Citation,
    Claim,
    Document,
    Hit,
    SearchResult,
    SearchStage,
    Span,
    Stage,
)
from store.source_state import document_id

WriteSet = Callable[..., Path]


@pytest.fixture
def write_set(tmp_path: Path) -> WriteSet:
    """Writes a judged set: three documents and two queries unless told otherwise."""

    def write(
        *,
        corpus: Iterable[object] = (
            {"_id": "a", "title": "Refunds", "text": "Refunds take ten days."},
            {"_id": "b", "title": "", "text": "退款需要十个工作日。"},
            {"_id": "c", "title": "Empty", "text": ""},
        ),
        queries: Iterable[object] = (
            {"_id": "q1", "text": "How long is a refund?"},
            {"_id": "q2", "text": "退款多久"},
        ),
        qrels: str = "query-id\tcorpus-id\tscore\nq1\ta\t2\nq2\tb\t1\n",
    ) -> Path:
        folder = tmp_path / "set"
        folder.mkdir()
        for name, rows in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
            lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
        return folder

    return write


def passage(document: Document, ordinal: int) -> Chunk:
    """The passage that one block of a document makes."""
    span = document.blocks[ordinal].span
    return Chunk(
        id=f"{document.id}-{ordinal}",
        document_id=document.id,
        source=document.source,
        title=document.title,
        span=span,
        text=span.of(document.text),
        heading_path=(),
        page=None,
        kind=ChunkKind.PROSE,
        language=document.language,
        token_count=count_tokens(span.of(document.text)),
        ordinal=ordinal,
    )


class WordDesk:
    """Every block is a passage, scored by the index terms that it shares with the query."""

    def __init__(self) -> None:
        self.documents: dict[str, list[Document]] = {}
        self.degraded: tuple[str, ...] = ()
        self.asked: list[int] = []
        self.settings = Settings()
        self.embedder = FakeEmbedder()
        self.passage_recipe = "paragraphs 1"
        self.timings_ms: dict[str, float] = {}

    def ingest_documents(self, kb: str, documents: Iterable[Document]) -> None:
        self.documents.setdefault(kb, []).extend(documents)

    def document_ids(self, kb: str) -> dict[str, str]:
        return {document.source: document.id for document in self.documents.get(kb, [])}

    def search(self, kb: str, query: str, k: int, stage: SearchStage) -> SearchResult:
        self.asked.append(k)
        wanted = Counter(analyse(query))
        chunks = [passage(document, at) for document in self.documents[kb] for at in range(len(document.blocks))]
        scored = [(float((wanted & Counter(analyse(chunk.indexed_text))).total()), chunk) for chunk in chunks]
        scored = sorted((entry for entry in scored if entry[0]), key=lambda entry: (-entry[0], entry[1].id))
        hits = tuple(Hit(chunk=chunk, score=score, stage=Stage.LEXICAL) for score, chunk in scored[:k])
        return SearchResult(hits=hits, degraded=self.degraded, timings_ms=self.timings_ms)


@pytest.fixture
def desk() -> WordDesk:
    return WordDesk()


KB = "help"
TEXTS = {
    "refunds.md": "Refunds take 10 working days. The fee is 2.50 euros.\n\nA label can be voided within 14 days.",
    "退款.md": "退款需要十个工作日，手续费为 20 元。\n\n面单打印后 14 天内可以作废。",
}


class Shelf:
    """Stored texts, and answers that quote them."""

    def document_text(self, id_: str) -> str:
        """By document id, as the record has it."""
        texts = {document_id(KB, source): text for source, text in TEXTS.items()}
        if id_ not in texts:
            raise NotFound(f"no document with id {id_!r}")
        return texts[id_]

    def citation(self, source: str, quote: str, *, shift: int = 0) -> Citation:
        """A quote at its place, or ``shift`` characters beside it."""
        start = TEXTS[source].index(quote)
        return Citation(
            evidence=1,
            chunk_id="c",
            document_id=document_id(KB, source),
            page=None,
            span=Span(start, start + len(quote)).shifted(shift),
            quote=quote,
        )

    def answer(
        self,
        *citations: Citation,
        text: str = "",
        status: AnswerStatus = AnswerStatus.ANSWERED,
        probability: float = 0.9,
    ) -> Answer:
        """One claim per citation."""
        return Answer(
            status=status,
            question="",
            text=text,
            claims=tuple(Claim(text=item.quote, citations=(item,), support=1.0) for item in citations),
            evidence=(),
            probability=probability,
            trace_id="t",
        )

    def refusal(self, probability: float = 0.1) -> Answer:
        """An honest no that repeats words of the question."""
        status = AnswerStatus.INSUFFICIENT_EVIDENCE
        return self.answer(text="The documents do not hold the fee in euros.", status=status, probability=probability)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()

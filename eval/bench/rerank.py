"""Late interaction over stored and over unseen passages, in milliseconds: ``python -m eval.bench.rerank --set FOLDER``.

``FOLDER`` is a judged set in the BEIR layout; its passages go through a record on disk, as in service. JSON to stdout.
Each question gets passages that no question before it had, so that nothing is remembered; asked once more, their terms
are. The question itself has been read, as retrieval does it first.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import TypeAlias

from core.ports import Reranker, TokenCodes
from core.settings import IngestSettings
from core.types import Chunk, Hit, Stage
from eval.runs.index import as_document
from eval.sets.dataset import RetrievalSet, load_dataset
from ingest.direct import put_documents
from rerank.late_interaction import LateInteractionReranker
from retrieval.embedder import SentenceEmbedder
from store.catalog import Catalog
from store.token_vectors import StoredTokens

CANDIDATES = (20, 100)
_KB = "bench"
_QUESTIONS = 20
_UNSEEN = 3  # questions: encoding 100 passages takes seconds

Asked: TypeAlias = tuple[str, Sequence[Chunk]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankFigures:
    """Median milliseconds for one question over so many ``candidates``; ``again_ms``: the same passages once more."""

    candidates: int
    questions: int
    stored_ms: float
    again_ms: float
    unseen_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LateInteraction:
    """``bytes_per_passage`` is the mean size of stored token vectors; sizes with too few passages are left out."""

    passages: int
    bytes_per_passage: int
    rerank: tuple[RerankFigures, ...]


class _Nothing:
    """A ``TokenStore`` in which every passage is unseen."""

    def token_codes(self, passages: Sequence[Chunk]) -> list[TokenCodes | None]:
        return [None] * len(passages)


def measure_late_interaction(dataset: RetrievalSet, embedder: SentenceEmbedder, *, documents: int) -> LateInteraction:
    """Store the first ``documents`` of the set in a record of its own and rerank their passages."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog.open(Path(folder))
        try:
            stored = StoredTokens(catalog, embedder.fingerprint)
            put_documents(
                (as_document(_KB, entry) for entry in islice(dataset.documents, documents)),
                _KB,
                catalog=catalog,
                embedder=embedder,
                settings=IngestSettings(),
                token_record=stored,
            )
            passages = list(catalog.live_chunks(_KB, sorted(catalog.live_ids(_KB))).values())
            return _measured(passages, [query.text for query in dataset.queries], embedder, stored)
        finally:
            catalog.close()


def _measured(
    passages: Sequence[Chunk], questions: Sequence[str], embedder: SentenceEmbedder, stored: StoredTokens
) -> LateInteraction:
    sizes = [codes.rows.nbytes for codes in stored.token_codes(passages) if codes is not None]
    rerankers = LateInteractionReranker(embedder, stored), LateInteractionReranker(embedder, _Nothing())
    figures = []
    unused = iter(passages)
    for candidates in CANDIDATES:
        lists = islice(_full_lists(unused, candidates), _QUESTIONS)
        asked = list(zip(cycle(questions), lists))
        if asked:
            figures.append(_figures(candidates, asked, embedder, *rerankers))
    return LateInteraction(
        passages=len(passages), bytes_per_passage=round(sum(sizes) / len(sizes)), rerank=tuple(figures)
    )


def _full_lists(passages: Iterator[Chunk], size: int) -> Iterator[list[Chunk]]:
    while len(part := list(islice(passages, size))) == size:
        yield part


def _figures(
    candidates: int, asked: Sequence[Asked], embedder: SentenceEmbedder, stored: Reranker, unseen: Reranker
) -> RerankFigures:
    first, again = ([_milliseconds(each, embedder, stored) for each in asked] for _ in range(2))
    return RerankFigures(
        candidates=candidates,
        questions=len(asked),
        stored_ms=round(median(first), 2),
        again_ms=round(median(again), 2),
        unseen_ms=round(median(_milliseconds(each, embedder, unseen) for each in asked[:_UNSEEN]), 1),
    )


def _milliseconds(asked: Asked, embedder: SentenceEmbedder, reranker: Reranker) -> float:
    question, passages = asked
    embedder.embed_query(question)
    hits = [Hit(chunk=chunk, score=1 / rank, stage=Stage.FUSED) for rank, chunk in enumerate(passages, 1)]
    start = time.perf_counter()
    reranker.score(question, hits)
    return 1_000 * (time.perf_counter() - start)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, required=True, help="corpus.jsonl, queries.jsonl, qrels.tsv")
    parser.add_argument("--model", default="", help="folder or hub name; empty is the packaged model")
    parser.add_argument("--documents", type=int, default=800, help="stored and reranked")
    parser.add_argument("--cache", type=Path, required=True, help="exported models")
    options = parser.parse_args(arguments)
    embedder = SentenceEmbedder(options.model, cache=options.cache)
    found = measure_late_interaction(load_dataset(options.set), embedder, documents=options.documents)
    print(json.dumps(asdict(found), indent=1))


if __name__ == "__main__":
    main()

"""What is measured beside: rank-bm25, and LangChain's EnsembleRetriever over BM25Retriever and Chroma.

Both get our own index terms, so that they find the same words in both languages. They hold every passage in memory,
rank-bm25 with a table of its terms: 2 GB for 100,000.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.text import analyse, analyse_query
from core.types import FloatArray
from eval.bench.scale.corpus import BATCH, Asked, Corpus
from eval.bench.scale.timing import Ask

MOST_PASSAGES = 100_000
RANK_BM25, ENSEMBLE = "rank-bm25", "EnsembleRetriever"
_CANDIDATES = 100  # from each arm, as ``retrieval.candidates``
_NEEDED = ("langchain_chroma", "langchain_classic", "langchain_community")


def rivals(corpus: Corpus, passages: int, asked: Sequence[Asked], folder: Path) -> dict[str, Ask]:
    """By name; the ensemble only where the extra ``bench`` is installed. ``folder`` takes its index."""
    from rank_bm25 import BM25Okapi

    texts = [chunk.indexed_text for made in corpus.documents(passages) for chunk in made.passages]
    bm25 = BM25Okapi([analyse(text) for text in texts])
    sides: dict[str, Ask] = {
        RANK_BM25: lambda each: bm25.get_top_n(analyse_query(each.text), texts, n=_CANDIDATES),
    }
    if all(importlib.util.find_spec(name) is not None for name in _NEEDED):
        vectors = np.concatenate([rows for _, rows in corpus.vectors(passages)])
        ensemble = _ensemble(bm25, texts, vectors, asked, folder)
        sides[ENSEMBLE] = lambda each: ensemble.invoke(each.text)
    return sides


def _ensemble(bm25: Any, texts: Sequence[str], vectors: FloatArray, asked: Sequence[Asked], folder: Path) -> Any:
    """As its documentation puts it together, with as many candidates as ours."""
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever
    from langchain_core.documents import Document

    documents = [Document(page_content=text) for text in texts]
    words = BM25Retriever(vectorizer=bm25, docs=documents, k=_CANDIDATES, preprocess_func=analyse_query)
    near = _chroma(texts, vectors, asked, folder).as_retriever(search_kwargs={"k": _CANDIDATES})
    return EnsembleRetriever(retrievers=[words, near], weights=[0.5, 0.5])


def _chroma(texts: Sequence[str], vectors: FloatArray, asked: Sequence[Asked], folder: Path) -> Any:
    """With Chroma's own settings; the passages go in beside LangChain, which would embed them."""
    import chromadb
    from langchain_chroma import Chroma

    client = chromadb.PersistentClient(folder)
    collection = client.create_collection("ensemble", embedding_function=None)
    for start in range(0, len(texts), BATCH):
        part = slice(start, start + BATCH)
        ids = [str(number) for number in range(start, start + len(texts[part]))]
        collection.add(ids=ids, embeddings=vectors[part], documents=list(texts[part]))
    return Chroma(client=client, collection_name="ensemble", embedding_function=_known(asked))


def _known(asked: Sequence[Asked]) -> Any:
    from langchain_core.embeddings import Embeddings

    vectors: dict[str, list[float]] = {each.text: each.vector.tolist() for each in asked}

    class Known(Embeddings):
        """The vectors of the questions."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [vectors[text] for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return vectors[text]

    return Known()

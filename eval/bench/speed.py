"""How fast the parts are, each beside another way of doing the same."""

import importlib
import importlib.util
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from core.ports import ChunkIndex, IndexEntry
from core.text import analyse, language_of
from eval.bench.runs import Bench, Measured, Speeds, speeds_json
from eval.bench.turns import Work, milliseconds, rate, take_turns
from eval.sets.dataset import RetrievalSet, load_dataset

Cut: TypeAlias = Callable[[str], object]

_K = 100
_REFERENCE_LIMIT = 10_000


def analyser(bench: Bench) -> Iterator[Measured]:
    """Index terms of the judged sets' text; for Chinese beside jieba, which cuts words by a dictionary."""
    texts = [f"{each.title}\n{each.text}" for folder in bench.sets for each in load_dataset(folder).documents]
    speeds = []
    for language, sides in (("English", {"citedesk": analyse}), ("Chinese", {"citedesk": analyse, **_jieba()})):
        chosen = [text for text in texts if (language_of(text) == "zh") == (language == "Chinese")]
        chosen = chosen[: bench.size.passages]
        if chosen:
            work: dict[str, Work] = {name: partial(_cut, cut, chosen) for name, cut in sides.items()}
            speeds.append(rate(language, "characters/s", sum(map(len, chosen)), take_turns(work, bench.size.turns)))
    yield _measured(bench, "terms", {"sets": len(bench.sets)}, speeds)


def _jieba() -> dict[str, Cut]:
    """Where it is installed."""
    if importlib.util.find_spec("jieba") is None:
        return {}
    jieba = importlib.import_module("jieba")
    jieba.setLogLevel(logging.WARNING)
    return {"jieba": jieba.lcut}


def _cut(cut: Cut, texts: Sequence[str]) -> None:
    for text in texts:
        cut(text)


def search(bench: Bench) -> Iterator[Measured]:
    """The lexical index on disk beside the reference in memory."""
    for folder in bench.sets:
        dataset = load_dataset(folder)
        entries = _entries(dataset)
        queries = [query.text for query in dataset.queries[: bench.size.queries]]
        indexes = _lexical_indexes(bench.scratch / dataset.name)
        for index in indexes.values():
            index.apply(entries, [])
        work: dict[str, Work] = {name: partial(_search_all, index, queries) for name, index in indexes.items()}
        seconds = take_turns(work, bench.size.turns)
        for index in indexes.values():
            index.close()
        sizes = {"passages": len(entries), "queries": len(queries)}
        yield _measured(bench, dataset.name, sizes, [milliseconds("one query", len(queries), seconds)])


def _entries(dataset: RetrievalSet) -> list[IndexEntry]:
    nothing = np.zeros(0, dtype=np.float32)  # a lexical index looks at the text only
    documents = dataset.documents[:_REFERENCE_LIMIT]
    return [IndexEntry(chunk_id=each.id, text=f"{each.title}\n{each.text}", vector=nothing) for each in documents]


def _lexical_indexes(folder: Path) -> dict[str, ChunkIndex[str]]:
    from retrieval.bm25_index import Bm25Store
    from retrieval.tantivy_index import TantivyStore

    return {"tantivy": TantivyStore(folder).create("bench"), "rank-bm25": Bm25Store().create("bench")}


def _search_all(index: ChunkIndex[str], queries: Sequence[str]) -> None:
    for query in queries:
        index.search(query, _K)


def rerank(bench: Bench) -> Iterator[Measured]:
    """Late interaction over stored token vectors, over the same once more, and over passages encoded anew."""
    from eval.bench.rerank import measure_late_interaction

    for folder in bench.sets:
        dataset = load_dataset(folder)
        found = measure_late_interaction(dataset, bench.desk.embedder, documents=bench.size.passages)
        yield Measured(name=dataset.name, figures=asdict(found))


def models(bench: Bench) -> Iterator[Measured]:
    """Embedder, cross-encoder and late interaction on this machine's engine, the first two beside
    sentence-transformers."""
    from eval.bench.models import compare
    from eval.bench.pairs import compare_pairs

    cache, size = bench.desk.settings.models, bench.size
    for folder in bench.sets:
        dataset = load_dataset(folder)
        found = compare(dataset, cache=cache, timed=size.passages, turns=size.turns, search=size.searched)
        scratch = bench.scratch / dataset.name
        pairs = compare_pairs(dataset, bench.desk.embedder, cache=scratch, scratch=scratch, turns=size.turns)
        yield Measured(name=dataset.name, figures={**asdict(found), "pairs": pairs})
    for measured in rerank(bench):
        yield Measured(name=measured.name, figures=measured.figures, kind="rerank")


def _measured(bench: Bench, name: str, measured_on: Mapping[str, object], speeds: Speeds) -> Measured:
    return Measured(name=name, figures=speeds_json(bench.size.turns, measured_on, speeds))

"""Fit ``rerank/weights.json`` on question-passage pairs: ``python -m eval.fit.reranker --pairs DIR --out FILE``.

Every source becomes a small judged set: its passages are the collection, and the candidates come from the product's
own BM25, encoder and fusion. A source's figures come from weights that did not see it. Sets under ``--report`` are
measured and never fitted on.
"""

import argparse
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.ports import IndexEntry, PassageEncoder, TokenCodes, TokenEmbedder
from core.text import language_of
from core.types import Chunk, ChunkKind, FloatArray, Hit, Language, Span, Stage
from eval.runs.measures import measure_run
from eval.sets.dataset import CorpusDocument, Query, RetrievalSet, load_dataset
from rerank.features import FEATURES, standardised
from rerank.fit import JudgedList, fit
from rerank.late_interaction import LateInteractionReranker, Weights
from retrieval.bm25_index import RankBm25Index
from retrieval.embedder import SentenceEmbedder
from retrieval.fusion import fitted_weights, fuse

SOURCES: Mapping[Language, tuple[str, ...]] = {
    "en": (
        "docs_dynamics365smb-docs_en",
        "docs_officedocs-sharepoint_en",
        "medquad_en",
        "nq_oracle_qed_en",
        "covidqa_en",
        "dstc9_faq_en",
        "docs_iis-docs_en",
        "docs_docs_en",
    ),
    "zh": (
        "docs_powerbi-docs_zh-cn",
        "docs_partner-center-pr_zh-cn",
        "docs_docs-cn_zh",
        "cmrc2018_trial_zh",
        "drcd_dev_zht",
        "docs_msteams-docs_zh-cn",
    ),
}
# In these sources the first line of a passage is the title of its page.
_TITLED = frozenset({"nq_oracle_qed_en"})
_STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3)
_NO_DIFFERENCE = 0.001  # nDCG@10
STAGES = ("bm25", "dense", "fusion", "rerank")
_ARM = 100  # hits taken from each index, as in RetrievalSettings

Run: TypeAlias = Sequence[tuple[str, float]]


class Encoder(PassageEncoder, TokenEmbedder, Protocol):
    """Reads a text as a whole and by tokens."""


class _TokensInMemory:
    """A ``TokenStore`` over one judged set, by document id."""

    def __init__(self, by_id: Mapping[str, TokenCodes]) -> None:
        self._by_id = by_id

    def token_codes(self, passages: Sequence[Chunk]) -> list[TokenCodes | None]:
        return [self._by_id[chunk.id] for chunk in passages]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One question with the scored ids of each stage, best first, and the raw features of the first fused hits."""

    query: Query
    runs: Mapping[str, Run]
    rows: FloatArray

    def reranked(self, weights: Weights) -> Run:
        """The first hits by the weights, then the others in their fused order."""
        ids = [passage for passage, _ in self.runs["fusion"]]
        scores = standardised(self.rows) @ weights.order
        order = [*np.argsort(-scores, kind="stable").tolist(), *range(len(scores), len(ids))]
        return [(ids[at], -float(rank)) for rank, at in enumerate(order)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One judged set, ready to be fitted on or measured."""

    dataset: RetrievalSet
    ranked: tuple[Ranked, ...]

    def lists(self) -> list[JudgedList]:
        """The candidates of every question with their grades."""
        return [JudgedList(source=self.dataset.name, rows=each.rows, grades=self._grades(each)) for each in self.ranked]

    def figures(self, weights: Weights) -> dict[str, float]:
        """nDCG@10 of each stage."""
        runs = {stage: {each.query.id: each.runs[stage] for each in self.ranked} for stage in STAGES[:-1]}
        runs["rerank"] = {each.query.id: each.reranked(weights) for each in self.ranked}
        return {stage: round(measure_run(runs[stage], self.dataset.qrels).mean("nDCG@10"), 4) for stage in STAGES}

    def _grades(self, each: Ranked) -> NDArray[np.int64]:
        judged = self.dataset.qrels[each.query.id]
        first = each.runs["fusion"][: len(each.rows)]
        return np.array([judged.get(passage, 0) for passage, _ in first], dtype=np.int64)


def read_pairs(folder: Path, *, questions: int, passages: int, seed: int) -> RetrievalSet:
    """A sample of ``folder/pairs.jsonl.gz``: so many questions and, with the passages of other pairs, a collection.

    A passage is known by its text. Pairs across languages (``lang`` holds ``>``) are left out.
    """
    content = (folder / "pairs.jsonl.gz").read_bytes()
    rows = [json.loads(line) for line in gzip.decompress(content).splitlines()]
    kept = [row for row in rows if ">" not in row["lang"]]
    pairs = [kept[at] for at in np.random.default_rng(seed).permutation(len(kept))]
    asked = dict.fromkeys(list(dict.fromkeys(pair["query"] for pair in pairs))[:questions])
    pairs.sort(key=lambda pair: pair["query"] not in asked)
    texts: dict[str, str] = {}
    qrels: dict[str, dict[str, int]] = {}
    queries = {query: f"q{number}" for number, query in enumerate(asked)}
    for pair in pairs:
        if pair["query"] not in asked and len(texts) >= passages:
            break
        for text in (pair["positive"], *pair["negatives"]):
            texts.setdefault(text, f"p{len(texts)}")
        if pair["query"] in asked:
            qrels.setdefault(queries[pair["query"]], {})[texts[pair["positive"]]] = 1
    digest = hashlib.sha256(content).hexdigest()
    return RetrievalSet(
        name=folder.name,
        documents=tuple(_document(folder.name, name, text) for text, name in texts.items()),
        queries=tuple(Query(id=name, text=query) for query, name in queries.items()),
        qrels=qrels,
        unjudged=0,
        digest=digest,
        corpus_digest=digest,
    )


def _document(source: str, name: str, text: str) -> CorpusDocument:
    title, _, body = text.partition("\n") if source in _TITLED else ("", "", text)
    return CorpusDocument(id=name, title=title if body else "", text=body or text)


class Preparation:
    """Runs the product's first stage over judged sets, each document taken as one passage."""

    def __init__(self, encoder: Encoder, *, candidates: int) -> None:
        self._encoder = encoder
        self._candidates = candidates

    def prepare(self, dataset: RetrievalSet) -> Prepared:
        """Index the set in memory and compute the features of every question's candidates."""
        chunks = {entry.id: _as_chunk(entry) for entry in dataset.documents}
        texts = [chunk.indexed_text.strip() for chunk in chunks.values()]
        vectors, codes = self._encoder.encode_passages(texts)
        lexical = RankBm25Index()
        entries = zip(chunks, texts, vectors, strict=True)
        lexical.apply([IndexEntry(chunk_id=i, text=text, vector=vector) for i, text, vector in entries], [])
        stored = _TokensInMemory(dict(zip(chunks, codes, strict=True)))
        reranker = LateInteractionReranker(self._encoder, stored, weights={})
        ranked = []
        for query in dataset.queries:
            cosines = dict(zip(chunks, (vectors @ self._encoder.embed_query(query.text)).tolist(), strict=True))
            bm25 = [(each.chunk_id, each.score) for each in lexical.search(query.text, _ARM)]
            runs = self._first_stage(query.text, bm25, cosines, chunks)
            hits = [_as_hit(chunks[i], score, dict(bm25), cosines) for i, score in runs["fusion"][: self._candidates]]
            ranked.append(Ranked(query=query, runs=runs, rows=reranker.features(query.text, hits)))
        return Prepared(dataset=dataset, ranked=tuple(ranked))

    def _first_stage(
        self, question: str, bm25: Run, cosines: Mapping[str, float], chunks: Mapping[str, Chunk]
    ) -> dict[str, Run]:
        dense = _best_first(cosines)[:_ARM]
        first = [i for i, _ in bm25[:5]] or [i for i, _ in dense[:5]]
        passages = " ".join(chunks[i].text[:200] for i in first)
        readable = min(self._encoder.legibility(question), self._encoder.legibility(passages))
        either = {i: cosines[i] for i, _ in (*bm25, *dense)}
        fused = fuse(dict(bm25), either, fitted_weights().of(question, readable), asked=_ARM)
        return {"bm25": bm25, "dense": dense, "fusion": _best_first(fused)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """Figures of each set with the weights that the other sets give at this ``strength``."""

    strength: float
    figures: Mapping[str, Mapping[str, float]]

    @property
    def mean(self) -> float:
        """nDCG@10 after reranking, every set weighing the same."""
        return float(np.mean([row["rerank"] for row in self.figures.values()]))


def cross_validate(prepared: Sequence[Prepared], *, strength: float) -> Validated:
    """Hold out one set after the other."""
    figures = {}
    for held in prepared:
        lists = [each for other in prepared if other is not held for each in other.lists()]
        figures[held.dataset.name] = held.figures(fit(lists, strength=strength))
    return Validated(strength=strength, figures=figures)


def fit_language(prepared: Sequence[Prepared]) -> tuple[Weights, Validated]:
    """Weights from all sets, at the strongest pull that serves held-out sets about as well as the best."""
    tried = [cross_validate(prepared, strength=each) for each in _STRENGTHS]
    bar = max(each.mean for each in tried) - _NO_DIFFERENCE
    chosen = max((each for each in tried if each.mean >= bar), key=lambda each: each.strength)
    return fit([each for one in prepared for each in one.lists()], strength=chosen.strength), chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print the figures of every set, write the weights with where they come from."""
    options = _options(arguments)
    preparation = Preparation(SentenceEmbedder(), candidates=options.candidates)
    stored: dict[str, object] = {}
    fitted: dict[Language, Weights] = {}
    for language, names in SOURCES.items():
        prepared = [preparation.prepare(_sample(options, name)) for name in names]
        fitted[language], validated = fit_language(prepared)
        _show(validated.figures)
        stored[language] = {
            **_as_json(fitted[language]),
            "strength": validated.strength,
            "questions": {one.dataset.name: len(one.ranked) for one in prepared},
            "cross_validated_nDCG@10": validated.figures,
        }
    reported = {folder.name: _report(preparation, folder, fitted) for folder in options.report}
    _show(reported)
    settings = {name: getattr(options, name) for name in ("questions", "passages", "candidates", "seed")}
    content = {"features": FEATURES, "settings": settings, "languages": stored, "reported_nDCG@10": reported}
    options.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, help="folder with one folder of pairs per source")
    parser.add_argument("--out", type=Path, required=True, help="the weights, for example rerank/weights.json")
    parser.add_argument("--report", type=Path, nargs="*", default=[], help="judged sets in the BEIR layout")
    parser.add_argument("--questions", type=int, default=80, help="per source")
    parser.add_argument("--passages", type=int, default=400, help="at least so many in a source's collection")
    parser.add_argument("--candidates", type=int, default=30, help="fused hits that are reranked")
    parser.add_argument("--seed", type=int, default=42)
    return parser.parse_args(arguments)


def _sample(options: argparse.Namespace, name: str) -> RetrievalSet:
    return read_pairs(options.pairs / name, questions=options.questions, passages=options.passages, seed=options.seed)


def _report(preparation: Preparation, folder: Path, fitted: Mapping[Language, Weights]) -> dict[str, float]:
    dataset = load_dataset(folder)
    return preparation.prepare(dataset).figures(fitted[language_of(" ".join(query.text for query in dataset.queries))])


def _as_chunk(entry: CorpusDocument) -> Chunk:
    return Chunk(
        id=entry.id,
        document_id=entry.id,
        source=entry.id,
        title=entry.title,
        span=Span(0, len(entry.text)),
        text=entry.text,
        heading_path=(),
        page=None,
        kind=ChunkKind.PROSE,
        language=language_of(entry.text),
        token_count=0,
        ordinal=0,
    )


def _as_hit(chunk: Chunk, fused: float, bm25: Mapping[str, float], cosines: Mapping[str, float]) -> Hit:
    lexical = {Stage.LEXICAL: bm25[chunk.id]} if chunk.id in bm25 else {}
    return Hit(chunk=chunk, score=fused, stage=Stage.FUSED, scores={**lexical, Stage.DENSE: cosines[chunk.id]})


def _best_first(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))


def _as_json(weights: Weights) -> dict[str, object]:
    order, relevance = ([round(float(value), 5) for value in each] for each in (weights.order, weights.relevance))
    return {"order": order, "relevance": relevance, "bias": round(weights.bias, 5)}


def _show(figures: Mapping[str, Mapping[str, float]]) -> None:
    for name, row in figures.items():
        print(f"{name:32}", "  ".join(f"{stage} {value:.4f}" for stage, value in row.items()), flush=True)


if __name__ == "__main__":
    main()

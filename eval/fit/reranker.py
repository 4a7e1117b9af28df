"""Fit ``rerank/weights.json`` on questions and their passages: ``python -m eval.fit.reranker --pairs DIR --out FILE``.

Every source of question-passage pairs becomes a small judged set: its passages are the collection, and the candidates
come from the product's own BM25, encoder and fusion. A source's figures come from weights that did not see it; they
choose the pull towards the first stage. Sets under ``--report`` are measured and never fitted on. ``--own DIR`` adds
pairs of a home: a folder with ``pairs.jsonl`` (``query``, ``positive``).
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.ports import IndexEntry, PassageEncoder, TokenCodes, TokenEmbedder
from core.text import language_of
from core.types import Chunk, ChunkKind, FloatArray, Hit, Language, Span, Stage
from eval.fit.reranker_sets import Written, read_pairs, read_written
from eval.runs.measures import measure_run
from eval.sets.dataset import CorpusDocument, Query, RetrievalSet, load_dataset
from rerank.features import FEATURES, standardised
from rerank.fit import JudgedList, fit
from rerank.late_interaction import LateInteractionReranker, Weights, load_weights
from retrieval.bm25_index import RankBm25Index
from retrieval.embedder import SentenceEmbedder
from retrieval.fusion import fitted_weights, fuse

SOURCES: Mapping[Language, tuple[str, ...]] = {
    "en": (
        "docs_dynamics365smb-docs_en",
        "docs_dynamics365smb-devitpro-pb_en",
        "docs_officedocs-sharepoint_en",
        "docs_iis-docs_en",
        "docs_azure-rmsdocs_en",
        "docs_docs_en",
        "docs_wsl_en",
    ),
    "zh": (
        "docs_powerbi-docs_zh-cn",
        "docs_partner-center-pr_zh-cn",
        "docs_azure-rmsdocs_zh-cn",
        "docs_docs-cn_zh",
        "docs_msteams-docs_zh-cn",
        "docs_zh-hans_react_dev_zh",
    ),
}
_STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3)
_NO_DIFFERENCE = 0.001  # nDCG@10
_FOLDS = 3
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
        name = self.dataset.name
        return [
            JudgedList(source=name, rows=each.rows, grades=self._grades(each)) for each in self.ranked if len(each.rows)
        ]

    def figures(self, weights: Weights) -> dict[str, float]:
        """nDCG@10 of each stage."""
        runs = {stage: {each.query.id: each.runs[stage] for each in self.ranked} for stage in STAGES[:-1]}
        runs["rerank"] = {each.query.id: each.reranked(weights) for each in self.ranked}
        return {stage: round(measure_run(runs[stage], self.dataset.qrels).mean("nDCG@10"), 4) for stage in STAGES}

    def _grades(self, each: Ranked) -> NDArray[np.int64]:
        judged = self.dataset.qrels[each.query.id]
        first = each.runs["fusion"][: len(each.rows)]
        return np.array([judged.get(passage, 0) for passage, _ in first], dtype=np.int64)


class Preparation:
    """Runs the product's first stage over judged sets, each document taken as one passage."""

    def __init__(self, encoder: Encoder, *, candidates: int) -> None:
        self._encoder = encoder
        self._candidates = candidates

    def prepare(self, dataset: RetrievalSet) -> Prepared:
        """Index the set in memory and compute the features of every question's candidates."""
        print(f"{dataset.name}: {len(dataset.queries)} questions, {len(dataset.documents)} passages", flush=True)
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
    """Hold out a third of the sets after the other."""
    figures: dict[str, Mapping[str, float]] = {}
    for held, others in folds(prepared):
        weights = fit(lists_of(others), strength=strength)
        figures |= {each.dataset.name: each.figures(weights) for each in held}
    return Validated(strength=strength, figures=figures)


def folds(prepared: Sequence[Prepared]) -> Iterator[tuple[list[Prepared], list[Prepared]]]:
    """Held-out sets with all others; fewer folds where there are fewer sets."""
    for start in range(min(_FOLDS, len(prepared))):
        places = range(start, len(prepared), _FOLDS)
        yield [prepared[at] for at in places], [each for at, each in enumerate(prepared) if at not in places]


def lists_of(prepared: Sequence[Prepared]) -> list[JudgedList]:
    """The candidates of every set."""
    return [each for one in prepared for each in one.lists()]


def fit_language(prepared: Sequence[Prepared]) -> tuple[Weights, Validated]:
    """Weights from all sets, at the strongest pull that serves held-out sets about as well as the best."""
    tried = [cross_validate(prepared, strength=each) for each in _STRENGTHS]
    bar = max(each.mean for each in tried) - _NO_DIFFERENCE
    chosen = max((each for each in tried if each.mean >= bar), key=lambda each: each.strength)
    return fit(lists_of(prepared), strength=chosen.strength), chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print the figures of every set, write the weights with where they come from."""
    options = _options(arguments)
    preparation = Preparation(SentenceEmbedder(cache=options.models), candidates=options.candidates)
    content = _started(options.out, options.languages)
    for language, sets in _samples(options).items():
        prepared = [preparation.prepare(each) for each in sets]
        weights, validated = fit_language(prepared)
        _show(validated.figures)
        content["languages"][language] = {
            **_as_json(weights),
            "strength": validated.strength,
            "questions": {one.dataset.name: len(one.ranked) for one in prepared},
            "cross_validated_nDCG@10": validated.figures,
            "settings": {name: getattr(options, name) for name in ("questions", "passages", "candidates", "seed")},
        }
        _write(options.out, content)
    fitted = load_weights(options.out)
    content["reported_nDCG@10"] |= {folder.name: _report(preparation, folder, fitted) for folder in options.report}
    _show(content["reported_nDCG@10"])
    _write(options.out, content)


def _started(out: Path, languages: Sequence[Language]) -> dict[str, Any]:
    """What is in the file already: languages that are not fitted now keep their weights.

    Raises ``InvalidInput`` where one of them has none there, or none for these features.
    """
    stored = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    kept = stored if stored.get("features") == list(FEATURES) else {}
    missing = SOURCES.keys() - set(languages) - kept.get("languages", {}).keys()
    if missing:
        raise InvalidInput(f"{out} has no weights of {sorted(missing)} to keep; name them with --languages too")
    return {
        "features": FEATURES,
        "languages": kept.get("languages", {}),
        "reported_nDCG@10": kept.get("reported_nDCG@10", {}),
    }


def _write(out: Path, content: Mapping[str, object]) -> None:
    out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _samples(options: argparse.Namespace) -> dict[Language, list[RetrievalSet]]:
    """The sets of each language that is to be fitted, one's own among them."""
    written = read_written(options.written)
    own = [_sample(options, folder, written) for folder in options.own]
    return {
        language: [_sample(options, options.pairs / name, written) for name in SOURCES[language]]
        + [each for each in own if _language(each) == language]
        for language in options.languages
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, help="folder with one folder of pairs per source")
    parser.add_argument("--out", type=Path, required=True, help="the weights, for example rerank/weights.json")
    parser.add_argument("--written", type=Path, default=Path("data/train"), help="questions written for the passages")
    parser.add_argument("--languages", nargs="+", choices=tuple(SOURCES), default=list(SOURCES), help="others are kept")
    parser.add_argument("--own", type=Path, nargs="*", default=[], help="folders with pairs.jsonl of one's own")
    parser.add_argument("--models", type=Path, default=None, help="where the exported encoder is kept")
    parser.add_argument("--report", type=Path, nargs="*", default=[], help="judged sets in the BEIR layout")
    parser.add_argument("--questions", type=int, default=300, help="of each kind and source")
    parser.add_argument("--passages", type=int, default=700, help="at least so many in a source's collection")
    parser.add_argument("--candidates", type=int, default=30, help="fused hits that are reranked")
    parser.add_argument("--seed", type=int, default=42, help="of the samples")
    return parser.parse_args(arguments)


def _sample(options: argparse.Namespace, folder: Path, written: Mapping[str, Sequence[Written]]) -> RetrievalSet:
    own = written.get(folder.name, ())
    return read_pairs(folder, own, questions=options.questions, passages=options.passages, seed=options.seed)


def _report(preparation: Preparation, folder: Path, fitted: Mapping[Language, Weights]) -> dict[str, float]:
    dataset = load_dataset(folder)
    return preparation.prepare(dataset).figures(fitted[_language(dataset)])


def _language(dataset: RetrievalSet) -> Language:
    """Of its questions."""
    return language_of(" ".join(query.text for query in dataset.queries))


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

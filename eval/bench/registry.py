"""Every benchmark there is, in the order in which they are measured."""

from collections.abc import Iterator

from eval.bench import fidelity, ingest, quality, sentences, speed
from eval.bench.runs import Bench, Benchmark, Measured
from eval.bench.scale.benchmark import scale
from eval.bench.service.benchmark import service


def _retrieval(bench: Bench) -> Iterator[Measured]:
    """How good search is, and how fast at which size."""
    yield from quality.retrieval(bench)
    yield from scale(bench)


_ROWS = (
    # name, run, what it measures, on what, on what with --full
    (
        "retrieval",
        _retrieval,
        "quality of every stage on judged sets; speed, memory, filters and freshness at growing sizes",
        "the tiny sets and --sets; 1,000 and 10,000 generated passages",
        "up to 1,000,000 passages",
    ),
    (
        "answers",
        quality.answers,
        "citations, completeness and abstention without a model",
        "the sample's questions",
        "the same",
    ),
    (
        "parsing",
        fidelity.parsing,
        "words, order, headings, tables and pages that parsers keep of golden files",
        "every golden file",
        "the same",
    ),
    (
        "sentences",
        sentences.sentences,
        "sentences found with both ends right, beside blingfire, pysbd and syntok where they are installed",
        "the labelled texts of both languages",
        "the same",
    ),
    (
        "ingest",
        ingest.ingest,
        "seconds and memory of new and unchanged files, beside the plain way (extra `bench`)",
        "80 files of four formats, 500 unchanged, 3 turns",
        "400 and 5,000",
    ),
    (
        "analyser",
        speed.analyser,
        "characters per second into index terms; Chinese beside jieba",
        "120 documents a language, 3 turns",
        "1,000 documents, 9 turns",
    ),
    (
        "search",
        speed.search,
        "milliseconds of a lexical query: tantivy beside rank-bm25",
        "20 queries a set, 3 turns",
        "100 queries, 9 turns",
    ),
    (
        "rerank",
        speed.rerank,
        "milliseconds of a question: stored token vectors beside passages encoded anew",
        "120 documents a set",
        "1,000 documents",
    ),
    (
        "models",
        speed.models,
        "embedder and cross-encoder beside sentence-transformers in float32: speed, start, memory; late interaction",
        "120 documents a set, 3 turns",
        "1,000 documents, 9 turns, and the quality of search with both",
    ),
    (
        "service",
        service,
        "`citedesk serve` under load with a model server that takes 50 ms to its first word",
        "10,000 generated passages, 8 s of each load",
        "60 s of each",
    ),
)
BENCHMARKS = tuple(
    Benchmark(name=name, run=run, measures=measures, small=small, full=full)
    for name, run, measures, small, full in _ROWS
)

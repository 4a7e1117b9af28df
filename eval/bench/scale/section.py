"""What the page shows of one size."""

from collections.abc import Iterator, Mapping
from typing import Any

from eval.bench.scale.rivals import ENSEMBLE, RANK_BM25

_AREA_HEAD = "| filter keeps | passages | p50 ms | p99 ms | times no filter | recall@10 |"


def scale_section(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """Latencies, filters, and what a home of this size needs. ``name`` is the size, which the figures hold as well."""
    passages, asked = figures["passages"], f"{figures['questions']} questions, {figures['turns']} turns"
    yield f"## Search among {passages:,} generated passages ({asked})"
    yield from ("", "| way | p50 ms | p99 ms | processor ms a query |", "|---|---|---|---|")
    for way, each in figures["latency"].items():
        yield f"| {way} | {_number(each['p50_ms'])} | {_number(each['p99_ms'])} | {_number(each['processor_ms'])} |"
    yield from _beside(figures["times_as_fast"])
    yield from ("", "Hybrid search under a filter, and what the dense stage finds of exact search:", "")
    yield from (_AREA_HEAD, "|---|---|---|---|---|---|")
    for row in figures["filters"]:
        cells = [row["p50_ms"], row["p99_ms"], row["times_unfiltered"], row["recall_at_10"]]
        share = f"{100 * row['kept'] / passages:.2g} %" if row["kept"] < passages else "all: no filter"
        yield f"| {share} | {row['kept']:,} | {' | '.join(map(_number, cells))} |"
    yield from ("", *_facts(figures))


def _beside(times: Mapping[str, float]) -> Iterator[str]:
    words = {
        RANK_BM25: "the lexical index takes {} times less processor time a query than rank-bm25",
        ENSEMBLE: "a hybrid one is {} times as fast as LangChain's EnsembleRetriever (BM25Retriever and Chroma)",
    }
    said = [words[name].format(f"{value:,g}") for name, value in times.items()]
    if said:
        yield from ("", f"In turns with the others, {'; '.join(said)}.")


def _facts(figures: Mapping[str, Any]) -> Iterator[str]:
    fresh, busy = figures["fresh"], figures["busy"]
    yield f"- Open to the first answer: {figures['open_seconds']:g} s; {figures['memory_mb']:,} MB of memory"
    yield f"  (files that are mapped included), {figures['disk_mb']:,} MB on disk. Load of the machine when it began:"
    yield f"  {figures['load']:g}."
    yield f"- 100 passages are found {fresh['median_seconds']:g} s after their commit (at most"
    yield f"  {fresh['most_seconds']:g} s in {fresh['turns']} turns) while questions are asked."
    yield f"- While another process writes {busy['passages']:,} passages and the indexes follow, {busy['seconds']:g} s:"
    yield f"  p50 {busy['latency']['p50_ms']:g} ms, p99 {busy['latency']['p99_ms']:g} ms."
    if "index_seconds" in figures:
        yield f"- Filled in {figures['record_seconds']:g} s (record) and {figures['index_seconds']:g} s (both indexes)."


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"

"""Latency over the number of passages, drawn from the files of all sizes."""

import json

from lxml import etree

from eval.bench.page import benchmarks_page
from eval.bench.publish import publish


def stored(passages, ways):
    timed = {way: {"queries": 3, "p50_ms": ms, "p99_ms": 2 * ms, "processor_ms": ms} for way, ms in ways.items()}
    figures = {
        "passages": passages,
        "questions": 3,
        "turns": 1,
        "load": 0.5,
        "open_seconds": 1.0,
        "memory_mb": 200,
        "disk_mb": 10,
        "latency": timed,
        "times_as_fast": {},
        "filters": [],
        "fresh": {"turns": 1, "median_seconds": 0.5, "most_seconds": 0.5},
        "busy": {"passages": 1_000, "seconds": 4.0, "latency": timed["hybrid"]},
    }
    return {"measured": "2026-11-22", "machine": {"cores": 2}, "figures": figures}


def test_every_way_of_searching_is_a_line_over_the_sizes(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    for passages, ways in ((1_000, {"hybrid": 4.0, "rank-bm25": 10.0}), (100_000, {"hybrid": 9.0})):
        (folder / f"scale-{passages:07d}.json").write_text(json.dumps(stored(passages, ways)))
    assert [path.name for path in publish(folder)] == ["scale.svg", "benchmarks.md"]
    texts = {"".join(text.itertext()) for text in etree.parse(folder / "scale.svg").getroot().iter("{*}text")}
    assert {"hybrid", "rank-bm25", "passages", "1,000", "100,000", "10"} <= texts


def test_sizes_stand_on_the_page_in_order(tmp_path):
    for passages in (100_000, 1_000, 10_000):
        (tmp_path / f"scale-{passages:07d}.json").write_text(json.dumps(stored(passages, {"hybrid": 4.0})))
    headings = [line for line in benchmarks_page(tmp_path).splitlines() if line.startswith("## ")]
    assert [line.split()[3] for line in headings] == ["1,000", "10,000", "100,000"]

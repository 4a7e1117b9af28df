"""Judged sets to fit the reranker on: the passages of a source, and questions that people would ask about them.

Headings and page titles are no questions: weights fitted on them order support questions worse
(``docs/decisions/0031``).
"""

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.types import Language
from eval.fit.lessons import digest
from eval.sets.dataset import CorpusDocument, Query, RetrievalSet

# In these sources the first line of a passage is the title of its page.
_TITLED = frozenset({"nq_oracle_qed_en"})
_NO_QUESTION = frozenset({"heading", "title"})
_LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A question written for this project, with the digest of the passage that answers it."""

    question: str
    passage: str


def read_written(folder: Path) -> dict[str, list[Written]]:
    """The answerable questions of ``questions.*.jsonl`` by the source of their passage."""
    found: dict[str, list[Written]] = {}
    for language in _LANGUAGES:
        for line in (folder / f"questions.{language}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["answers"] and "source" in row:
                found.setdefault(row["source"], []).append(Written(question=row["question"], passage=row["passage"]))
    return found


def read_pairs(
    folder: Path, written: Sequence[Written] = (), *, questions: int, passages: int, seed: int
) -> RetrievalSet:
    """A sample of ``folder/pairs.jsonl.gz`` or ``pairs.jsonl``: its questions and those of ``written``, at most so many
    of each, and with the passages of other pairs a collection of at least ``passages``.

    A passage is known by its text. Pairs across languages (``lang`` holds ``>``) are left out.
    """
    content = _content(folder)
    rows = [json.loads(line) for line in content.splitlines()]
    kept = [row for row in rows if ">" not in row.get("lang", "")]
    pairs = [kept[at] for at in np.random.default_rng(seed).permutation(len(kept))]
    known = {digest(pair["positive"].strip()): pair["positive"] for pair in pairs}
    asked = _asked(pairs, questions)
    asked |= {each.question: [known[each.passage]] for each in written[:questions] if each.passage in known}
    relevant = {text for texts in asked.values() for text in texts}
    texts: dict[str, str] = {}
    for pair in sorted(pairs, key=lambda pair: pair["positive"] not in relevant):
        if pair["positive"] not in relevant and len(texts) >= passages:
            break
        for text in (pair["positive"], *pair.get("negatives", ())):
            texts.setdefault(text, f"p{len(texts)}")
    sha256 = hashlib.sha256(content).hexdigest()
    return RetrievalSet(
        name=folder.name,
        documents=tuple(_document(folder.name, name, text) for text, name in texts.items()),
        queries=tuple(Query(id=f"q{number}", text=query) for number, query in enumerate(asked)),
        qrels={f"q{number}": {texts[text]: 1 for text in found} for number, found in enumerate(asked.values())},
        unjudged=0,
        digest=sha256,
        corpus_digest=sha256,
    )


def _content(folder: Path) -> bytes:
    packed = folder / "pairs.jsonl.gz"
    return gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / "pairs.jsonl").read_bytes()


def _asked(pairs: Sequence[Mapping[str, Any]], most: int) -> dict[str, list[str]]:
    """The first questions with every passage that answers them."""
    asked: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.get("kind") not in _NO_QUESTION and (pair["query"] in asked or len(asked) < most):
            asked.setdefault(pair["query"], []).append(pair["positive"])
    return asked


def _document(source: str, name: str, text: str) -> CorpusDocument:
    title, _, body = text.partition("\n") if source in _TITLED else ("", "", text)
    return CorpusDocument(id=name, title=title if body else "", text=body or text)

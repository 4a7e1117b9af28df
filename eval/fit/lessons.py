"""Questions with and without an answer in their passage, which the sentence judge and the passage reader learn from.

``data/train`` holds questions written for this project, two languages, each with the place of its answer or none. The
passages of ``passages.*.jsonl`` were written with them; the others are named by the SHA-256 of a passage in the folder
of question-passage pairs, which does not come with the project.
"""

import gzip
import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.sentences import split_sentences
from core.types import Span

_LONGEST_SENTENCE, _LONGEST_TITLE = 400, 120
# Sets whose wrong passages speak of the right thing and answer something else: its parking, not its breakfast.
TWINS = ("dstc9_faq_en", "medquad_en", "nq_oracle_qed_en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A title and its sentences, list items and table rows."""

    id: str
    title: str
    sentences: tuple[str, ...]

    def in_context(self, place: int) -> str:
        """The sentence under its title, as the answer path reads it."""
        return f"{self.title}\n{self.sentences[place]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with its passage; ``answering`` are places of sentences, none where the passage does not answer.

    ``others`` are ids of passages that share its words.
    """

    question: str
    passage: str
    answering: frozenset[int]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A question, the passage that answers it, and passages that do not, each as sentences."""

    question: str
    right: tuple[str, ...]
    wrong: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """All that is trained on."""

    passages: Mapping[str, Passage]
    asked: tuple[Asked, ...]
    twins: tuple[Twin, ...] = field(default=())


def read_lessons(folder: Path, pairs: Path, *, languages: Sequence[str] = ("en", "zh")) -> Lessons:
    """The questions of ``folder`` with their passages out of it and out of the folder of pairs.

    Questions whose passage is not there are left out. ``others`` is not filled in yet.
    """
    passages: dict[str, Passage] = {}
    asked: list[Asked] = []
    for language in languages:
        own = {line["id"]: line for line in _lines(folder / f"passages.{language}.jsonl")}
        questions = list(_lines(folder / f"questions.{language}.jsonl"))
        public = _public(pairs, {line["source"] for line in questions if "source" in line})
        for line in questions:
            found = _passage(line, own, public)
            if found is None:
                continue
            passage, spans = found
            passages[passage.id] = passage
            gold = [Span(*place) for place in line["answers"]]
            places = {n for n, span in enumerate(spans) if any(span.overlap(each) for each in gold)}
            asked.append(Asked(question=line["question"], passage=passage.id, answering=frozenset(places)))
    return Lessons(passages=passages, asked=tuple(asked))


def read_twins(pairs: Path, most: int, seed: int = 3) -> tuple[Twin, ...]:
    """Questions of ``TWINS`` with their right and wrong passages, at most ``most`` of each set."""
    order = random.Random(seed)  # noqa: S311  # a shuffle, no secret
    found: list[Twin] = []
    for name in TWINS:
        rows = list(_lines(pairs / name / "pairs.jsonl.gz"))
        order.shuffle(rows)
        everything = [row["positive"] for row in rows]
        for row in rows[:most]:
            wrong = [text for text in row["negatives"] if text != row["positive"]][:3]
            parts = [_short(text) for text in [row["positive"], *wrong, order.choice(everything)]]
            if parts[0] and any(parts[1:]):
                found.append(Twin(question=row["query"][:300], right=parts[0], wrong=tuple(filter(None, parts[1:]))))
    return tuple(found)


def digest(passage: str) -> str:
    """What names a passage of the pairs: 16 hexadecimal digits."""
    return hashlib.sha256(passage.encode()).hexdigest()[:16]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)
    else:
        with path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)


def _public(pairs: Path, sources: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Rows of pairs by the digest of their passage; empty where the folder is not there."""
    files = [pairs / source / "pairs.jsonl.gz" for source in sorted(sources)]
    rows = (row for path in files if path.exists() for row in _lines(path))
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(digest(row["positive"].strip()), row)
    return found


def _passage(
    line: Mapping[str, Any], own: Mapping[str, Any], public: Mapping[str, Any]
) -> tuple[Passage, list[Span]] | None:
    if (written := own.get(line["passage"])) is not None:
        text, title = "\n".join(written["lines"]), written["title"]
    elif (row := public.get(line["passage"])) is not None:
        text, title = row["positive"].strip(), row["query"]
    else:
        return None
    spans = [span for span in _units(text) if span.of(text).strip()]
    sentences = tuple(_plain(span.of(text), _LONGEST_SENTENCE) for span in spans)
    return Passage(id=line["passage"], title=_plain(title, _LONGEST_TITLE), sentences=sentences), spans


def _units(text: str) -> Iterator[Span]:
    """Sentences of each line, and table rows whole."""
    start = 0
    for row in text.splitlines(keepends=True):
        if row.startswith("|"):
            yield Span(start, start + len(row.rstrip()))
        else:
            yield from (span.shifted(start) for span in split_sentences(row))
        start += len(row)


def _short(text: str) -> tuple[str, ...]:
    parts = (_plain(span.of(text), _LONGEST_SENTENCE) for span in _units(text))
    return tuple(part for part in parts if len(part) > 2)[:16]


def _plain(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]

"""The splitter of sentences beside others on the labelled texts of ``tests/golden/sentences``.

The others (``pip install blingfire pysbd syntok``) are measured where they are installed and left out where not.
"""

import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from core.errors import InvalidInput
from core.sentences import split_sentences
from core.text import trimmed
from core.types import Language, Span
from eval.bench.runs import Bench, Measured

MARK = "‖"
PARTS = ("dev", "report")
LANGUAGES: tuple[Language, ...] = ("en", "zh")
Splitter: TypeAlias = Callable[[str], list[Span]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A text and the spans of its sentences; ``kind`` is what it tests, for example ``abbreviation``."""

    kind: str
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How many sentences were found with both ends right (``right``) among those ``given`` and those ``expected``."""

    right: int
    given: int
    expected: int

    @property
    def precision(self) -> float:
        """Share of the given sentences that are right, 0 to 1; 1 where none was given."""
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        """Share of the expected sentences that were found, 0 to 1."""
        return self.right / self.expected if self.expected else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both, 0 to 1."""
        both = self.given + self.expected
        return 2 * self.right / both if both else 1.0


def sentences(bench: Bench) -> Iterator[Measured]:
    """Every splitter on the part of the labelled texts that nothing was chosen on."""
    folder = bench.sample.parents[1] / "tests" / "golden" / "sentences"
    for language in LANGUAGES:
        labelled = read_labelled(folder / f"{language}_report.txt")
        scores = {name: scored(split, labelled) for name, split in splitters(language).items()}
        yield Measured(name=language, figures=_figures(labelled, scores))


def read_labelled(path: Path) -> list[Labelled]:
    """Texts under a line ``@ kind``; a line's end or ``‖`` ends a sentence. Raises ``InvalidInput`` where none is."""
    if not path.is_file():
        raise InvalidInput(f"no labelled sentences {str(path)!r}: they are part of a checkout of the source")
    found = []
    for entry in f"\n{path.read_text(encoding='utf-8')}".split("\n@ ")[1:]:
        kind, _, marked = entry.partition("\n")
        found.append(_labelled(kind.split()[0], marked.strip("\n")))
    return found


def _labelled(kind: str, marked: str) -> Labelled:
    spans, end = [], 0
    for part in marked.replace(MARK, f"\n{MARK}").split("\n"):
        # A mark takes no room in the text, the end of a line takes one character.
        start = end - 1 if part.startswith(MARK) else end
        body = part.removeprefix(MARK)
        spans.append((start, start + len(body)))
        end = start + len(body) + 1
    text = marked.replace(MARK, "")
    return Labelled(
        kind=kind, text=text, sentences=tuple(span for begin, to in spans if len(span := trimmed(text, begin, to)))
    )


def scored(split: Splitter, labelled: Sequence[Labelled]) -> dict[str, Score]:
    """By kind, and all together under ``all``."""
    right, given, expected = Counter[str](), Counter[str](), Counter[str]()
    for each in labelled:
        found = split(each.text)
        for name in (each.kind, "all"):
            right[name] += len(set(found) & set(each.sentences))
            given[name] += len(found)
            expected[name] += len(each.sentences)
    return {name: Score(right=right[name], given=given[name], expected=expected[name]) for name in sorted(expected)}


def splitters(language: Language) -> dict[str, Splitter]:
    """Ours and those that are installed, by name."""
    makers: Mapping[str, Callable[[Language], Splitter]] = {"blingfire": _blingfire, "pysbd": _pysbd, "syntok": _syntok}
    installed = {name: make(language) for name, make in makers.items() if importlib.util.find_spec(name)}
    # None of the others takes a line's end for a sentence's; line by line they are not blamed for it.
    return {"citedesk": split_sentences} | {name: _by_line(split) for name, split in installed.items()}


def _by_line(split: Splitter) -> Splitter:
    def lines(text: str) -> list[Span]:
        found, start = [], 0
        for line in text.split("\n"):
            found += [span.shifted(start) for span in split(line)] if line.strip() else []
            start += len(line) + 1
        return found

    return lines


def _blingfire(_language: Language) -> Splitter:
    from blingfire import text_to_sentences_and_offsets

    return lambda line: [trimmed(line, start, end) for start, end in text_to_sentences_and_offsets(line)[1]]


def _pysbd(language: Language) -> Splitter:
    from pysbd import Segmenter

    segmenter = Segmenter(language=language, clean=False, char_span=True)
    return lambda line: [trimmed(line, each.start, each.end) for each in segmenter.segment(line) if each.sent.strip()]


def _syntok(_language: Language) -> Splitter:
    from syntok.segmenter import analyze

    def split(line: str) -> list[Span]:
        tokens = [list(sentence) for paragraph in analyze(line) for sentence in paragraph]
        return [Span(each[0].offset, each[-1].offset + len(each[-1].value)) for each in tokens]

    return split


def _figures(labelled: Sequence[Labelled], scores: Mapping[str, Mapping[str, Score]]) -> dict[str, object]:
    return {
        "texts": len(labelled),
        "sentences": scores["citedesk"]["all"].expected,
        "splitters": {
            name: {"precision": by_kind["all"].precision, "recall": by_kind["all"].recall, "f1": by_kind["all"].f1}
            for name, by_kind in scores.items()
        },
        "f1_by_kind": {
            kind: {name: by_kind[kind].f1 for name, by_kind in scores.items()}
            for kind in scores["citedesk"]
            if kind != "all"
        },
    }

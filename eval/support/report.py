"""How well scores of support agree with people: the graded score, the proof's own coverage, and plain word overlap."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from answer.proof.prove import Refusal, coverage, weigh
from answer.proof.support import SupportScorer
from eval.answers.abstention import auroc
from eval.answers.text_overlap import overlap_tokens
from eval.runs.intervals import Indices, Interval, bootstrap
from eval.support.sets import SupportPair

SCORES = ("support", "coverage", "word_overlap")
GAIN = "support_gain"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPair:
    """A pair with its scores by name, each 0..1; ``proven`` is what the checks of ``answer/proof/prove.py`` say."""

    pair: SupportPair
    scores: Mapping[str, float]
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportFigures:
    """``auroc``: chance that a supported claim scores above an unsupported one, by score, None where either is missing.

    ``support`` is the graded score, ``coverage`` the share of content words in the evidence, ``word_overlap`` the share
    of all words, which is the baseline; ``support_gain`` in ``intervals`` is the interval of what the first has over
    the last. Intervals resample groups: claims about one passage stand and fall together.

    ``proven_supported`` and ``proven_unsupported``: shares of either kind that the proof would let pass.
    """

    pairs: int
    supported: int
    auroc: Mapping[str, float | None]
    intervals: Mapping[str, Interval | None]
    proven_supported: float | None
    proven_unsupported: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportReport:
    """All pairs with their figures; ``left_out`` counts pairs that the shipped weights were fitted on."""

    pairs: tuple[ScoredPair, ...]
    overall: SupportFigures
    by_set: Mapping[str, SupportFigures]
    by_language: Mapping[str, SupportFigures]
    left_out: int


def report_support(
    pairs: Sequence[SupportPair],
    scorer: SupportScorer,
    *,
    left_out: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> SupportReport:
    """Score every pair and take the figures. Raises ``ValueError`` without pairs."""
    scored: list[ScoredPair] = []
    for pair in pairs:
        scored.append(score_pair(pair, scorer))
        progress(len(scored), len(pairs))
    sets, languages = sorted({pair.set for pair in pairs}), sorted({pair.language for pair in pairs})
    return SupportReport(
        pairs=tuple(scored),
        overall=support_figures(scored),
        by_set={name: support_figures([each for each in scored if each.pair.set == name]) for name in sets},
        by_language={
            name: support_figures([each for each in scored if each.pair.language == name]) for name in languages
        },
        left_out=left_out,
    )


def score_pair(pair: SupportPair, scorer: SupportScorer) -> ScoredPair:
    """All scores of one pair."""
    return ScoredPair(
        pair=pair,
        scores={
            "support": scorer.score(pair.claim, pair.evidence),
            "coverage": coverage(pair.claim, pair.evidence),
            "word_overlap": word_overlap(pair.claim, pair.evidence),
        },
        proven=not isinstance(weigh(pair.claim, pair.evidence), Refusal),
    )


def word_overlap(claim: str, evidence: Sequence[str]) -> float:
    """Share of the claim's words (Chinese: characters), repeats counted, that stand in the evidence, 0..1."""
    words = overlap_tokens(claim)
    known = {word for text in evidence for word in overlap_tokens(text)}
    return sum(word in known for word in words) / len(words) if words else 0.0


def support_figures(scored: Sequence[ScoredPair]) -> SupportFigures:
    """The figures of some pairs. Raises ``ValueError`` without any."""
    truths = np.array([each.pair.supported for each in scored], dtype=np.bool_)
    values = {name: np.array([each.scores[name] for each in scored], dtype=np.float64) for name in SCORES}
    groups = _groups(scored)

    def area(name: str, chosen: Indices) -> float:
        return auroc(values[name][chosen], truths[chosen])

    def gain(chosen: Indices) -> float:
        return area("support", chosen) - area("word_overlap", chosen)

    everything = np.arange(len(scored))
    areas = {name: area(name, everything) for name in SCORES}
    intervals = {name: _interval(groups, partial(area, name)) for name in SCORES}
    return SupportFigures(
        pairs=len(scored),
        supported=int(truths.sum()),
        auroc={name: None if np.isnan(value) else value for name, value in areas.items()},
        intervals={**intervals, GAIN: _interval(groups, gain)},
        proven_supported=_share([each.proven for each in scored if each.pair.supported]),
        proven_unsupported=_share([each.proven for each in scored if not each.pair.supported]),
    )


def _groups(scored: Sequence[ScoredPair]) -> list[NDArray[np.int64]]:
    """Positions of the pairs of each group."""
    members: dict[str, list[int]] = {}
    for place, each in enumerate(scored):
        members.setdefault(each.pair.group, []).append(place)
    return [np.array(places, dtype=np.int64) for places in members.values()]


def _interval(groups: Sequence[NDArray[np.int64]], figure: Callable[[Indices], float]) -> Interval | None:
    return bootstrap(lambda chosen: figure(np.concatenate([groups[place] for place in chosen])), len(groups))


def _share(passed: Sequence[bool]) -> float | None:
    return sum(passed) / len(passed) if passed else None

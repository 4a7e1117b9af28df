"""Ways to make one order of two, and the choice of a weight by judged questions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.text import identifier_share
from core.types import Language
from eval.compare.significance import ALPHA, sign_flip
from eval.fit.fusion_arms import ARM, Candidates, as_array
from retrieval.fusion import combine, standard_scores

Values: TypeAlias = NDArray[np.float64]
Form: TypeAlias = Callable[[Values, Values, float], Values]

WEIGHTS = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
FOLDS = 5
_DEPTH = 10
_PERMUTATIONS = 2_000
_NO_DIFFERENCE = 0.001
_DISCOUNTS = np.array([1 / log2(rank + 1) for rank in range(1, _DEPTH + 1)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One question ready to be measured: all arrays of shape (n,), one entry per passage."""

    lexical: Values
    dense: Values
    documents: NDArray[np.int64]
    grades: Values
    ideal: float
    legible: float
    identifiers: float

    def ndcg(self, scores: Values) -> float:
        """nDCG@10 of the documents, each where its best passage stands."""
        order = np.argsort(-scores, kind="stable")
        _, first = np.unique(self.documents[order], return_index=True)
        gains = self.grades[order[np.sort(first)[:_DEPTH]]]
        return float(gains @ _DISCOUNTS[: len(gains)] / self.ideal)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSet:
    """The questions of one set."""

    name: str
    language: Language
    questions: Sequence[Judged]

    def measured(self, form: Form, weight: Callable[[Judged], float]) -> Values:
        """nDCG@10 of each question."""
        return np.array([each.ndcg(form(each.lexical, each.dense, weight(each))) for each in self.questions])

    @property
    def singles(self) -> Mapping[str, Values]:
        """nDCG@10 of each question by one arm alone."""
        return {
            "lexical": np.array([each.ndcg(np.nan_to_num(each.lexical, nan=-1.0)) for each in self.questions]),
            "dense": np.array([each.ndcg(each.dense) for each in self.questions]),
        }


def judged(candidates: Candidates) -> Judged:
    """Raises ``ValueError`` for a question to which no document is relevant."""
    grades = candidates.asked.grades
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:_DEPTH]
    if not best:
        raise ValueError(f"no document is relevant to {candidates.asked.text!r}")
    numbers = {name: number for number, name in enumerate(sorted(set(candidates.documents)))}
    return Judged(
        lexical=as_array(candidates.lexical),
        dense=as_array(candidates.dense),
        documents=np.array([numbers[name] for name in candidates.documents], dtype=np.int64),
        grades=np.array([max(0, grades.get(name, 0)) for name in candidates.documents], dtype=np.float64),
        ideal=float(np.array(best) @ _DISCOUNTS[: len(best)]),
        legible=candidates.legible,
        identifiers=identifier_share(candidates.asked.text),
    )


def reciprocal_ranks(constant: int) -> Form:
    """Weighted reciprocal rank fusion (Cormack et al. 2009); the dense arm ranks every candidate."""

    def fused(lexical: Values, dense: Values, weight: float) -> Values:
        return _reciprocal(lexical, constant) + weight * _reciprocal(dense, constant)

    return fused


def _reciprocal(scores: Values, constant: int) -> Values:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")] = np.arange(1, len(scores) + 1)
    return np.where(np.isnan(scores), 0.0, 1 / (constant + ranks))


def min_max(lexical: Values, dense: Values, weight: float) -> Values:
    """Convex combination of scores between 0 and 1 (Bruch et al. 2023)."""
    return _between(combine(lexical, dense, 0.0, asked=ARM)) + weight * _between(dense)


def _between(scores: Values) -> Values:
    width = scores.max() - scores.min()
    return np.asarray((scores - scores.min()) / width if width else np.zeros_like(scores))


def standard(lexical: Values, dense: Values, weight: float) -> Values:
    """A sum of standard scores: what ``retrieval/fusion.py`` does."""
    return combine(lexical, dense, weight, asked=ARM)


def by_lead(lexical: Values, dense: Values, weight: float) -> Values:
    """As ``standard``, lexical scores times the lead of the best one, which commonly is about 5."""
    words = combine(lexical, dense, 0.0, asked=ARM)
    return np.asarray(words * words.max() / 5 + weight * standard_scores(dense))


FORMS: Mapping[str, Form] = {
    "reciprocal ranks, 60": reciprocal_ranks(60),
    "reciprocal ranks, 10": reciprocal_ranks(10),
    "min-max": min_max,
    "standard scores": standard,
    "standard scores by lead": by_lead,
}
"""The simplest first."""


@dataclass(frozen=True, slots=True)
class Grid:
    """What one form gives a set at each of ``WEIGHTS``: ``values`` of shape (weights, questions); ``bar`` is the better
    arm alone, shape (questions,)."""

    language: Language
    values: Values
    bar: Values

    def only(self, kept: NDArray[np.bool_]) -> "Grid":
        """The same of some questions."""
        return Grid(self.language, self.values[:, kept], self.bar[kept])


def grid(one: JudgedSet, form: Form) -> Grid:
    """Measure a set at every weight."""
    values = np.stack([one.measured(form, lambda _, w=weight: w) for weight in WEIGHTS])  # type: ignore[misc]
    return Grid(one.language, values, max(one.singles.values(), key=lambda single: float(single.mean())))


def choose(grids: Sequence[Grid]) -> int:
    """The place of the smallest weight whose mean over the sets is about the best, of those by which no set is proven
    to lose against its better arm; where each loses somewhere, of those that lose the fewest sets."""
    means = np.mean([each.values.mean(axis=1) for each in grids], axis=0)
    losses = np.sum([proven_losses(each.values, each.bar) for each in grids], axis=0)
    allowed = np.where(losses == losses.min(), means, -np.inf)
    return int(np.flatnonzero(allowed >= allowed.max() - _NO_DIFFERENCE)[0])


def proven_losses(values: Values, bar: Values) -> NDArray[np.bool_]:
    """Of values of shape (n, questions): which rows are below the bar by more than noise."""
    return np.asarray(sign_flip((values - bar).T, lower=True, permutations=_PERMUTATIONS) < ALPHA)


def by_other_sets(grids: Mapping[str, Grid], *, by_language: bool) -> dict[str, Values]:
    """Of each set the values at the weight that the other sets choose, of its language where ``by_language``."""
    found = {}
    for name, held in grids.items():
        others = [each for other, each in grids.items() if other != name and _fits(each, held, by_language)]
        found[name] = held.values[choose(others)]
    return found


def by_other_questions(grids: Mapping[str, Grid], *, by_language: bool) -> dict[str, Values]:
    """Of each question the value at the weight that four fifths of the questions, without it, choose."""
    found = {name: np.empty(len(each.bar)) for name, each in grids.items()}
    folds = {name: np.random.default_rng(0).permutation(len(each.bar)) % FOLDS for name, each in grids.items()}
    for fold in range(FOLDS):
        seen = {name: each.only(folds[name] != fold) for name, each in grids.items()}
        for name, each in grids.items():
            place = choose([other for other in seen.values() if _fits(other, each, by_language)])
            found[name][folds[name] == fold] = each.values[place, folds[name] == fold]
    return found


def is_better(one: Mapping[str, Values], other: Mapping[str, Values]) -> bool:
    """Whether ``one`` is above ``other`` by more than noise, every set weighing the same."""
    differences = np.concatenate([(one[name] - other[name]) / len(other[name]) for name in other])[:, None]
    return bool(differences.sum() > 0 and sign_flip(differences)[0] < ALPHA)


def mean_of_sets(values: Mapping[str, Values]) -> float:
    """Every set weighs the same."""
    return float(np.mean([each.mean() for each in values.values()]))


def _fits(one: Grid, other: Grid, by_language: bool) -> bool:
    return not by_language or one.language == other.language

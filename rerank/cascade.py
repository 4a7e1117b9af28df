"""Late interaction first, then a cross-encoder where it can still change the order.

The cross-encoder moves a late-interaction score by at most ``reach``, up where it is sure that the passage answers and
down where it is sure of the contrary. Two passages that stand more than twice that apart keep their order whatever it
would say, so neither has to be read for the other's sake: what is not read would not have changed the order.
"""

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import DependencyError
from core.ports import Ranked, Reranker, Warmable
from core.types import FloatArray, Hit, Stage

logger = logging.getLogger(__name__)


class CascadeReranker:
    """A ``SteppingReranker``. ``judge`` gives probabilities of relevance, 0..1; it reads at most ``survivors`` hits."""

    def __init__(self, first: Reranker, judge: Reranker, *, survivors: int, settle: int, reach: float) -> None:
        self._first = first
        self._judge = judge
        self._survivors = survivors
        self._settle = settle
        self._reach = reach

    def warm(self) -> None:
        """Load both steps' models. Raises what a question would."""
        for step in (self._first, self._judge):
            if isinstance(step, Warmable):
                step.warm()

    def score(self, question: str, hits: Sequence[Hit]) -> FloatArray:
        """Shape (n,), float32; comparable among the hits of one question."""
        return self.rank(question, hits).scores

    def rank(self, question: str, hits: Sequence[Hit]) -> Ranked:
        """Scores with those of both steps. Where the cross-encoder is down late interaction has the last word."""
        late = self._first.score(question, hits)
        read = contested(late, self._survivors, self._settle, 2 * self._reach)
        try:
            sure = self._judge.score(question, [hits[at] for at in read])
        except DependencyError as error:
            logger.warning("the cross-encoder is down: %s", error)
            return Ranked(scores=late, steps={Stage.LATE_INTERACTION: late}, degraded=("cross_encoder",))
        judged = np.full(len(hits), np.nan, dtype=np.float32)
        judged[read] = sure
        scores = late + self._reach * np.nan_to_num(2 * judged - 1, nan=0.0)
        # What could not be read stays below what could, however far that was moved.
        scores[_ranked(late)[self._survivors :]] -= self._reach
        return Ranked(scores=scores, steps={Stage.LATE_INTERACTION: late, Stage.CROSS_ENCODER: judged})


def contested(scores: FloatArray, first: int, settle: int, gap: float) -> NDArray[np.int64]:
    """Places among the ``first`` best that have to be read before the order of the ``settle`` best is sure, best first.

    A step of more than ``gap`` between two neighbours parts those above from those below for good. What lies between
    two such steps is one run; runs of one, and those that begin below the ``settle`` best, need no reading.
    """
    order = _ranked(scores)[:first]
    cuts = np.flatnonzero(-np.diff(scores[order]) > gap) + 1
    runs = [run for run in np.split(order, cuts) if len(run) > 1]
    begins = {int(place): rank for rank, place in enumerate(order)}
    wanted = [run for run in runs if begins[int(run[0])] < settle]
    return np.concatenate([np.zeros(0, dtype=np.int64), *wanted])


def _ranked(scores: FloatArray) -> NDArray[np.int64]:
    return np.argsort(-scores, kind="stable").astype(np.int64)

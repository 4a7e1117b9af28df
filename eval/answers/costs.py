"""What answers cost: waiting and tokens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.types import Answer

_TIMED = ("total", "first_claim", "added")
# What is no cost of the answer path itself: search, the models that order passages and sentences, the answer model.
_OTHERS = ("retrieve", "rerank", "sentences", "model")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCosts:
    """``latency_ms``: p50, p95 and p99 by what was timed (``total``, ``first_claim``, and ``added``, the total without
    search, reranking, the sentences' models and the answer model), absent where nothing was.

    Tokens are means per question, as the answer model counted them; 0 where no model was asked.
    """

    latency_ms: Mapping[str, Mapping[str, float]]
    input_tokens: float
    output_tokens: float


def costs_of(answers: Sequence[Answer]) -> AnswerCosts:
    """Of at least one answer."""
    timings = [_with_added(answer.timings_ms) for answer in answers]
    timed = {name: [each[name] for each in timings if name in each] for name in _TIMED}
    return AnswerCosts(
        latency_ms={name: percentiles(values) for name, values in timed.items() if values},
        input_tokens=float(np.mean([answer.usage.input_tokens for answer in answers])),
        output_tokens=float(np.mean([answer.usage.output_tokens for answer in answers])),
    )


def _with_added(timings: Mapping[str, float]) -> Mapping[str, float]:
    if "total" not in timings:
        return timings
    return {**timings, "added": timings["total"] - sum(timings.get(name, 0.0) for name in _OTHERS)}


def percentiles(milliseconds: Iterable[float]) -> dict[str, float]:
    """p50, p95 and p99 by linear interpolation, as the retrieval reports take them."""
    values = np.percentile(np.array(list(milliseconds), dtype=np.float64), [50, 95, 99])
    return dict(zip(("p50", "p95", "p99"), values.tolist(), strict=True))

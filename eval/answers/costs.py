"""What answers cost: waiting and tokens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.types import Answer

_TIMED = ("total", "first_claim")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCosts:
    """``latency_ms``: p50, p95 and p99 by what was timed (``total``, ``first_claim``), absent where nothing was.

    Tokens are means per question, as the answer model counted them; 0 where no model was asked.
    """

    latency_ms: Mapping[str, Mapping[str, float]]
    input_tokens: float
    output_tokens: float


def costs_of(answers: Sequence[Answer]) -> AnswerCosts:
    """Of at least one answer."""
    timed = {name: [a.timings_ms[name] for a in answers if name in a.timings_ms] for name in _TIMED}
    return AnswerCosts(
        latency_ms={name: percentiles(values) for name, values in timed.items() if values},
        input_tokens=float(np.mean([answer.usage.input_tokens for answer in answers])),
        output_tokens=float(np.mean([answer.usage.output_tokens for answer in answers])),
    )


def percentiles(milliseconds: Iterable[float]) -> dict[str, float]:
    """p50, p95 and p99 by linear interpolation, as the retrieval reports take them."""
    values = np.percentile(np.array(list(milliseconds), dtype=np.float64), [50, 95, 99])
    return dict(zip(("p50", "p95", "p99"), values.tolist(), strict=True))

"""Is a difference between two runs real? Paired tests over queries, without an assumption about their distribution.

- randomisation (sign-flip) test: were the two runs equal, each query's difference could as well have the other sign
  (Fisher 1935; for retrieval Smucker, Allan & Carterette 2007, doi:10.1145/1321440.1321528)
- paired bootstrap: how far the mean difference would move with other queries of the same kind (Sakai 2006)
- Holm's step-down correction: the chance of one false alarm among all tests stays below the level (Holm 1979)

Matrices have shape (queries, tests); NaN marks a query that says nothing about a test. One draw of signs or queries
serves all tests, so that a hundred of them cost little more than one.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eval.runs.intervals import CONFIDENCE, Interval

Matrix: TypeAlias = NDArray[np.float64]
Vector: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Positions: TypeAlias = NDArray[np.int64]

ALPHA = 0.05
"""A corrected p-value below it counts as real."""
PERMUTATIONS = 10_000
RESAMPLES = 2_000
_EXACT = 16  # differing queries: 2 ** 16 sign patterns are all looked at
_CELLS = 2_000_000  # drawn at once: 16 MB of float64
_SEED = 42
# Sums of the same numbers in another order differ by round-off; a tie must count as one.
_ROUND_OFF = 1e-12


def sign_flip(differences: Matrix, *, lower: bool = False, permutations: int = PERMUTATIONS) -> Vector:
    """p-value of each column's mean difference, shape (tests,); equal input gives equal p-values.

    Two-sided, or with ``lower`` the chance of so low a mean. All sign patterns are looked at where at most 16 queries
    differ, since a difference of 0 has no sign; else ``permutations`` are drawn and the observed one is added to them
    (Phipson & Smyth 2010), so that no p-value is 0. A column without differences has 1.
    """
    known = np.nan_to_num(differences)
    p_values = np.ones(known.shape[1])
    differing = np.count_nonzero(known, axis=0)
    for column in np.flatnonzero((differing > 0) & (differing <= _EXACT)):
        values = known[known[:, column] != 0, column]
        p_values[column] = _as_extreme(_all_signs(len(values)), values[:, None], lower)[0] / 2 ** len(values)
    many = differing > _EXACT
    if many.any():
        drawn = known[:, many]
        counts = sum(_as_extreme(signs, drawn, lower) for signs in _random_signs(len(drawn), permutations))
        p_values[many] = (counts + 1) / (permutations + 1)
    return p_values


def _as_extreme(signs: Matrix, differences: Matrix, lower: bool) -> Vector:
    """How many rows of ``signs`` give sums as extreme as the observed ones."""
    observed, slack = differences.sum(axis=0), _ROUND_OFF * np.abs(differences).sum(axis=0)
    sums = signs @ differences
    extreme = sums <= observed + slack if lower else np.abs(sums) >= np.abs(observed) - slack
    return np.asarray(extreme.sum(axis=0), dtype=np.float64)


def _all_signs(n: int) -> Matrix:
    patterns = np.arange(2**n, dtype=np.int64)[:, None] >> np.arange(n)
    return np.asarray(1 - 2 * (patterns & 1), dtype=np.float64)


def _random_signs(n: int, permutations: int) -> Iterator[Matrix]:
    draw = np.random.default_rng(_SEED)
    for rows in _blocks(n, permutations):
        bits = np.frombuffer(draw.bytes(rows * -(-n // 8)), dtype=np.uint8).reshape(rows, -1)
        yield 1 - 2 * np.unpackbits(bits, axis=1, count=n).astype(np.float64)


def _blocks(n: int, total: int) -> Iterator[int]:
    """Sizes of blocks of rows of ``n`` cells that are ``total`` rows together."""
    size = max(1, _CELLS // n)
    yield from (min(size, total - start) for start in range(0, total, size))


def mean_intervals(differences: Matrix, *, resamples: int = RESAMPLES) -> list[Interval | None]:
    """The 95 % percentile interval of each column's mean over resampled queries; None for a column of NaN only."""
    n = len(differences)
    present = (~np.isnan(differences)).astype(np.float64)
    known = np.nan_to_num(differences)
    draw = np.random.default_rng(_SEED)
    means = []
    for rows in _blocks(n, resamples):
        chosen = draw.integers(n, size=(rows, n)) + np.arange(rows)[:, None] * n
        times = np.bincount(chosen.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
        with np.errstate(invalid="ignore"):
            means.append((times @ known) / (times @ present))
    return [_middle(column) for column in np.concatenate(means).T]


def resampled(statistic: Callable[[Positions], Vector], n: int, *, resamples: int = RESAMPLES) -> Vector:
    """``statistic`` of resampled queries, shape (resamples,): it takes positions (rows, n) and gives (rows,)."""
    draw = np.random.default_rng(_SEED)
    return np.concatenate([statistic(draw.integers(n, size=(rows, n))) for rows in _blocks(n, resamples)])


def middle(values: Vector) -> Interval:
    """The middle 95 % of resampled values. Raises ``ValueError`` where none is a number."""
    interval = _middle(values)
    if interval is None:
        raise ValueError("no resampled value is a number")
    return interval


def _middle(values: Vector) -> Interval | None:
    values = values[~np.isnan(values)]
    if not values.size:
        return None
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(low=float(low), high=float(high))


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrected p-values in the given order: the k-th smallest of m times m - k + 1, never falling, at most 1."""
    corrected = [1.0] * len(p_values)
    highest = 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        corrected[at] = highest
    return corrected


def effect_size(differences: Vector) -> float | None:
    """Mean difference in its own standard deviations (Cohen's d for pairs); None where they do not vary."""
    known = differences[~np.isnan(differences)]
    spread = float(known.std(ddof=1)) if known.size > 1 else 0.0
    return float(known.mean()) / spread if spread > _ROUND_OFF else None

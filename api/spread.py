"""How observed seconds are spread over buckets, and what is read from that: ranks without the single observations."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """``counts[n]`` observations are at most ``bounds[n]`` seconds and more than the bound before; those of the last
    count exceed every bound. Raises ``ValueError`` where the two do not fit together."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.counts) != len(self.bounds) + 1:
            raise ValueError(f"{len(self.bounds)} bounds need one count more, not {len(self.counts)}")

    @property
    def total(self) -> int:
        """Observations in all."""
        return sum(self.counts)

    def quantile(self, share: float) -> float | None:
        """Seconds that this share of the observations does not exceed; None without any.

        Even within a bucket, as Prometheus' ``histogram_quantile`` has it; beyond the last bound that bound.
        """
        wanted, before, low = share * self.total, 0, 0.0
        if not self.total:
            return None
        for bound, count in zip(self.bounds, self.counts, strict=False):
            if count and before + count >= wanted:
                return low + (bound - low) * (wanted - before) / count
            before, low = before + count, bound
        return low


def from_cumulative(upto: Sequence[tuple[float, float]]) -> Spread:
    """From pairs of a bound and the observations up to it, in order; the last bound is infinite."""
    counts = [int(count) for _, count in upto]
    own = [count - before for count, before in zip(counts, [0, *counts], strict=False)]
    return Spread(tuple(bound for bound, _ in upto[:-1]), tuple(own))

"""Figures over groups of queries: all of them, by language, by tag. Each mean comes with its interval."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.runs.intervals import Interval, mean_intervals
from eval.runs.measures import Measured
from eval.sets.dataset import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Means over ``queries`` queries by measure, with their 95 % intervals."""

    queries: int
    means: Mapping[str, float]
    intervals: Mapping[str, Interval]


def figures(measured: Measured, query_ids: Iterable[str] | None = None) -> Figures:
    """Of the named queries, or of all. Raises ``ValueError`` where there is none."""
    chosen = list(query_ids) if query_ids is not None else list(next(iter(measured.per_query.values())))
    values = np.array([[per_query[query] for query in chosen] for per_query in measured.per_query.values()])
    intervals = mean_intervals(values)
    names = measured.names
    return Figures(
        queries=len(chosen),
        means={name: math.fsum(row) / len(chosen) for name, row in zip(names, values.tolist(), strict=True)},
        intervals=dict(zip(names, intervals, strict=True)),
    )


def by_language(measured: Measured, queries: Sequence[Query]) -> dict[str, Figures]:
    """Figures of each language, in alphabetical order."""
    return _grouped(measured, ((query.language, query.id) for query in queries))


def by_tag(measured: Measured, queries: Sequence[Query]) -> dict[str, Figures]:
    """Figures of each tag, in alphabetical order; a query counts under each of its tags."""
    return _grouped(measured, ((tag, query.id) for query in queries for tag in query.tags))


def _grouped(measured: Measured, named: Iterable[tuple[str, str]]) -> dict[str, Figures]:
    groups: dict[str, list[str]] = {}
    for name, query in named:
        groups.setdefault(name, []).append(query)
    return {name: figures(measured, groups[name]) for name in sorted(groups)}

"""Two or more runs over the same queries: what changed, by how much, and whether that is real.

``compare`` is a pure function from scores to a ``Comparison``; ``inputs.py`` reads the scores, ``as_json.py``,
``text.py`` and ``markdown.py`` show the result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import InvalidInput
from eval.compare.changes import ChangedQuery, RankingReader, most_changed
from eval.compare.differences import Difference, Key, differences
from eval.compare.latency import LatencyChange, latency_changes
from eval.compare.scores import Pair, Subject
from eval.compare.slices import Part, everything, parts_by

CHANGED = 20
# How far the judgements reach is no quality: it is shown on request and tested only then.
_DESCRIPTIONS = ("judged@",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Queries of one language or with one tag; ``dimension`` and ``value`` are empty for all queries."""

    dimension: str
    value: str
    queries: int
    differences: tuple[Difference, ...]

    @property
    def name(self) -> str:
        """As a heading: ``all`` or ``language zh``."""
        return f"{self.dimension} {self.value}" if self.dimension else "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairComparison:
    """A variant against the baseline; ``changed`` has the most changed query first."""

    pair: Pair
    overall: Slice
    slices: tuple[Slice, ...]
    latency: tuple[LatencyChange, ...]
    changed: tuple[ChangedQuery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All pairs. ``left_out`` names measures that not every run has."""

    queries: int
    measures: tuple[str, ...]
    pairs: tuple[PairComparison, ...]
    left_out: tuple[str, ...]


def compare(
    pairs: Sequence[Pair], *, measures: Sequence[str] = (), by: Sequence[str] = (), changed: int = CHANGED
) -> Comparison:
    """Compare every pair over all queries and over each slice of the dimensions ``by`` (``language``, ``tag``).

    Without ``measures`` those are taken that all runs have, but for ``judged@k``. p-values are corrected over measures
    and pairs together; those of the slices of one dimension over its slices as well, so that a look into slices costs
    the overall verdict nothing. ``changed`` queries at most are listed per pair: by the change of the first measure,
    then by that of the others, then by id. Pairs must hold the same subjects in the same order (see ``paired``). Raises
    ``InvalidInput`` for no pair, an unknown measure or dimension, and a dimension that no subject has.
    """
    if not pairs:
        raise InvalidInput("a comparison needs a baseline and one variant at least")
    known, left_out = common_measures(pairs)
    names = _checked_measures(measures, known)
    parts = _parts(pairs[0].baseline.subjects, by)
    found = differences(pairs, parts, names)
    return Comparison(
        queries=len(pairs[0].baseline.subjects),
        measures=tuple(names),
        pairs=tuple(_pair_comparison(at, pair, parts, found, names, changed) for at, pair in enumerate(pairs)),
        left_out=tuple(left_out),
    )


def with_rankings(comparison: Comparison, reader: RankingReader) -> Comparison:
    """The comparison with both rankings of every changed query. Raises ``InvalidInput`` for a malformed run file."""

    def ranked(found: PairComparison, query: ChangedQuery) -> ChangedQuery:
        return replace(
            query,
            before_ranking=reader.entries(found.pair.baseline.run_file, query.subject.id),
            after_ranking=reader.entries(found.pair.variant.run_file, query.subject.id),
        )

    pairs = [
        replace(found, changed=tuple(ranked(found, query) for query in found.changed)) for found in comparison.pairs
    ]
    return replace(comparison, pairs=tuple(pairs))


def common_measures(pairs: Sequence[Pair]) -> tuple[list[str], list[str]]:
    """Measures that every run has, in the first one's order, and those that some lack."""
    sides = [side for pair in pairs for side in (pair.baseline, pair.variant)]
    union = dict.fromkeys(name for side in sides for name in side.values)
    common = [name for name in union if all(name in side.values for side in sides)]
    return common, [name for name in union if name not in common]


def _parts(subjects: Sequence[Subject], by: Sequence[str]) -> list[Part]:
    parts = [everything(subjects)]
    for dimension in dict.fromkeys(by):
        found = parts_by(subjects, dimension)
        if not found:
            raise InvalidInput(f"no query has a {dimension}; give --dataset FOLDER with {dimension}s, or measure again")
        parts += found
    return parts


def known_measure(name: str, known: Sequence[str]) -> str:
    """The measure of that name, in whatever case it is written. Raises ``InvalidInput`` with the known ones."""
    found = next((each for each in known if each.lower() == name.lower()), None)
    if found is None:
        raise InvalidInput(f"no measure {name!r} in all runs; there are {', '.join(known) or 'none'}")
    return found


def _checked_measures(asked: Sequence[str], known: Sequence[str]) -> list[str]:
    named = list(dict.fromkeys(known_measure(name, known) for name in asked))
    names = named or [name for name in known if not name.startswith(_DESCRIPTIONS)]
    if not names:
        raise InvalidInput("the runs share no measure; measure them with the same ones")
    return names


def _pair_comparison(
    at: int,
    pair: Pair,
    parts: Sequence[Part],
    found: Mapping[Key, Sequence[Difference]],
    measures: Sequence[str],
    changed: int,
) -> PairComparison:
    slices = [
        Slice(
            dimension=part.dimension,
            value=part.value,
            queries=int(part.chosen.sum()),
            differences=tuple(found.get((at, part.dimension, part.value), ())),
        )
        for part in parts
    ]
    return PairComparison(
        pair=pair,
        overall=slices[0],
        slices=tuple(slices[1:]),
        latency=latency_changes(pair),
        changed=tuple(most_changed(pair, measures, changed)),
    )

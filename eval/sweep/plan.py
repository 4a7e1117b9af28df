"""The sweep file: which settings are tried on which judged sets. All of it is checked before anything runs."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InvalidInput
from core.settings import Settings
from core.types import SearchStage
from eval.compare.latency import LATENCIES
from eval.runs.measures import MEASURES, parse_measure
from eval.runs.overrides import overridden
from eval.sets.dataset import RetrievalSet, load_dataset
from eval.sets.jsonl import first_fault, require_file

_SLICES = ("ingest", "retrieval", "rerank")
_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Settings that are tried together; ``changes`` are those that the file names, as ``name=value``."""

    name: str
    changes: tuple[str, ...]
    settings: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSet:
    """A judged set and where it lies."""

    folder: Path
    dataset: RetrievalSet


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan:
    """Every combination runs on every set; the first is what the others are compared with.

    ``measure`` is one of ``measures`` and orders the results; ``latency`` is one of ``LATENCIES``.
    """

    sets: tuple[SweepSet, ...]
    stages: tuple[SearchStage, ...]
    measures: tuple[str, ...]
    measure: str
    latency: str
    combinations: tuple[Combination, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Variant(_Strict):
    name: str = Field(pattern=r"\S")
    settings: dict[str, object] = {}


class _File(_Strict):
    datasets: list[Path] = Field(min_length=1)
    stages: list[SearchStage] = Field(default=[SearchStage.RERANK], min_length=1)
    measure: str = MEASURES[0]
    latency: str = "p95_ms"
    settings: dict[str, list[object]] = {}
    variants: list[_Variant] = []


def load_plan(path: Path, settings: Settings) -> SweepPlan:
    """Read a sweep file; folders in it are relative to it and ``settings`` are what it changes.

    The combinations are all of the grid ``settings``, then ``variants`` as they stand. Raises ``NotFound`` and
    ``InvalidInput`` for a file, a set or a combination that cannot be used.
    """
    file = _read(path)
    if file.latency not in LATENCIES:
        raise InvalidInput(f"{path}: latency is {file.latency!r}; it is one of {', '.join(LATENCIES)}")
    measure = parse_measure(file.measure)
    combinations = tuple(_combination(path, settings, name, changes) for name, changes in _named_changes(path, file))
    _refuse_repeats(path, [combination.name for combination in combinations])
    return SweepPlan(
        sets=tuple(_set(path.parent / folder.expanduser()) for folder in dict.fromkeys(file.datasets)),
        stages=tuple(dict.fromkeys(file.stages)),
        measures=tuple(dict.fromkeys((*MEASURES, measure))),
        measure=measure,
        latency=file.latency,
        combinations=combinations,
    )


def _read(path: Path) -> _File:
    try:
        content = yaml.safe_load(require_file(path, "a sweep: datasets, stages, settings").read_bytes())
        if not isinstance(content, dict):
            raise InvalidInput(f"{path}: the file: it holds no names with values; {_HINT}")
        return _File.model_validate(content)
    except yaml.YAMLError as error:
        raise InvalidInput(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise InvalidInput(f"{path}: {first_fault(error)}; {_HINT}") from error


_HINT = "a sweep has datasets, stages, measure, latency, settings (lists of values) and variants (name, settings)"


def _set(folder: Path) -> SweepSet:
    return SweepSet(folder=folder.resolve(), dataset=load_dataset(folder))


def _named_changes(path: Path, file: _File) -> Iterator[tuple[str, Mapping[str, object]]]:
    for name, values in file.settings.items():
        if not values:
            raise InvalidInput(f"{path}: settings.{name} has no value to try")
    size = len(file.variants) + _product(len(values) for values in file.settings.values())
    if size > _MOST:
        raise InvalidInput(f"{path}: {size} combinations; at most {_MOST} run in one sweep")
    if file.settings or not file.variants:
        for chosen in itertools.product(*file.settings.values()):
            changes = dict(zip(file.settings, chosen, strict=True))
            yield _grid_name(file, changes), changes
    for variant in file.variants:
        yield variant.name, variant.settings


def _product(lengths: Iterator[int]) -> int:
    size = 1
    for length in lengths:
        size *= length
    return size


def _grid_name(file: _File, changes: Mapping[str, object]) -> str:
    """What differs within the grid; slices are left out where the setting's own name is enough."""
    varied = [name for name, values in file.settings.items() if len(values) > 1]
    short = Counter(name.split(".")[-1] for name in varied)
    words = [
        f"{name.split('.')[-1] if short[name.split('.')[-1]] == 1 else name}={_written(changes[name])}"
        for name in varied
    ]
    return " ".join(words) or "settings as given"


def _combination(path: Path, settings: Settings, name: str, changes: Mapping[str, object]) -> Combination:
    for setting in changes:
        if setting.split(".")[0] not in _SLICES:
            raise InvalidInput(
                f"{path}: {name}: setting {setting!r} does not change retrieval; a sweep tries {', '.join(_SLICES)}"
            )
    assignments = tuple(f"{setting}={_written(value)}" for setting, value in changes.items())
    try:
        changed = overridden(settings, assignments)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {name}: {error}") from error
    return Combination(name=name, changes=assignments, settings=changed)


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _refuse_repeats(path: Path, names: list[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InvalidInput(f"{path}: the combination {repeated[0]!r} stands there twice; give each another name")

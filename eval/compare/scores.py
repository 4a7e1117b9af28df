"""What is compared: one value per query and measure, for each of two runs over the same queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.errors import InvalidInput
from eval.compare.significance import Vector

_SHOWN_IDS = 5
LOWER_IS_BETTER = frozenset({"false_refusal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A query of a retrieval run or a question of an answers file; ``language`` is empty where nobody said.

    ``expected`` holds what was judged against besides the words, so that two files can be found to differ in it.
    """

    id: str
    text: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    expected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """One run at one stage.

    ``values[measure]`` and ``milliseconds`` have one entry per subject, NaN where there is nothing to say. ``folder``
    and ``stage`` find the rankings again in ``run_file``; ``answers`` holds status and text per question instead.
    ``digest`` is empty for files that do not record which judged set they come from.
    """

    label: str
    stage: str
    dataset: str
    digest: str
    subjects: tuple[Subject, ...]
    values: Mapping[str, Vector]
    milliseconds: Vector
    run_file: Path | None = None
    answers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in {**self.values, "ms": self.milliseconds}.items()}
        if set(lengths.values()) != {len(self.subjects)}:
            raise ValueError(f"{self.label} has {len(self.subjects)} subjects and columns of lengths {lengths}")

    @property
    def name(self) -> str:
        """Label and stage, as a person writes them."""
        return f"{self.label}:{self.stage}" if self.stage else self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A baseline and a variant over the same subjects in the same order."""

    baseline: Scores
    variant: Scores

    def differences(self, measure: str) -> Vector:
        """Variant minus baseline, shape (subjects,), NaN where either says nothing."""
        return self.variant.values[measure] - self.baseline.values[measure]


def paired(baseline: Scores, variant: Scores) -> Pair:
    """The pair, with the variant's subjects in the baseline's order.

    Raises ``InvalidInput`` for another judged set, other subjects (how many ids differ and the first of them) and other
    words or expectations behind the same ids.
    """
    _refuse_other_set(baseline, variant)
    _refuse_other_ids(baseline, variant)
    places = {subject.id: at for at, subject in enumerate(variant.subjects)}
    order = np.array([places[subject.id] for subject in baseline.subjects], dtype=np.int64)
    subjects = tuple(variant.subjects[at] for at in order)
    _refuse_other_words(baseline, variant, subjects)
    return Pair(
        baseline=baseline,
        variant=Scores(
            label=variant.label,
            stage=variant.stage,
            dataset=variant.dataset,
            digest=variant.digest,
            subjects=subjects,
            values={name: column[order] for name, column in variant.values.items()},
            milliseconds=variant.milliseconds[order],
            run_file=variant.run_file,
            answers=variant.answers,
        ),
    )


def _refuse_other_set(baseline: Scores, variant: Scores) -> None:
    if baseline.digest and variant.digest and baseline.digest != variant.digest:
        raise InvalidInput(
            f"{baseline.name} was measured on {baseline.dataset} ({baseline.digest[:12]}) and {variant.name} on "
            f"{variant.dataset} ({variant.digest[:12]}); measure both on one set with `citedesk eval run`"
        )


def _refuse_other_ids(baseline: Scores, variant: Scores) -> None:
    left, right = ({subject.id: None for subject in scores.subjects} for scores in (baseline, variant))
    parts = [
        f"{len(extra)} only in {scores.name} ({_first(extra)})"
        for scores, extra in (
            (baseline, [id_ for id_ in left if id_ not in right]),
            (variant, [id_ for id_ in right if id_ not in left]),
        )
        if extra
    ]
    if parts:
        differing = len(left.keys() ^ right.keys())
        raise InvalidInput(f"the query sets differ in {differing} ids: {'; '.join(parts)}; compare runs of one set")


def _refuse_other_words(baseline: Scores, variant: Scores, subjects: Sequence[Subject]) -> None:
    differing = [
        left.id
        for left, right in zip(baseline.subjects, subjects, strict=True)
        if (left.text and right.text and left.text != right.text) or left.expected != right.expected
    ]
    if differing:
        raise InvalidInput(
            f"{len(differing)} ids stand for other words or expectations in {baseline.name} and {variant.name} "
            f"({_first(differing)}); measure both on one set"
        )


def _first(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:_SHOWN_IDS])
    return f"{shown}, ..." if len(ids) > _SHOWN_IDS else shown

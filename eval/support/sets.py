"""Claims with evidence and a person's word on whether the one supports the other, in three layouts.

- ExpertQA (Malaviya et al. 2024): answers of models whose claims cite web passages; ``Complete`` support counts as
  supported, ``Partial`` and ``Incomplete`` as not; a claim without evidence or without a label is left out
- BEGIN (Dziri et al. 2022): replies of models to a passage; ``Fully attributable`` counts as supported, every other
  label as not, a generic reply too: it says nothing of the passage
- our own: ``id``, ``language``, ``claim``, ``evidence`` (a list of texts), ``supported``
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter

from core.errors import InvalidInput, NotFound
from core.text import language_of
from core.types import Language
from eval.sets.jsonl import read_jsonl

_CITATION = re.compile(r"\s*\[\d+\]")
# "[3] https://example.org/page" and a blank line before the passage itself.
_ORIGIN = re.compile(r"^\[\d+\]\s*\S*\s*\n+")
_EXPERT_LABELS = {"Complete": True, "Partial": False, "Incomplete": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportPair:
    """A claim, its evidence, and whether a person found it supported.

    ``group`` names what pairs share (a question, a passage); ``fitted`` tells that the shipped weights were fitted on
    pairs of this group, so that nothing may be reported on it.
    """

    id: str
    set: str
    group: str
    language: Language
    claim: str
    evidence: tuple[str, ...]
    supported: bool
    fitted: bool = False

    def __post_init__(self) -> None:
        if not (self.claim.strip() and any(text.strip() for text in self.evidence)):
            raise ValueError(f"pair {self.id!r} needs a claim and evidence, got {self.claim!r:.60}")


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Expert(_Row):
    question: str
    answers: Mapping[str, "_ExpertAnswer"]


class _ExpertAnswer(_Row):
    claims: list["_ExpertClaim"]


class _ExpertClaim(_Row):
    claim_string: str
    evidence: list[str] = []
    support: str | None = None


class _Begin(_Row):
    knowledge: str
    response: str
    begin_label: str


class _Own(_Row):
    id: str
    language: Language
    claim: str
    evidence: Annotated[list[str], Field(min_length=1)]
    supported: bool


def _layout(row: object) -> str:
    """Complaints of a line are about the layout that it means to have."""
    keys = row if isinstance(row, Mapping) else {}
    return "ExpertQA" if "answers" in keys else "BEGIN" if "begin_label" in keys else "Citedesk"


_Any: TypeAlias = Annotated[
    Annotated[_Expert, Tag("ExpertQA")] | Annotated[_Begin, Tag("BEGIN")] | Annotated[_Own, Tag("Citedesk")],
    Discriminator(_layout),
]


def load_support_sets(folder: Path) -> list[SupportPair]:
    """Every pair of the ``*.jsonl`` files in the folder and below, by file and line.

    Raises ``NotFound`` without such a file and ``InvalidInput`` for a line of another layout or without any pair.
    """
    paths = sorted(folder.rglob("*.jsonl")) if folder.is_dir() else []
    if not paths:
        raise NotFound(f"no *.jsonl file in {str(folder)!r}: claims with evidence and a label are expected there")
    pairs = [pair for path in paths for pair in _pairs(path)]
    if not pairs:
        raise InvalidInput(f"{folder}: no claim has both evidence and a label")
    return pairs


def is_fitted_on(group: str) -> bool:
    """Whether ``eval/fit/support.py`` fits on this group of a public set: one half of all, by their hash."""
    return hashlib.sha256(group.encode()).digest()[0] % 2 == 0


def _pairs(path: Path) -> Iterator[SupportPair]:
    for number, row in read_jsonl(path, _parser().validate_json):
        place = f"{path.stem}:{number}"
        if isinstance(row, _Expert):
            yield from _of_expert(place, row)
        elif isinstance(row, _Begin):
            yield from _of_begin(place, path.stem, row)
        else:
            yield _of_own(path, number, row)


def _of_expert(place: str, row: _Expert) -> Iterator[SupportPair]:
    claims = [claim for answer in row.answers.values() for claim in answer.claims]
    for position, claim in enumerate(claims):
        evidence = tuple(text for text in (_ORIGIN.sub("", each).strip() for each in claim.evidence) if text)
        text = _CITATION.sub("", claim.claim_string).strip()
        if text and evidence and claim.support in _EXPERT_LABELS:
            yield SupportPair(
                id=f"{place}.{position}",
                set="expertqa",
                group=row.question,
                language=language_of(text),
                claim=text,
                evidence=evidence,
                supported=_EXPERT_LABELS[claim.support],
                fitted=is_fitted_on(row.question),
            )


def _of_begin(place: str, stem: str, row: _Begin) -> Iterator[SupportPair]:
    if row.response.strip() and row.knowledge.strip():
        yield SupportPair(
            id=place,
            set=stem,
            group=row.knowledge,
            language=language_of(row.response),
            claim=row.response.strip(),
            evidence=(row.knowledge,),
            supported=row.begin_label == "Fully attributable",
            fitted=is_fitted_on(row.knowledge),
        )


def _of_own(path: Path, number: int, row: _Own) -> SupportPair:
    try:
        return SupportPair(
            id=row.id,
            set=path.stem,
            group=row.id,
            language=row.language,
            claim=row.claim,
            evidence=tuple(row.evidence),
            supported=row.supported,
        )
    except ValueError as error:
        raise InvalidInput(f"{path}, line {number}: {error}") from error


@cache
def _parser() -> TypeAdapter[_Any]:
    return TypeAdapter(_Any)

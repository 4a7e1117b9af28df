"""The settings file that ``citedesk eval calibrate`` writes, read into bars.

It holds for the models that it was fitted with. One that ``answer.calibration`` names is refused where it does not fit
(``ModelRefused``): somebody counts on its precision. ``<home>/calibration.json`` is then ignored with a warning: it may
have outlived a change of models, and the shipped bars still hold.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from answer.decision.bars import AllBars, Bars, Curve, shipped_bars
from answer.decision.calibration import weights_digest
from core.errors import ModelRefused
from core.settings import RerankSettings, Settings
from core.types import Language

logger = logging.getLogger(__name__)

Share = Annotated[float, Field(ge=0, le=1)]

FILE_NAME = "calibration.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """Everything that decides the score of a question and the support of a claim.

    ``weights`` names the shipped decision and sentence models; ``answerer`` the model that drafts the claims.
    """

    embedder: str
    reranker: str
    weights: str
    answerer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageEntry:
    """What the answer path reads of one language; None keeps what is shipped."""

    bar: Share | None = None
    curve: Curve | None = None
    support: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFile:
    """The part of the file that is read; figures and counts stand beside it for people."""

    schema_version: Literal[1]
    fingerprints: Fingerprints
    languages: Mapping[Language, LanguageEntry]


def running_fingerprints(embedder: str, settings: Settings) -> Fingerprints:
    """Of the models that a home answers with; ``embedder`` is the embedder's own fingerprint."""
    return Fingerprints(
        embedder=embedder,
        reranker=reranker_fingerprint(settings.rerank),
        weights=weights_digest(),
        answerer=settings.llm.model if settings.llm.base_url else "extractive",
    )


def reranker_fingerprint(settings: RerankSettings) -> str:
    """The kind, and the model or the digest of the fitted weights."""
    said: list[str] = [settings.kind]
    if settings.kind in ("late_interaction", "cascade"):
        weights = resources.files("rerank").joinpath("weights.json").read_bytes()
        said.append(hashlib.sha256(weights).hexdigest()[:16])
    if settings.kind == "cascade":
        said += [str(settings.survivors), str(settings.settle), str(settings.reach)]
    if settings.kind in ("cross_encoder", "cascade"):
        said.append(settings.model)
    return ":".join(said)


def bars_of_home(settings: Settings, running: Fingerprints) -> AllBars:
    """The bars that the settings name, or those in the home, or the shipped ones.

    Raises ``ModelRefused`` for a named file that is missing, malformed or fitted with other models.
    """
    if settings.answer.calibration is not None:
        return read_bars(settings.answer.calibration, running)
    path = settings.home / FILE_NAME
    if not path.exists():
        return shipped_bars()
    try:
        return read_bars(path, running)
    except ModelRefused as error:
        # As an error, which every command shows: warnings are for -v.
        logger.error("%s; it is ignored and the shipped bars are used", error)  # noqa: TRY400  # it says all
        return shipped_bars()


def read_bars(path: Path, running: Fingerprints) -> AllBars:
    """The bars of a file, shipped ones for what it keeps. Raises ``ModelRefused`` with what is off and what to do."""
    stored = _parsed(path)
    if off := _differences(stored, running):
        raise ModelRefused(f"{path} was fitted with other models ({off}); run citedesk eval calibrate again")
    return {language: _bars(stored.languages.get(language), bars) for language, bars in shipped_bars().items()}


def _differences(stored: CalibrationFile, running: Fingerprints) -> str:
    """What was and what is, in words; empty where all is as it was. Who drafts matters to the support bar only."""
    by_support = any(entry.support is not None for entry in stored.languages.values())
    pairs = zip(asdict(stored.fingerprints).items(), asdict(running).values(), strict=True)
    return ", ".join(
        f"{name} {was!r}, now {now!r}"
        for (name, was), now in pairs
        if was != now and (by_support or name != "answerer")
    )


def _parsed(path: Path) -> CalibrationFile:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        version = document.get("schema_version") if isinstance(document, dict) else None
        if version != SCHEMA_VERSION:
            raise ModelRefused(
                f"{path} has schema_version {version!r}, this release reads {SCHEMA_VERSION}; run citedesk eval "
                "calibrate again"
            )
        return TypeAdapter(CalibrationFile).validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ModelRefused(f"{path} is no calibration: {where}: {first['msg']}") from error
    except (OSError, ValueError) as error:
        raise ModelRefused(f"{path} cannot be read as a calibration: {error}") from error


def _bars(entry: LanguageEntry | None, shipped: Bars) -> Bars:
    if entry is None:
        return shipped
    return Bars(
        score=shipped.score if entry.bar is None else entry.bar,
        curve=shipped.curve if entry.curve is None else entry.curve,
        support=shipped.support if entry.support is None else entry.support,
    )

"""The models that a home has or is pointed at: what they are, whether they serve, and which of them the settings name.

It stands beside the composition root because it looks at embedders and rerankers alike.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np

from core.errors import CitedeskError, InvalidInput, ModelRefused
from core.settings import Settings
from core.types import FloatArray
from inference.export_cache import exports_of
from inference.manifest import ModelManifest, read_manifest
from inference.model_files import ModelFiles, check_folder, local_folder
from rerank.calibration import calibration_path
from rerank.cross_encoder import CrossEncoderReranker
from retrieval.bilingual import SHIPPED
from retrieval.embedder import SentenceEmbedder
from retrieval.encoders import lasting_name
from retrieval.model_files import ENGLISH, find_model

PACKAGED = "packaged"
_TEXT = "How do I reset my password? 如何重置我的密码？"


class ModelKind(StrEnum):
    """What a model is for."""

    EMBEDDER = "embedder"
    RERANKER = "reranker"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfModel:
    """``name`` is what ``citedesk models use`` takes; ``digest`` names weights and configuration.

    ``exports`` has the fidelity of each form that was made for the processor; ``in_use`` tells whether the settings
    name it, ``calibrated`` whether a reranker's probabilities were fitted. ``problem`` says why it does not serve.
    """

    name: str
    kind: ModelKind
    digest: str = ""
    bytes: int = 0
    in_use: bool = False
    parent: str = ""
    data: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    exports: Mapping[str, float] = field(default_factory=dict)
    calibrated: bool = False
    problem: str = ""


def models_of(settings: Settings) -> list[ShelfModel]:
    """The packaged models, those that the settings name, and every model folder in the home's ``models``, in order.

    No weights are read except for their hash. A model that is refused is listed with the reason.
    """
    named = [PACKAGED, ENGLISH, settings.retrieval.embedder, settings.rerank.model]
    own = [str(path.parent) for path in sorted(settings.models.glob("*/config.json")) if not _is_composed(path.parent)]
    return [_listed(name, settings) for name in dict.fromkeys([*filter(None, named), *own])]


def checked(name: str, settings: Settings) -> ShelfModel:
    """The model after it has read a text as the service would, which exports it where it never was.

    Raises ``ModelRefused`` or another ``DependencyError`` that says what is wrong with it.
    """
    files = _files(name, settings)
    files.verified()
    kind = kind_of(files.folder)
    said = _embedded(name, settings) if kind is ModelKind.EMBEDDER else _scored(name, settings)
    if not np.isfinite(said).all():
        raise ModelRefused(f"{files.folder} reads {_TEXT!r} as numbers that are not finite; use another model")
    return _described(name, files, kind, settings)


def kind_of(folder: Path) -> ModelKind:
    """By the architecture in ``config.json``. Raises ``ModelRefused`` where there is none."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelRefused(f"{path} cannot be read ({error}); a model folder says there what it is") from error
    architectures = config.get("architectures") or [""]
    is_classifier = str(architectures[0]).endswith("ForSequenceClassification")
    return ModelKind.RERANKER if is_classifier else ModelKind.EMBEDDER


def settings_for(model: ShelfModel, *, alone: bool = False) -> dict[tuple[str, str], str]:
    """What to set so that ``model`` serves, by section and key; ``alone`` leaves late interaction out before a
    reranker. Raises ``InvalidInput`` where that is asked of an embedder."""
    if model.kind is ModelKind.RERANKER:
        return {
            ("rerank", "kind"): "cross_encoder" if alone else "cascade",
            ("rerank", "model"): lasting_name(model.name),
        }
    if alone:
        raise InvalidInput(f"{model.name} is an embedder; --alone is for rerankers")
    return {("retrieval", "embedder"): "" if model.name == PACKAGED else lasting_name(model.name)}


def _listed(name: str, settings: Settings) -> ShelfModel:
    kind = ModelKind.RERANKER if name == settings.rerank.model else ModelKind.EMBEDDER
    try:
        files = _files(name, settings)
        return _described(name, files, kind_of(files.folder), settings)
    except CitedeskError as error:
        return ShelfModel(name=name, kind=kind, in_use=_is_named(name, kind, settings), problem=str(error))


def _files(name: str, settings: Settings) -> ModelFiles:
    if name in (PACKAGED, ENGLISH):
        return find_model("" if name == PACKAGED else name, settings.models)
    files = ModelFiles(local_folder(name))
    check_folder(files.folder)
    return files


def _described(name: str, files: ModelFiles, kind: ModelKind, settings: Settings) -> ShelfModel:
    told = read_manifest(SHIPPED if name == PACKAGED else files.folder) or ModelManifest(files={})
    digest = files.digest()
    return ShelfModel(
        name=name,
        kind=kind,
        digest=digest,
        bytes=sum(path.stat().st_size for path in files.folder.rglob("*") if path.is_file()),
        in_use=_is_named(name, kind, settings),
        parent=told.parent,
        data=told.data,
        figures=told.figures,
        exports={each.recipe: round(each.fidelity, 4) for each in exports_of(digest, settings.models)},
        calibrated=calibration_path(settings.models, digest).is_file(),
    )


def _is_named(name: str, kind: ModelKind, settings: Settings) -> bool:
    if kind is ModelKind.RERANKER:
        wanted = settings.rerank.model if settings.rerank.kind in ("cascade", "cross_encoder") else ""
        return bool(wanted) and lasting_name(wanted) == lasting_name(name)
    return lasting_name(settings.retrieval.embedder or PACKAGED) == lasting_name(name)


def _is_composed(folder: Path) -> bool:
    """Whether it is the packaged model, put together: that is listed under its own name."""
    return (folder / "composed.json").is_file()


def _embedded(name: str, settings: Settings) -> FloatArray:
    model = "" if name == PACKAGED else name
    return SentenceEmbedder(model, engine=settings.retrieval.engine, cache=settings.models).embed_query(_TEXT)


def _scored(name: str, settings: Settings) -> FloatArray:
    rerank = settings.rerank.model_copy(update={"model": name})
    return CrossEncoderReranker(rerank, settings.models).log_odds(_TEXT, [_TEXT])

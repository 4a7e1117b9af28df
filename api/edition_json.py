"""The editions of a knowledge base as JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePath

from api.schemas import JsonObject
from store.editions import Edition, EditionState

_ORDER = (EditionState.CURRENT, EditionState.PREVIOUS, EditionState.STAGED, EditionState.BUILDING)


def editions_json(editions: Mapping[EditionState, Edition]) -> list[JsonObject]:
    """Those there are, the one that answers first. Of a model's path the last part is told, not where it lies."""
    return [
        {
            "id": edition.id,
            "state": edition.state.value,
            "cut": edition.recipe.cut,
            "embedder": PurePath(edition.recipe.embedder).name,
            "switched_at": _moment(edition.switched_at),
        }
        for edition in (editions[state] for state in _ORDER if state in editions)
    ]


def _moment(at: datetime | None) -> str | None:
    return None if at is None else (at.replace(tzinfo=UTC) if at.tzinfo is None else at).isoformat()

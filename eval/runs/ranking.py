"""What one stage ranked for every query of a set and how long it took: the costly part of a run, and what is cached."""

import gzip
import hashlib
import json
import logging
import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from core.types import SearchStage
from eval.runs.pooling import ScoredDocument

logger = logging.getLogger(__name__)

_KEPT = 400
"""Rankings kept in one folder; the longest unused go first. One takes up to 3 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRanking:
    """The documents of one query, best first, and milliseconds: of the whole search and of its named parts."""

    documents: tuple[ScoredDocument, ...]
    milliseconds: float
    parts_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRanking:
    """One entry per query id. ``measured_at`` is when it was timed (ISO 8601, UTC); ``cached``: it was read back."""

    queries: Mapping[str, QueryRanking]
    measured_at: str
    cached: bool = False


class RankingStore(Protocol):
    """Where the rankings of one set are kept between runs."""

    def load(self, stage: SearchStage) -> StageRanking | None:
        """The ranking of a stage, or None where nothing was kept for it as it is now."""
        ...

    def save(self, stage: SearchStage, ranking: StageRanking) -> None:
        """Keep a ranking."""
        ...


class RankingCache:
    """Rankings in a folder, found by all that decides them.

    ``key_of`` gives every ingredient of a stage's ranking as plain JSON values. A file that is damaged or of another
    key is no hit.
    """

    def __init__(self, folder: Path, key_of: Callable[[SearchStage], Mapping[str, object]], *, fresh: bool = False):
        self._folder = folder
        self._key_of = key_of
        self._fresh = fresh

    def load(self, stage: SearchStage) -> StageRanking | None:
        """The kept ranking; None also where the cache is told to be ``fresh``."""
        if self._fresh:
            return None
        key = self._key_of(stage)
        path = self._path(stage, key)
        try:
            stored = json.loads(gzip.decompress(path.read_bytes()))
            found = _ranking(stored) if stored["key"] == key else None
        except FileNotFoundError:
            return None
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            logger.warning("the cached ranking %s is damaged and measured again: %s", path, error)
            return None
        os.utime(path)
        return found

    def save(self, stage: SearchStage, ranking: StageRanking) -> None:
        """Keep a ranking, all of it or nothing, and drop the longest unused ones."""
        key = self._key_of(stage)
        stored = {"key": key, "measured_at": ranking.measured_at, "queries": _plain(ranking.queries)}
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(stage, key)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(gzip.compress(json.dumps(stored, ensure_ascii=False).encode(), compresslevel=3))
        part.replace(path)
        self._drop_unused()

    def _drop_unused(self) -> None:
        kept = sorted(self._folder.glob("*.json.gz"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in kept[_KEPT:]:
            path.unlink(missing_ok=True)

    def _path(self, stage: SearchStage, key: Mapping[str, object]) -> Path:
        digest = hashlib.sha256(json.dumps(key, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        return self._folder / f"{stage}-{digest[:32]}.json.gz"


def _plain(queries: Mapping[str, QueryRanking]) -> dict[str, object]:
    return {
        query: [found.milliseconds, dict(found.parts_ms), [[d.document_id, d.score] for d in found.documents]]
        for query, found in queries.items()
    }


def _ranking(stored: Mapping[str, Any]) -> StageRanking:
    queries = {
        query: QueryRanking(
            documents=tuple(ScoredDocument(name, score) for name, score in documents),
            milliseconds=milliseconds,
            parts_ms=parts,
        )
        for query, (milliseconds, parts, documents) in stored["queries"].items()
    }
    return StageRanking(queries=queries, measured_at=stored["measured_at"], cached=True)

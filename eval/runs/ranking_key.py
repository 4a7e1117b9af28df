"""Everything that decides one stage's ranking of one set: where it is the same, a ranking need not be made again.

When in doubt an ingredient is in: a needless one costs a measurement, a missing one passes an old figure for a new one.
"""

import hashlib
import json
from pathlib import Path
from typing import Protocol

from core.ports import Embedder
from core.settings import RerankSettings, Settings
from core.text import ANALYSER_VERSION
from core.types import SearchStage
from eval.runs.measures import DEPTH
from eval.runs.provenance import machine, source_digest, versions
from eval.sets.dataset import RetrievalSet

_SOURCES = (
    "core", "store", "inference", "ingest", "retrieval", "answer/assemble.py", "answer/search.py",
    "eval/sets/dataset.py", "eval/runs/index.py", "eval/runs/pooling.py", "eval/runs/run.py",
)  # fmt: skip
_NOWHERE: frozenset[SearchStage] = frozenset()
_FUSED = frozenset({SearchStage.HYBRID, SearchStage.RERANK})
# The stages that read a setting or a whole slice; what is not named here is taken to matter to all of them.
_READ_BY = {
    "record": _NOWHERE,
    "llm": _NOWHERE,
    "answer": _NOWHERE,
    "guard": _NOWHERE,
    "jobs": _NOWHERE,
    "service": _NOWHERE,
    "ingest.workers": _NOWHERE,
    "ingest.max_file_bytes": _NOWHERE,
    "ingest.parse_seconds": _NOWHERE,
    "ingest.parse_memory_bytes": _NOWHERE,
    "ingest.parse_cpu_seconds": _NOWHERE,
    "ingest.archive_bytes": _NOWHERE,
    "ingest.archive_members": _NOWHERE,
    "ingest.archive_ratio": _NOWHERE,
    "ingest.archive_depth": _NOWHERE,
    "retrieval.model_cache": _NOWHERE,
    "retrieval.catch_up_seconds": _NOWHERE,
    "retrieval.chroma_url": _NOWHERE,
    "retrieval.chroma_seconds": _NOWHERE,
    "retrieval.lexical_backend": _FUSED | {SearchStage.LEXICAL},
    "retrieval.dense_weight": _FUSED,
    "rerank": frozenset({SearchStage.RERANK}),
}


class FingerprintedDesk(Protocol):
    """What the key needs of the desk."""

    @property
    def settings(self) -> Settings: ...  # noqa: D102
    @property
    def passage_recipe(self) -> str: ...  # noqa: D102
    @property
    def embedder(self) -> Embedder: ...  # noqa: D102


def ranking_key(desk: FingerprintedDesk, dataset: RetrievalSet, stage: SearchStage) -> dict[str, object]:
    """The ingredients as plain JSON values.

    Judgements are not among them: a corrected one changes the measures and no ranking.
    """
    reranks = stage is SearchStage.RERANK
    return {
        "corpus": dataset.corpus_digest,
        "queries": _queries_digest(dataset),
        "depth": DEPTH,
        "stage": str(stage),
        "passages": desk.passage_recipe,
        "embedder": desk.embedder.fingerprint,
        "analyser": ANALYSER_VERSION,
        "settings": _settings_of(desk.settings, stage),
        "reranker": _model_digest(desk.settings.rerank) if reranks else "",
        "source": source_digest((*_SOURCES, "rerank") if reranks else _SOURCES),
        "versions": versions(),
        "machine": machine(),
    }


def _queries_digest(dataset: RetrievalSet) -> str:
    asked = [[query.id, query.text] for query in dataset.queries]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _settings_of(settings: Settings, stage: SearchStage) -> dict[str, object]:
    """The settings by dotted name, less those that this stage never reads."""
    slices = settings.model_dump(mode="json", exclude={"home"})
    flat = {f"{slice_}.{name}": value for slice_, values in slices.items() for name, value in values.items()}
    return {name: value for name, value in flat.items() if _reads(stage, name)}


def _reads(stage: SearchStage, name: str) -> bool:
    return all(stage in _READ_BY.get(scope, {stage}) for scope in (name, name.partition(".")[0]))


def _model_digest(rerank: RerankSettings) -> str:
    """Of the weights in a local folder; a hub name stands for itself."""
    from inference.model_files import ModelFiles

    folder = Path(rerank.model).expanduser()
    return ModelFiles(folder).digest() if rerank.model and folder.is_dir() else rerank.model

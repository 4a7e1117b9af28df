"""Which embedder reads which edition: the one that the settings name, or one that an older edition was made with."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from core.errors import CitedeskError, DependencyMissing
from core.settings import RetrievalSettings
from inference.choice import EngineName
from retrieval.embedder import SentenceEmbedder
from retrieval.model_files import ENGLISH, find_model
from store.editions import Recipe


class EditionEncoders:
    """The embedders of one home, each loaded once. ``cut`` and ``passages`` are what the settings cut passages by."""

    def __init__(
        self,
        settings: RetrievalSettings,
        cache: Path,
        wanted: SentenceEmbedder,
        *,
        cut: Callable[[], str],
        passages: Mapping[str, int],
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._wanted = wanted
        self._cut = cut
        self._passages = passages
        self._others: dict[str, SentenceEmbedder] = {}
        self._gone: dict[str, str] = {}
        self._lock = threading.Lock()

    def recipe(self) -> Recipe:
        """What the settings make passages and vectors by. May export the model, as its first use does."""
        return Recipe(
            cut=self._cut(),
            fingerprint=self._wanted.fingerprint,
            passages=self._passages,
            embedder=lasting_name(self._settings.embedder),
        )

    def of(self, recipe: Recipe) -> SentenceEmbedder:
        """The embedder of a recipe's fingerprint. Raises ``DependencyMissing`` where no model here has it.

        What was not found once is not looked for again by this process.
        """
        if recipe.fingerprint == _fingerprint(self._wanted):
            return self._wanted
        with self._lock:
            if recipe.fingerprint in self._gone:
                raise DependencyMissing(self._gone[recipe.fingerprint])
            if recipe.fingerprint not in self._others:
                self._others[recipe.fingerprint] = self._found(recipe)
            return self._others[recipe.fingerprint]

    def _found(self, recipe: Recipe) -> SentenceEmbedder:
        digest, _, engine = recipe.fingerprint.partition("/")
        # Torch adds nothing to a fingerprint; the other engines name the export that they read.
        exports: tuple[EngineName, ...] = (self._settings.engine, "onnx", "openvino")
        engines = exports if "/" in engine else ("torch",)
        for name in dict.fromkeys((recipe.embedder, "", ENGLISH)):
            if self._has(name, digest):
                for each in engines:
                    found = SentenceEmbedder(name, engine=each, cache=self._cache)
                    if _fingerprint(found) == recipe.fingerprint:
                        return found
        self._gone[recipe.fingerprint] = (
            f"the embedder {recipe.embedder or 'packaged'!r} ({recipe.fingerprint}) that the edition was made with is "
            "not here any more; put it back and start again, or run `citedesk kb reindex`"
        )
        raise DependencyMissing(self._gone[recipe.fingerprint])

    def _has(self, name: str, digest: str) -> bool:
        try:
            return find_model(name, self._cache).digest().startswith(digest)
        except CitedeskError:
            return False


def _fingerprint(embedder: SentenceEmbedder) -> str:
    """Empty where the model, or what its engine needs, is not here."""
    try:
        return embedder.fingerprint
    except CitedeskError:
        return ""


def lasting_name(embedder: str) -> str:
    """The name of a model as it holds from any folder."""
    folder = Path(embedder).expanduser()
    return str(folder.resolve()) if embedder and folder.is_dir() else embedder

"""Addresses of documents that visitors may be led to: the ``url`` in their metadata, where the service allows it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from urllib.parse import urlsplit

from core.errors import InvalidInput
from core.types import Metadata
from store.origin import origin_of

ANY = "*"
NAME = "url"


class SourceLinks:
    """``metadata`` gives that of documents by their ids, and blocks; ``origins`` are the allowed ones, or ``*``."""

    def __init__(
        self, metadata: Callable[[Collection[str]], Mapping[str, Metadata]], origins: Iterable[str] = ()
    ) -> None:
        """Raises ``InvalidInput`` for what is no origin."""
        self._metadata = metadata
        self._origins = frozenset(origin if origin == ANY else origin_of(origin) for origin in origins)

    def __call__(self, ids: Collection[str]) -> dict[str, str]:
        """Addresses by id, of those documents that have one. Blocks."""
        if not self._origins:
            return {}
        found = {id: metadata.get(NAME, "") for id, metadata in self._metadata(ids).items()}
        return {id: address for id, address in found.items() if self._allows(address)}

    def _allows(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
            origin = origin_of(f"{parts.scheme}://{parts.netloc}")
        except (ValueError, InvalidInput):
            return False  # among others what is not http, and names before an @, which look like another host
        return ANY in self._origins or origin in self._origins

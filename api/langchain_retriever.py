"""Citedesk as a LangChain retriever: in a chain of anyone's, over a home of this machine or a running service."""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, PrivateAttr, SecretStr

from api.bodies import DEFAULT_KB, MAX_HITS, FilterBody
from api.operator_token import operator_token
from api.owner import address_of_owner
from api.remote import post
from api.searching import searched
from core.types import SearchStage
from store.kb_key import KbKey

if TYPE_CHECKING:
    from answer.assemble import Desk

logger = logging.getLogger(__name__)

_METADATA = ("chunk_id", "document_id", "source", "title", "heading_path", "page", "score", "stage", "also_in")


class Home:
    """A home of this machine, opened at the first question: retrievers of one process share it. Thread-safe.

    ``folder`` None is what the command line finds. Its indexes are owned until ``close``, unless a service owns them.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._desk: Desk | None = None
        self._guard = threading.Lock()

    def ready(self) -> "tuple[Desk, str]":
        """The open home and, where a service owns its indexes, the address at which to ask that."""
        with self._guard:
            if self._desk is None:
                self._desk = _opened(self._folder)
            address = address_of_owner(self._desk)
            if not address:
                _ = self._desk.first_stage  # made by one thread; what it holds may be used by many
            return self._desk, address

    def close(self) -> None:
        """Give back the indexes; the next question opens them again."""
        with self._guard:
            if self._desk is not None:
                self._desk.close()
                self._desk = None


class CitedeskRetriever(BaseRetriever):
    """At most ``k`` live passages of a knowledge base, best first. Thread-safe; ``ainvoke`` searches in a thread.

    Searches by the service at ``url`` (``http://127.0.0.1:8000``) with ``api_key`` if one is given, else in ``home``:
    its folder, None for the one that the command line finds, or a ``Home`` that several retrievers share. ``filter`` is
    what the service takes: ``{"where": {"product": "Atlas"}}``.

    A document's metadata say where its text stands: ``source``, ``heading_path``, ``page``, and ``start`` and ``end``,
    half-open character offsets in the stored text. ``degraded`` names parts that were done without. Raises
    ``InvalidInput``, ``NotFound`` or ``DependencyError``; what cannot be looked up is never an empty list.
    """

    model_config = ConfigDict(extra="forbid")

    kb: str = DEFAULT_KB
    k: int = Field(default=10, ge=1, le=MAX_HITS)
    stage: SearchStage = SearchStage.RERANK
    filter: FilterBody = FilterBody()
    home: Home | Path | None = None
    url: str = ""
    api_key: SecretStr = SecretStr("")
    _home: Home = PrivateAttr()

    def model_post_init(self, context: Any) -> None:
        """Make a home of a folder."""
        self._home = self.home if isinstance(self.home, Home) else Home(self.home)

    def close(self) -> None:
        """Close the home, for all retrievers that share it."""
        self._home.close()

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        found = self._over(self.url, query, self.api_key.get_secret_value()) if self.url else self._here(query)
        if found["degraded"]:
            logger.warning("searched without %s", ", ".join(found["degraded"]))
        return [_document(hit, found["degraded"]) for hit in found["hits"]]

    def _over(self, url: str, query: str, token: str) -> Mapping[str, Any]:
        body = {"query": query, "kb": self.kb, "k": self.k, "stage": self.stage.value}
        asked = self.filter.model_dump(mode="json", exclude_defaults=True)
        return post(f"{url.rstrip('/')}/v1/search", {**body, "filter": asked} if asked else body, token)

    def _here(self, query: str) -> Mapping[str, Any]:
        desk, address = self._home.ready()
        if address:
            return self._over(address, query, operator_token(desk.settings.home))
        return searched(desk, KbKey(self.kb), query, self.k, self.stage, self.filter.to_filter())


def _opened(folder: Path | None) -> "Desk":
    from answer.assemble import Desk
    from core.settings import load_settings

    return Desk(load_settings(folder))


def _document(hit: Mapping[str, Any], degraded: list[str]) -> Document:
    start, end = hit["span"]
    metadata = {name: hit[name] for name in _METADATA}
    metadata |= {"start": start, "end": end, "degraded": degraded}
    return Document(id=hit["chunk_id"], page_content=hit["text"], metadata=metadata)

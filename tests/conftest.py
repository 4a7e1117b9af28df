"""Fixtures that several rooms use."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import FakeEmbedder, a_document, paragraphs_of, state_of
from hypothesis import settings
from redis_server import RedisServer

from store.catalog import Catalog

Put = Callable[..., None]

# CI draws the same examples every time; elsewhere each run draws new ones. Machines are too noisy for deadlines.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models are put together and exported to once, for all homes of a test run and all its processes."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "models"


@pytest.fixture(scope="session")
def one_redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Started once for all tests of this process; skips where Debian's server is not and cannot be."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(one_redis_server: RedisServer) -> RedisServer:
    """Empty and running, whatever the test before did with it."""
    one_redis_server.renew()
    return one_redis_server


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog.open(tmp_path / "home")
    catalog.ensure_kb("kb")
    yield catalog
    catalog.close()


@pytest.fixture
def put(catalog: Catalog, embedder: FakeEmbedder) -> Put:
    """Put a document of paragraphs into the record: ``put("a.md", "first\\n\\nsecond")``."""

    def put(source: str, text: str, kb: str = "kb") -> None:
        catalog.ensure_kb(kb)
        document = a_document(source, text, kb=kb)
        passages = paragraphs_of(document)
        vectors = embedder.embed_passages([chunk.indexed_text for chunk in passages])
        catalog.put_document(
            document, passages, list(vectors), fingerprint=embedder.fingerprint, state=state_of(document)
        )

    return put

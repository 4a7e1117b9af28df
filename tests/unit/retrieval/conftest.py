import pytest

from retrieval.engine_cache import exported_model
from retrieval.model_files import find_model


@pytest.fixture(scope="session")
def int8_cache(tmp_path_factory):
    """A cache that holds the packaged model in int8, exported once for all tests."""
    cache = tmp_path_factory.mktemp("models")
    files = find_model("")
    exported_model(files, files.digest(), cache)
    return cache

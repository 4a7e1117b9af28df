"""The packaged model with the Chinese rows that ship beside this file, put together once and kept.

``<cache>/minilm-zh-<identity[:16]>/`` appears whole or not at all; its ``composed.json`` says what its weights must be.
"""

import atexit
import hashlib
import json
import logging
import shutil
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from core.errors import ModelRefused
from inference.model_files import ModelFiles, sha256_of
from retrieval.chinese_rows import compose

SHIPPED = Path(__file__).parent / "models" / "minilm-zh"
# Raise it when the same parts would give another model.
_RECIPE = 1
_RECORD = "composed.json"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """``identity`` names the parts and how they were joined; both are SHA-256 in hexadecimal."""

    identity: str
    weights_sha256: str


def bilingual_model(parent: ModelFiles, folder: Path | None, *, shipped: Path | None = None) -> ModelFiles:
    """The composed model in ``folder``, or where that is None or cannot be written in one that ends with the process.

    Raises ``ModelRefused`` where the parent or a shipped file is not what it should be, with both hashes.
    """
    shipped = shipped or SHIPPED
    files: dict[str, str] = json.loads((shipped / "manifest.json").read_text(encoding="utf-8"))["files"]
    identity = hashlib.sha256(json.dumps([_RECIPE, parent.digest(), sorted(files.items())]).encode()).hexdigest()
    try:
        place = _compose_once(parent, shipped, files, identity, folder or _of_this_process())
    except OSError as error:
        if folder is None:
            raise
        logger.warning("the model is put together in a temporary folder: %s cannot be written: %s", folder, error)
        place = _compose_once(parent, shipped, files, identity, _of_this_process())
    made = Composed(**json.loads((place / _RECORD).read_text(encoding="utf-8")))
    return ModelFiles(place, made.weights_sha256, made.identity, advice=f"delete {place} and it is made again")


def _compose_once(parent: ModelFiles, shipped: Path, files: dict[str, str], identity: str, folder: Path) -> Path:
    place = folder.absolute() / f"minilm-zh-{identity[:16]}"
    if place.is_dir():
        return place
    _check(shipped, files)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f"{place.name}.building-") as temporary:
        made = Path(temporary) / "model"
        compose(parent.verified(), shipped, made)
        record = Composed(identity=identity, weights_sha256=sha256_of(made / "model.safetensors"))
        (made / _RECORD).write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
        try:
            made.rename(place)
        except OSError:
            # Another process or thread was faster and made the same.
            if not place.is_dir():
                raise
    return place


def _check(shipped: Path, files: dict[str, str]) -> None:
    for name, expected in files.items():
        if (found := sha256_of(shipped / name)) != expected:
            raise ModelRefused(f"{shipped / name} has sha256 {found}, expected {expected}; reinstall citedesk")


@cache
def _of_this_process() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="citedesk-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

"""A model put together from parts whose hashes are known, once, and kept.

``<folder>/<name>-<identity[:16]>/`` appears whole or not at all; its ``composed.json`` says what its weights must be.
"""

import atexit
import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import ModelRefused
from inference.model_files import ModelFiles, sha256_of

_RECORD = "composed.json"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """``identity`` names the parts and how they were joined; both are SHA-256 in hexadecimal."""

    identity: str
    weights_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """``make`` writes the model's folder, which does not exist yet, out of ``parent`` and what lies in ``shipped``,
    whose ``manifest.json`` gives the SHA-256 of each file. ``recipe`` goes up when the same parts would give another
    model."""

    name: str
    recipe: int
    parent: ModelFiles
    shipped: Path
    make: Callable[[Path], None]

    def identity(self) -> str:
        """Names the parts and how they are joined."""
        parts: Sequence[Any] = [self.recipe, self.parent.digest(), sorted(self._shipped_hashes().items())]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def check(self) -> None:
        """Raises ``ModelRefused`` where a shipped file is not what it should be, with both hashes."""
        for name, expected in self._shipped_hashes().items():
            if (found := sha256_of(self.shipped / name)) != expected:
                raise ModelRefused(f"{self.shipped / name} has sha256 {found}, expected {expected}; reinstall citedesk")

    def _shipped_hashes(self) -> Mapping[str, str]:
        files: dict[str, str] = json.loads((self.shipped / "manifest.json").read_text(encoding="utf-8"))["files"]
        return files


def composed_model(composition: Composition, folder: Path | None) -> ModelFiles:
    """The model in ``folder``, or where that is None or cannot be written in one that ends with the process.

    Raises ``ModelRefused`` where the parent or a shipped file is not what it should be.
    """
    try:
        place = _compose_once(composition, folder or _of_this_process())
    except OSError as error:
        if folder is None:
            raise
        logger.warning("the model is put together in a temporary folder: %s cannot be written: %s", folder, error)
        place = _compose_once(composition, _of_this_process())
    made = Composed(**json.loads((place / _RECORD).read_text(encoding="utf-8")))
    return ModelFiles(place, made.weights_sha256, made.identity, advice=f"delete {place} and it is made again")


def _compose_once(composition: Composition, folder: Path) -> Path:
    identity = composition.identity()
    place = folder.absolute() / f"{composition.name}-{identity[:16]}"
    if place.is_dir():
        return place
    composition.check()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f"{place.name}.building-") as temporary:
        made = Path(temporary) / "model"
        composition.make(made)
        record = Composed(identity=identity, weights_sha256=sha256_of(made / "model.safetensors"))
        (made / _RECORD).write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
        try:
            made.rename(place)
        except OSError:
            # Another process or thread was faster and made the same.
            if not place.is_dir():
                raise
    return place


@cache
def _of_this_process() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="citedesk-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

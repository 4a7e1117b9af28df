"""Exported models on disk: made once in a process of their own, checked at every load.

``<cache>/<digest[:16]>-<recipe>/`` holds the recipe's files and ``manifest.json``; it appears whole or not at all.
"""

import json
import logging
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import ModelRefused, Unavailable
from inference.model_files import ModelFiles, sha256_of
from inference.recipe import Recipe

_MANIFEST = "manifest.json"
_EXPORT_SECONDS = 900

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportManifest:
    """Where a model came from. ``fidelity``, at most 1, is how near its numbers are to float32's, as its exporter
    measures it; hashes are SHA-256 in hexadecimal, those of several files with blanks between them."""

    source: str
    recipe: str
    model_sha256: str
    fidelity: float
    versions: dict[str, str]


def exported_model(files: ModelFiles, digest: str, cache: Path, recipe: Recipe) -> Path:
    """The model of ``files`` by the recipe, exported where the cache has none that is whole.

    Raises ``ModelRefused`` where the model cannot be exported or is less faithful than the recipe asks, and
    ``Unavailable`` where the cache cannot be written or another process holds it too long.
    """
    # The exporting process has another working directory.
    place = cache.absolute() / f"{digest[:16]}-{recipe.name}"
    try:
        manifest = _read_manifest(place, digest, recipe) or _export_once(files, digest, place, recipe)
    except OSError as error:
        raise Unavailable(
            f"{cache} cannot keep an exported model: {error}; give a folder that can be written"
        ) from error
    if manifest.fidelity < recipe.least:
        raise ModelRefused(
            f"{files.folder} as {recipe.name} reaches a fidelity of {manifest.fidelity:.4f} to float32, below "
            f"{recipe.least}; set {recipe.setting} to 'torch', or delete {place} to try again"
        )
    return place / recipe.files[0]


def exports_of(digest: str, cache: Path) -> Iterator[ExportManifest]:
    """What was made of a model, by recipe; a damaged export is left out, and made again at its next use."""
    for path in sorted(cache.glob(f"{digest[:16]}-*/{_MANIFEST}")):
        try:
            manifest = ExportManifest(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue
        if manifest.source == digest:
            yield manifest


def _read_manifest(place: Path, digest: str, recipe: Recipe) -> ExportManifest | None:
    """None where there is no export or it is not what its manifest says."""
    if not place.exists():
        return None
    try:
        manifest = ExportManifest(**json.loads((place / _MANIFEST).read_text(encoding="utf-8")))
        found = _hash(place, recipe)
    except (OSError, ValueError, TypeError) as error:
        logger.warning("%s is damaged and is made again: %s", place, error)
        return None
    if (manifest.source, manifest.model_sha256) != (digest, found):
        logger.warning("%s is made again: its model has sha256 %s, expected %s", place, found, manifest.model_sha256)
        return None
    return manifest


def _hash(folder: Path, recipe: Recipe) -> str:
    return " ".join(sha256_of(folder / name) for name in recipe.files)


def _export_once(files: ModelFiles, digest: str, place: Path, recipe: Recipe) -> ExportManifest:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(place.with_name(f"{place.name}.lock"), timeout=_EXPORT_SECONDS):
            # Another process may have made it while this one waited.
            return _read_manifest(place, digest, recipe) or _export(files, digest, place, recipe)
    except Timeout as error:
        raise Unavailable(f"another process has been exporting {place} for {_EXPORT_SECONDS} s") from error


def _export(files: ModelFiles, digest: str, place: Path, recipe: Recipe) -> ExportManifest:
    """Build beside ``place`` and rename; what a killed process left is removed, which the lock makes safe."""
    for left in place.parent.glob(f"{place.name}.building-*"):
        shutil.rmtree(left)
    folder = files.verified().absolute()
    logger.info("exporting %s for the processor (%s), 10 to 30 seconds, once", folder, recipe.name)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f"{place.name}.building-") as temporary:
        out = Path(temporary) / "model"
        out.mkdir()
        manifest = ExportManifest(
            source=digest,
            recipe=recipe.name,
            fidelity=_run_export(folder, out, recipe),
            model_sha256=_hash(out, recipe),
            versions={name: version(name) for name in recipe.made_by},
        )
        (out / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        out.rename(place)
    logger.info("exported in %.0f s, fidelity to float32 %.4f", time.perf_counter() - start, manifest.fidelity)
    return manifest


def _run_export(folder: Path, out: Path, recipe: Recipe) -> float:
    """The fidelity that the exporting process found. Raises ``ModelRefused`` with the end of what it said."""
    command = [sys.executable, "-m", recipe.exporter, str(folder), str(out), recipe.name]
    root = Path(__file__).parent.parent
    try:
        done = subprocess.run(  # noqa: S603  # our own module in our own interpreter
            command, cwd=root, capture_output=True, text=True, encoding="utf-8", timeout=_EXPORT_SECONDS, check=True
        )
        return float(json.loads(done.stdout.splitlines()[-1])["fidelity"])
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise ModelRefused(
            f"the {recipe.name} export of {folder} ended with {error.returncode} and said: {said[0]}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ModelRefused(f"the {recipe.name} export of {folder} took more than {_EXPORT_SECONDS} s") from error

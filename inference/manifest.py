"""What a model folder says of itself: ``manifest.json`` with its parent, data, figures and the hashes of its files.

A folder without one may serve; one with a manifest must be what it says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import ModelRefused

FILE_NAME = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelManifest:
    """``parent`` names what the model was made from, ``data`` the sources it was trained on; ``figures`` by name.

    ``files`` has the SHA-256, in hexadecimal, of each file by its path in the folder.
    """

    files: Mapping[str, str]
    parent: str = ""
    data: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)


def read_manifest(folder: Path) -> ModelManifest | None:
    """None where there is no manifest, or one of another kind without ``files``. Raises ``ModelRefused`` for a
    damaged one."""
    path = folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelRefused(f"{path} is no JSON ({error}); copy the model again") from error
    files = stored.get("files") if isinstance(stored, dict) else None
    if files is None:
        return None
    if not isinstance(files, dict) or not all(_is_inside(name) and isinstance(files[name], str) for name in files):
        raise ModelRefused(f"{path}: 'files' must hold the SHA-256 of files in its folder by name, got {files!r:.80}")
    return _manifest(stored)


def _is_inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _manifest(stored: Mapping[str, Any]) -> ModelManifest:
    training = stored.get("training") or {}
    return ModelManifest(
        files=stored["files"],
        parent=_named(stored.get("parent", "")),
        data=tuple(map(_named, stored.get("data") or training.get("sentences") or ())),
        figures=stored.get("figures") or training.get("figures") or {},
    )


def _named(entry: Any) -> str:
    """A name as given, or that of an object that says more."""
    if isinstance(entry, dict):
        return str(next((entry[key] for key in ("name", "package", "source") if key in entry), entry))
    return str(entry)

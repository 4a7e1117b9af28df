"""What a model wrote last time, one file per case: a change of words is seen before it is accepted."""

import json
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path

from eval.places import write_text


class SnapshotState(StrEnum):
    """How a completion compares with its file. ``NONE``: there was no completion to compare."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """``diff`` is a unified diff from the file to the completion, empty unless the state is ``CHANGED``."""

    state: SnapshotState
    diff: str = ""


def compare_snapshot(path: Path, text: str, *, update: bool) -> Snapshot:
    """Compare a completion with its file, and with ``update`` put it in the file's place.

    Raises ``InvalidInput`` where it cannot be written.
    """
    now = readable(text)
    before = path.read_text(encoding="utf-8") if path.is_file() else None
    if update and now != before:
        write_text(path, now)
    if before is None:
        return Snapshot(state=SnapshotState.NEW)
    if before == now:
        return Snapshot(state=SnapshotState.SAME)
    lines = unified_diff(
        before.splitlines(keepends=True), now.splitlines(keepends=True), f"{path.name} (accepted)", "now", n=2
    )
    return Snapshot(state=SnapshotState.CHANGED, diff="".join(lines))


def readable(text: str) -> str:
    """JSON with a line for each value, other text as it is; with a line end."""
    try:
        shown = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        shown = text
    return shown.rstrip("\n") + "\n"

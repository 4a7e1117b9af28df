"""Homes for the jobs of a sweep: one process owns the indexes of a home, so jobs that run at once need one each.

Indexing is the costly part and is done once per group of jobs, in the group's first home. Only when a processor would
stand idle is that home copied, while nobody owns it; copies go when the sweep ends, first homes stay for the next one.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path


class Homes:
    """Folders below ``root``: ``<group>`` and its copies ``<group>.2`` and so on. For one thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._free: dict[str, list[Path]] = {}
        self._made: dict[str, int] = {}

    def take(self, group: str, *, wanted: int) -> Path | None:
        """A free home of the group, or None while all are in use; ``wanted`` are asked for at this moment in all.

        The first home of a group is handed out alone, since it still has to be filled.
        """
        if group not in self._made:
            self._made[group] = 1
            self._free[group] = []
            return self._root / group
        free = self._free[group]
        if not free:
            return None
        while len(free) < wanted:
            free.append(self._copied(free[0], group))
        return free.pop(0)

    def give_back(self, group: str, home: Path) -> None:
        """The home is owned by nobody any more."""
        self._free[group].append(home)

    def _copied(self, home: Path, group: str) -> Path:
        self._made[group] += 1
        copy = self._root / f"{group}.{self._made[group]}"
        shutil.rmtree(copy, ignore_errors=True)  # what a killed sweep left
        shutil.copytree(home, copy)
        return copy

    def remove_copies(self) -> None:
        """Delete all but the first homes."""
        for copy in self._copies():
            shutil.rmtree(copy, ignore_errors=True)

    def _copies(self) -> Iterator[Path]:
        for group, made in self._made.items():
            yield from (self._root / f"{group}.{number}" for number in range(2, made + 1))

"""Which files are known documents under new names, told by their bytes alone."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import product
from pathlib import PurePosixPath

# More pairs of equal files than this are matched in the order of their names, not by how alike the names are.
_PAIRS = 2_500


def find_moves(arrived: Mapping[str, str], left: Mapping[str, str], taken: Collection[str]) -> dict[str, str]:
    """New source by old one, each at most once.

    ``arrived`` are hashes, by source, of files that are new or hold other bytes than before; ``left`` those of
    documents whose file is gone or holds other bytes now; ``taken`` are the sources of all documents. A document only
    moves to a name that is free or that its own document leaves: a file that replaces another is a new version of it.
    """
    comers, leavers = _by_hash(arrived), _by_hash(left)
    found: dict[str, str] = {}
    for content in sorted(comers.keys() & leavers.keys()):
        found |= _matched(leavers[content], comers[content])
    while blocked := [old for old, new in found.items() if new in taken and new not in found]:
        for old in blocked:
            del found[old]
    return found


def _by_hash(hashes: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for source in sorted(hashes):
        found[hashes[source]].append(source)
    return found


def _matched(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names, the most alike first."""
    if len(old) * len(new) > _PAIRS:
        yield from zip(sorted(old, key=_by_name), sorted(new, key=_by_name), strict=False)
        return
    used: set[str] = set()
    for left, came in sorted(product(old, new), key=lambda pair: (*_distance(*pair), pair)):
        if f"<{left}" not in used and f">{came}" not in used:
            used |= {f"<{left}", f">{came}"}
            yield left, came


def _by_name(source: str) -> tuple[str, str]:
    return PurePosixPath(source).name, source


def _distance(left: str, came: str) -> tuple[bool, bool, float]:
    """Smaller for likelier pairs: the same file name, then the same folder, then the more alike names."""
    before, after = PurePosixPath(left), PurePosixPath(came)
    alike = SequenceMatcher(None, left, came, autojunk=False).ratio()
    return before.name != after.name, before.parent != after.parent, -alike

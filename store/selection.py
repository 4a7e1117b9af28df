"""What a filter leaves of one edition, as of one state of the record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Passages of these versions and kinds (None: of every kind). The passages of a version never change,
    so one that is read together with its version is in the selection or not, whatever was written since.

    ``passages`` counts them, ``of`` all passages of the edition. ``revision`` is the record's that was read.
    """

    versions: frozenset[int]
    kinds: frozenset[str] | None
    passages: int
    of: int
    revision: int

    def holds(self, version: int, kind: str) -> bool:
        """Whether a passage of this version and kind is among them."""
        return version in self.versions and (self.kinds is None or kind in self.kinds)

"""Which process is to search: this one, or the service that owns the indexes of the home."""

from typing import TYPE_CHECKING

from api.console import WAIT_SECONDS

if TYPE_CHECKING:
    from answer.assemble import Desk

_WAIT_FOR_A_SERVICE = 0.2  # it holds the indexes for long


def address_of_owner(desk: "Desk") -> str:
    """Of the service that owns the indexes; empty where this process owns them now.

    Raises ``IndexLocked`` where another one does that cannot be asked.
    """
    from core.errors import IndexLocked

    owner = desk.owner()
    try:
        desk.own(wait_seconds=_WAIT_FOR_A_SERVICE if owner and owner.address else WAIT_SECONDS)
    except IndexLocked:
        owner = desk.owner()
        if owner is None or not owner.address:
            raise
        return owner.address
    return ""

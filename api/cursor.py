"""Where a list goes on: a word that only the service reads."""

import base64
import binascii

from api.errors import InvalidField


def cursor_of(last: str) -> str:
    """For the entry after ``last``."""
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def after_of(cursor: str) -> str:
    """What ``cursor_of`` was given; empty for no cursor. Raises ``InvalidField``."""
    try:
        last = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _foreign(cursor) from error
    if "\0" in last:  # PostgreSQL takes no NUL
        raise _foreign(cursor)
    return last


def _foreign(cursor: str) -> InvalidField:
    return InvalidField("#/cursor", f"{cursor[:80]!r} is no cursor of this service; leave it out")

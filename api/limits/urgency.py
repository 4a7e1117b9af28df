"""Whether somebody waits for an answer: the ``Priority`` header of RFC 9218."""

import re

_URGENCY = re.compile(r"(?:^|,)\s*u=([0-7])\s*(?:[,;]|$)")
# RFC 9218, section 4.1: 3 is the default, 7 is for background tasks.
_BATCH_FROM = 5


def is_batch(priority: str) -> bool:
    """Whether a header value such as ``u=7`` says that nobody waits; without one somebody does."""
    found = _URGENCY.search(priority)
    return found is not None and int(found[1]) >= _BATCH_FROM

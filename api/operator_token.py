"""How commands of this machine show a running service that they come from the home's owner.

Whoever can read the pepper can write the record too, so that this opens nothing which is not open already.
"""

import hashlib
import hmac
import re
import time
from pathlib import Path

from store.pepper import read_pepper

LIFE_SECONDS = 60
_TOKEN = re.compile(r"cdk_operator_(\d{1,12})_([0-9a-f]{64})", re.ASCII)


def operator_token(home: Path) -> str:
    """A token that the service of this home takes for a minute. Raises ``RecordError``."""
    return _token(read_pepper(home), int(time.time()))


def is_operator_token(pepper: bytes, token: str, now: float) -> bool:
    """Whether the token was made with this pepper within the last minute."""
    found = _TOKEN.fullmatch(token)
    if found is None or abs(now - int(found[1])) > LIFE_SECONDS:
        return False
    return hmac.compare_digest(_token(pepper, int(found[1])), token)


def _token(pepper: bytes, at: int) -> str:
    mark = hmac.new(pepper, f"operator {at}".encode(), hashlib.sha256).hexdigest()
    return f"cdk_operator_{at}_{mark}"

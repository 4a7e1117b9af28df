"""The secret that a home's API keys are hashed with: 32 random bytes in a file that only its owner reads."""

import os
import secrets
from pathlib import Path

from core.errors import RecordError

_BYTES = 32
_NAME = "pepper"


def read_pepper(home: Path) -> bytes:
    """The home's pepper, made where there is none. Raises ``RecordError`` where others may read it, or it is cut."""
    path = home / _NAME
    try:
        if not path.exists():
            _make(path)
        mode, pepper = path.stat().st_mode & 0o777, path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path} cannot be read or made: {error.strerror}") from error
    if mode & 0o077:
        raise RecordError(f"{path} may be read by others (mode {mode:03o}); `chmod 600 {path}`")
    if len(pepper) != _BYTES:
        raise RecordError(f"{path} has {len(pepper)} bytes, not {_BYTES}; restore it from a backup of the home")
    return pepper


def _make(path: Path) -> None:
    """Whole or not at all; where two processes make one, the first stays."""
    draft = path.with_name(f"{_NAME}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()

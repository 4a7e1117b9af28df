"""Title, author and day of change as the binary Office formats state them."""

from datetime import UTC, datetime
from pathlib import Path

_UTF8_PAGE = 65_001
_FIRST_YEAR = 1980


def ole_properties(path: Path) -> dict[str, str]:
    """The properties of an OLE file under the names that metadata has; without those it does not state."""
    import olefile  # type: ignore[import-untyped]  # olefile ships no types

    with olefile.OleFileIO(path) as container:
        stated = container.get_metadata()
    page = (stated.codepage or 0) & 0xFFFF
    encoding = "utf-8" if page == _UTF8_PAGE else f"cp{page}"
    found = {"title": _text(stated.title, encoding), "author": _text(stated.author, encoding)}
    saved = stated.last_saved_time
    if isinstance(saved, datetime) and saved.year >= _FIRST_YEAR:
        found["modified"] = saved.replace(tzinfo=UTC).isoformat(timespec="seconds")
    return {name: value for name, value in found.items() if value}


def _text(value: bytes | str | None, encoding: str) -> str:
    if not isinstance(value, bytes):
        return (value or "").strip()
    try:
        return value.decode(encoding).strip("\0 ")
    except (UnicodeDecodeError, LookupError):
        return value.decode("cp1252", "replace").strip("\0 ")

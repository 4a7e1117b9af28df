"""Origins of web pages: scheme, host and port as a browser's ``Origin`` header writes them (RFC 6454, section 6.2)."""

import re

from core.errors import InvalidInput

_MAX_CHARS = 260
_HOST = r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?", re.ASCII)
_PORTS = {"http": "80", "https": "443"}


def origin_of(text: str) -> str:
    """The exact origin that somebody wrote: in lower case, without the scheme's own port and a slash at the end.

    Raises ``InvalidInput`` for what no page can have as its origin, a path, a pattern and ``null``.
    """
    found = _ORIGIN.fullmatch(text.strip().lower().removesuffix("/")) if len(text) <= _MAX_CHARS else None
    if found is None:
        raise InvalidInput(
            f"{text[:80]!r} is no origin; write scheme, host and, where it is not the usual one, port: "
            "https://help.example.com. Each origin stands for itself, without patterns; a host that is not ASCII is "
            "written as browsers send it (https://xn--...)"
        )
    scheme, host, port = found["scheme"], found["host"], found["port"]
    return f"{scheme}://{host}" + (f":{port}" if port and port != _PORTS[scheme] else "")

"""Which web pages may ask. A browser names the origin of the page in the ``Origin`` header, which no page can forge."""

from ipaddress import ip_address

from starlette.datastructures import Headers

from api.errors import ForeignOrigin, NotFromHere
from store.key import ApiKey

_SHOWN = 80


def check_from_here(headers: Headers) -> None:
    """Refuse what a web page could send: under a name of its own (DNS rebinding), or to another origin.

    Raises ``NotFromHere``.
    """
    host = headers.get("host", "")
    if not _is_loopback(host):
        raise NotFromHere(f"the host {host[:_SHOWN]!r} is not this machine")
    origin = headers.get("origin")
    if origin is not None and not _is_of(host, origin):
        raise NotFromHere(f"the request comes from {origin[:_SHOWN]!r}")


def check_origin(key: ApiKey, headers: Headers) -> None:
    """Refuse a key on a page that it is not for. Raises ``ForeignOrigin``.

    A publishable key is for the pages of its origins only; any other for programs, for the service's own pages and for
    those of its origins.
    """
    origin = headers.get("origin")
    if origin in key.origins:
        return
    if key.publishable:
        came = f"comes from {origin[:_SHOWN]!r}" if origin is not None else "names no origin, as browsers do"
        raise ForeignOrigin(
            f"the publishable key {key.prefix} is for the pages of its origins only; the request {came}"
        )
    if origin is not None and not _is_own(headers, origin):
        raise ForeignOrigin(
            f"the key {key.prefix} is not for pages of {origin[:_SHOWN]!r}; make one with `citedesk keys create "
            "--origin`, and with --publishable where visitors can see it"
        )


def _is_own(headers: Headers, origin: str) -> bool:
    # Behind a proxy that rewrites Host, browsers still say that page and service are of one origin.
    return _is_of(headers.get("host", ""), origin) or headers.get("sec-fetch-site") == "same-origin"


def _is_of(host: str, origin: str) -> bool:
    return origin.partition("://")[2] == host


def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False

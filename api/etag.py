"""Entity tags (RFC 9110, section 8.8.3), by which a client says what it has seen."""

ANY = "*"


def tags_of(header: str | None) -> frozenset[str] | None:
    """The strong tags of an ``If-Match``; None where everything matches."""
    if header is None or header.strip() == ANY:
        return None
    return frozenset(tag.strip() for tag in header.split(","))


def matches(header: str | None, tag: str) -> bool:
    """Whether an ``If-None-Match`` names the tag; weak ones count, since proxies that pack answers weaken them."""
    if header is None:
        return False
    given = {each.strip().removeprefix("W/") for each in header.split(",")}
    return ANY in given or tag in given

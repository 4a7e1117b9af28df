import pytest

from api.source_links import SourceLinks
from core.errors import InvalidInput

ADDRESSES = {
    "help": "https://help.example.com/zh/退款?a=1#b",
    "upper": "HTTPS://Help.Example.Com/x",
    "port": "https://help.example.com:8443/x",
    "plain": "http://help.example.com/x",
    "inside": "http://wiki.internal/secret",
    "disguised": "https://help.example.com@evil.example/x",
    "longer": "https://help.example.com.evil.example/x",
    "script": "javascript:alert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "relative": "//help.example.com/x",
    "broken": "https://[::1",
    "nothing": "",
}


def links(*origins):
    def metadata(ids):
        return {id: {"url": ADDRESSES[id]} if id in ADDRESSES else {} for id in ids}

    return SourceLinks(metadata, origins)([*ADDRESSES, "unnamed"])


def test_documents_are_linked_only_where_their_origin_is_allowed():
    assert links("https://help.example.com") == {name: ADDRESSES[name] for name in ("help", "upper")}
    assert set(links("https://help.example.com:8443", "http://wiki.internal")) == {"port", "inside"}


def test_a_star_allows_the_web_and_nothing_else():
    assert set(links("*")) == {"help", "upper", "port", "plain", "inside", "longer"}


def test_nothing_is_linked_and_nothing_read_unless_somebody_said_so():
    def unread(ids):
        raise AssertionError("metadata was read")

    assert SourceLinks(unread)(["help"]) == {}


def test_an_origin_that_is_none_is_refused_when_the_service_starts():
    with pytest.raises(InvalidInput, match="is no origin"):
        SourceLinks(lambda ids: {}, ["help.example.com"])

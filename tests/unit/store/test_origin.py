import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from store.origin import origin_of


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://help.example.com", "https://help.example.com"),
        (" HTTPS://Help.Example.com/ ", "https://help.example.com"),
        ("https://help.example.com\n", "https://help.example.com"),
        ("https://help.example.com:443", "https://help.example.com"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://help.example.com:443", "http://help.example.com:443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://xn--fiq228c.example.cn", "https://xn--fiq228c.example.cn"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(written, origin):
    assert origin_of(written) == origin


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "null",
        "help.example.com",
        "https://",
        "https://*.example.com",
        "https://help.example.com/path",
        "https://help.example.com//",
        "https://help.example.com?x",
        "https://help.example.com#x",
        "https://user@help.example.com",
        "https://help.example.com:port",
        "https://help.example.com https://evil.example",
        "https://help.example.com,https://evil.example",
        "ftp://help.example.com",
        "file://",
        "javascript:alert(1)",
        "https://帮助.example.cn",
        "https://.",
        "https://" + "a" * 300,
    ],
)
def test_what_no_page_has_as_its_origin_is_refused_with_what_to_write(written):
    with pytest.raises(InvalidInput, match=r"is no origin; write scheme, host"):
        origin_of(written)


@given(st.text(max_size=40) | st.from_regex(r"https?://[A-Za-z0-9.\-:\[\]/*]{1,30}", fullmatch=True))
def test_an_origin_stays_the_same_and_holds_nothing_but_scheme_host_and_port(written):
    try:
        origin = origin_of(written)
    except InvalidInput:
        return
    assert origin_of(origin) == origin
    assert origin.count("/") == 2
    assert not set(origin) & set("*@?#, \n")

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identifiers import is_identifier, parts_of


@pytest.mark.parametrize(
    ("token", "parts"),
    [
        ("refund", []),
        ("502", []),
        ("ERR_CONN_502", ["ERR", "CONN", "502"]),
        ("v2.13.0", ["2.13.0", "2.13", "2"]),
        ("v2.13.0-rc.1", ["v2.13.0", "2.13.0", "2.13", "2", "rc", "1"]),
        ("GPT-4o", ["GPT", "4o", "4"]),
        ("C++", ["C"]),
        (".NET", ["NET"]),
        ("foo_bar", ["foo", "bar"]),
        ("user@example.com", ["user", "example.com", "example", "com"]),
        ("127.0.0.1:8080", ["127.0.0.1", "127.0.0", "127.0", "127", "8080"]),
        ("19.99/month", ["19.99", "19", "month"]),
        ("5GHz", ["5", "GHz"]),
        ("2.4G", ["2.4", "2"]),
        ("TLS1.3", ["TLS", "1.3", "1"]),
        ("2024-05-01", ["2024", "5", "1"]),
        ("x86_64", ["x86", "86", "64"]),
    ],
)
def test_an_identifier_is_found_by(token, parts):
    assert parts_of(token) == parts


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("maxRetryCount", ["max", "Retry", "Count"]),
        ("HTTPServer", ["HTTP", "Server"]),
        ("FileNotFoundException", ["File", "Not", "Found", "Exception"]),
        ("GitHub", []),
        ("iPhone", []),
        ("PDFs", []),
        ("GHz", []),
    ],
)
def test_camel_case_falls_apart_in_code_and_not_in_brands_and_units(token, words):
    assert parts_of(token) == words


@given(st.text(alphabet="aZé中5٣²._-/:@&+#'", max_size=30))
def test_parts_are_pieces_of_the_identifier_and_none_comes_twice(token):
    parts = parts_of(token)
    assert all(part and part in token for part in parts)
    assert len(set(parts)) == len(parts)
    assert token not in parts


@pytest.mark.parametrize(
    "token", ["ERR_CONN_502", "v2.13.0", "GPT-4o", "5GHz", "0x80070005", "a@b.com", "maxRetryCount", "50012", "2.13.0"]
)
def test_is_an_identifier(token):
    assert is_identifier(token)


@pytest.mark.parametrize(
    "token", ["refund", "e-mail", "GitHub", "2024", "2024-05-01", "19.99", "42", "AT&T", "node.js"]
)
def test_is_no_identifier(token):
    assert not is_identifier(token)

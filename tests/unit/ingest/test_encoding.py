import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.encoding import decode

CHINESE = "退款会在三个工作日内到账，如果没有收到，请联系我们的客服。"
TRADITIONAL = "退款會在三個工作天內到帳，如果沒有收到，請聯絡我們的客服。"


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("text", ["Refunds take three days.", "Refunds take three days. " * 3 + CHINESE])
def test_unicode_is_read_with_and_without_a_mark(name: str, text: str) -> None:
    assert decode(text.encode(name)) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gb18030", CHINESE),
        ("gbk", "退款说明"),
        ("gb2312", "错误代码 TM-1042"),
        ("big5", TRADITIONAL),
        ("big5", "常見問題與解答"),
    ],
)
def test_short_chinese_text_in_an_old_encoding_is_read(name: str, text: str) -> None:
    assert decode(text.encode(name)) == text


def test_western_text_is_not_taken_for_chinese() -> None:
    text = (
        "Die Rückerstattung dauert höchstens drei Tage. Größere Beträge prüfen wir; das kostet natürlich nichts. " * 2
    )
    assert decode(text.encode("cp1252")) == text


def test_a_declared_encoding_is_believed() -> None:
    page = '<html><head><meta charset="shift_jis"></head><body>返金は三日以内です</body></html>'
    assert decode(page.encode("shift_jis")) == page


def test_a_declaration_that_contradicts_the_bytes_is_not_believed() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><a>é</a>'
    assert decode(text.encode()) == text


def test_an_unknown_declared_encoding_does_not_stop_the_reading() -> None:
    assert decode(b'<meta charset="no-such-set">caf\xc3\xa9') == '<meta charset="no-such-set">café'


@given(st.binary(max_size=300))
def test_any_bytes_give_some_text(data: bytes) -> None:
    assert isinstance(decode(data), str)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=200).filter(lambda t: "=" not in t)
)
def test_utf_8_is_always_read_exactly(text: str) -> None:
    assert decode(text.encode()) == text

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.encoding import decode
from ingest.likely_text import is_one_script

CHINESE = "退款会在三个工作日内到账，如果没有收到，请联系我们的客服。"
TRADITIONAL = "退款會在三個工作天內到帳，如果沒有收到，請聯絡我們的客服。"
ENGLISH = "Refunds are paid to the card that was used, at the latest three days after the request. "
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
MATRIX = [
    *((name, text) for name in UNICODE for text in (ENGLISH, CHINESE, TRADITIONAL, ENGLISH * 30, CHINESE * 60)),
    *((name, text) for name in ("gb18030", "gbk", "gb2312") for text in (CHINESE, CHINESE * 60, ENGLISH + CHINESE)),
    *(
        (name, text)
        for name in ("big5", "big5hkscs")
        for text in (TRADITIONAL, TRADITIONAL * 60, ENGLISH + TRADITIONAL)
    ),
    *((name, "The café’s “naïve” plan costs €12 – really. " * times) for name in ("cp1252",) for times in (1, 40)),
    ("latin-1", "Größere Beträge prüfen wir; das kostet natürlich nichts. " * 3),
    ("latin-1", "El niño pagó 25,75 £. ¡Qué rico! Où était-ce, très chaud ?"),
    ("cp932", "返金は三日以内です。お問い合わせください。"),
    ("gb18030", "It’s “free” — really. " * 40),
]


@pytest.mark.parametrize(("name", "text"), MATRIX)
def test_text_of_real_length_is_read_in_every_encoding(name: str, text: str) -> None:
    assert decode(text.encode(name)) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("utf-8", "价"),
        ("utf-8", "café"),
        ("utf-8", "ºá"),
        ("gb18030", "通知"),
        ("gb18030", "退款"),
        ("gbk", "退款说明"),
        ("gb2312", "错误代码 TM-1042"),
        ("big5", "說明"),
        ("big5", "常見問題與解答"),
        ("cp1252", "café"),
        ("cp1252", "£5"),
        ("utf-16-le", "退款说明"),
        ("utf-16", "价"),
    ],
)
def test_short_text_is_read_where_its_bytes_can_tell(name: str, text: str) -> None:
    assert decode(text.encode(name)) == text


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("shift_jis", "shift_jis"),
        ("iso-2022-jp", "iso-2022-jp"),
        ("euc-kr", "cp949"),
        ("windows-1251", "cp1251"),
        ("gb2312", "gb18030"),
    ],
)
def test_a_declared_encoding_is_believed(declared: str, written: str) -> None:
    word = {"cp949": "환불은 삼 일 이내입니다", "cp1251": "Возврат за три дня", "gb18030": "镕基喆"}
    page = (
        f'<html><head><meta charset="{declared}"></head><body>{word.get(written, "返金は三日以内です")}</body></html>'
    )
    assert decode(page.encode(written)) == page


@pytest.mark.parametrize("declared", ["iso-8859-1", "utf-16", "gb2312", "big5", "no-such-set", "us-ascii"])
def test_a_declaration_that_contradicts_the_bytes_is_not_believed(declared: str) -> None:
    text = f'<meta charset="{declared}"><p>{CHINESE} é</p>'
    assert decode(text.encode()) == text
    assert decode(CHINESE.encode(), declared) == CHINESE


def test_a_template_that_declares_latin_may_hold_chinese() -> None:
    text = f'<meta charset="iso-8859-1"><p>{CHINESE}</p>'
    assert decode(text.encode("gb18030")) == text


def test_a_damaged_byte_costs_one_character() -> None:
    data = (CHINESE * 10).encode()
    assert decode(data[:90] + b"\xff" + data[90:]) == (CHINESE * 10)[:30] + "\ufffd" + (CHINESE * 10)[30:]


@pytest.mark.parametrize("name", ["utf-8", "gb18030"])
def test_text_that_is_cut_inside_a_character_keeps_its_encoding(name: str) -> None:
    data = (CHINESE * 3).encode(name)
    assert decode(data[:-4]).startswith(CHINESE * 2)


@given(st.binary(max_size=300))
def test_any_bytes_give_some_text(data: bytes) -> None:
    assert isinstance(decode(data), str)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=200)
    .filter(lambda text: "=" not in text)
    .filter(is_one_script)
)
def test_utf_8_is_always_read_exactly(text: str) -> None:
    assert decode(text.encode()) == text

import pytest

from answer.proof.locate import locate
from core.types import Span

TEXT = (
    "The fee is $3.50 per user (14-day trial). It does not expire.\n"
    "退款需要 15 個工作日，請聯繫客服。\n"
    "- First item\n- Second item\n"
    "| Plan | Price |\n| --- | --- |\n| Team | ¥ 1,299 |\n"
    "Version v5.4.2 works for 115 days; e-mail “support@tidemark.example” now."
)


@pytest.mark.parametrize(
    ("quote", "stands_as"),
    [
        ("The fee is $3.50 per user", "The fee is $3.50 per user"),
        ("the FEE is  ＄3.50\nper user", "The fee is $3.50 per user"),
        ("14–day trial", "14-day trial"),
        ("退款需要15个工作日,请联系客服", "退款需要 15 個工作日，請聯繫客服"),
        ("退款需要15个工作日，请联系客服。", "退款需要 15 個工作日，請聯繫客服。"),
        ("First item Second item", "First item\n- Second item"),
        ("| Team | ¥1,299 |", "Team | ¥ 1,299"),
        ("It does not expire.", "It does not expire."),
        ("v5.4.2 works", "v5.4.2 works"),
        ('"support@tidemark.example"', "support@tidemark.example"),
        ("The fee ... 14-day trial", "The fee is $3.50 per user (14-day trial"),
        ("The fee … does not expire", "The fee is $3.50 per user (14-day trial). It does not expire"),
    ],
)
def test_a_quote_is_found_however_it_was_copied(quote, stands_as):
    span = locate(quote, TEXT)
    assert span is not None
    assert span.of(TEXT) == stands_as


@pytest.mark.parametrize(
    "quote",
    [
        "The fee is $3.51 per user",
        "The fee is $350 per user",
        "The fee is €3.50 per user",
        "fee is $3.5",
        "15 days",
        "v5.4",
        "5.4.2",
        "It does expire",
        "退款需要 5 个工作日",
        "14-day trial ... The fee",
        "hello",
        "",
        "...",
        "。！？",
    ],
)
def test_a_changed_number_name_or_order_is_not_found(quote):
    assert locate(quote, TEXT) is None


def test_offsets_count_from_the_start_of_the_text_also_within_a_span():
    text = "Yes. Yes. Yes."
    assert locate("Yes", text, Span(5, 9)) == Span(5, 8)
    assert locate("Yes", text, Span(9, 9)) is None


def test_parts_around_an_ellipsis_must_stand_close():
    assert locate("start ... end", "start " + "x " * 200 + "end") is not None
    assert locate("start ... end", "start " + "x " * 400 + "end") is None


def test_the_first_place_where_all_parts_fit_is_taken():
    text = "The price rises. " + "filler " * 120 + "The price is 5 euro."
    span = locate("The price ... 5 euro", text)
    assert span is not None
    assert span.of(text) == "The price is 5 euro"


def test_characters_that_expand_when_normalised_keep_their_offsets():
    text = "① 安装 ﬁle，½ 小时"
    span = locate("file", text)
    assert span is not None
    assert span.of(text) == "ﬁle"

"""Personal data is replaced where its check digits agree, and nothing else is."""

import io
import logging
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.guard.personal import redact
from answer.guard.redacting import RedactingFilter


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Mail anna.b+x@mail.example.com now", "Mail [email] now"),
        ("请发邮件到zhang@example.cn。", "请发邮件到[email]。"),
        ("card 4111 1111 1111 1111.", "card [card]."),
        ("card 4111-1111-1111-1111", "card [card]"),
        ("卡号378282246310005，谢谢", "卡号[card]，谢谢"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [iban]"),
        ("IBAN GB82WEST12345698765432", "IBAN [iban]"),
        ("身份证11010519491231002X。", "身份证[id]。"),
        ("手机13800138000", "手机[phone]"),
        ("手机：138-0013-8000", "手机：[phone]"),
        ("call +44 20 7946 0958", "call [phone]"),
        ("call +1 (650) 253-0000", "call [phone]"),
        ("tel: 650-253-0000 or mail", "tel: [phone] or mail"),
        ("key sk-proj-abcdefGHIJ0123456789", "key [key]"),
        ("AKIAIOSFODNN7EXAMPLE", "[key]"),
        ("api_key: 9f8a7b6c5d4e3f2a", "api_key: [key]"),
        ('{"password": "hunter2hunter2"}', '{"password": "[key]"}'),
        ("我的密码是Abc12345！", "我的密码是[key]！"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "[key]"),
    ],
)
def test_personal_data_is_replaced_by_its_kind(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "card 4111 1111 1111 1112",  # Luhn does not agree
        "IBAN DE88 3704 0044 0532 0130 00",
        "身份证110105194912310021",
        "Order 20260101123456789, version 1.2.3, 192.168.100.200:8080",
        "2026-01-01T10:20:30 took 1005.3 ms of 1,299,000",
        "trace 3f0c2a9d-8e7b-4f6a-9d8e-123412341234",
        "The token is required and the password must have 8 characters.",
        "年付套餐自付款之日起 30 天内可以退款，最高 12345678 元。",
        "a@b and @here",
    ],
)
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert redact(text) == text


@given(st.integers(0, 10**15 - 1), st.integers(0, 9))
def test_a_number_is_a_card_only_with_its_check_digit(body: int, last: int) -> None:
    digits = f"4{body:015d}"[:15] + str(last)
    doubled = [int(d) if i % 2 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(digits)]
    assert (redact(f"n {digits} n") == "n [card] n") is (sum(doubled) % 10 == 0 and len(set(digits)) > 1)


@given(st.text(max_size=100))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("piece", ["a", "1", "1 ", "a@", "a.a@", "DE89 ", "+1", "password ", "eyJ", "电话", "a."])
def test_a_megabyte_is_redacted_in_a_moment(piece: str) -> None:
    started = time.thread_time()
    redact(piece * (1_000_000 // len(piece)))
    assert time.thread_time() - started < 3.0


@pytest.fixture
def log() -> tuple[logging.Logger, io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RedactingFilter())
    logger = logging.Logger("redacted")
    logger.addHandler(handler)
    return logger, written


def test_nothing_personal_reaches_the_log(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("asked by %s from %d", "anna@example.com", 7)
    assert written.getvalue() == "asked by [email] from 7\n"


def test_a_traceback_is_redacted_too(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        int("anna@example.com")
    except ValueError:
        logger.exception("failed")
    assert written.getvalue().endswith("invalid literal for int() with base 10: '[email]'\n")
    assert "anna" not in written.getvalue()


def test_a_record_is_redacted_for_every_handler_after_it(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.info("手机13800138000", stack_info=True)
    assert written.getvalue().startswith("手机[phone]\nStack")

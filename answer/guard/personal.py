"""Personal data in texts that are kept for other reasons: what is recognised is replaced by its kind, ``[email]``.

A number is taken for what it looks like only where its check digits agree (Luhn, ISO 7064, the calendar), so that order
numbers, versions and measurements stay readable.
"""

import re
from collections.abc import Callable

# Letters and digits are ASCII throughout: Chinese writes on before and behind a number without a space.
_EMAIL = re.compile(r"[\w.+%-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}", re.ASCII)
# Well-known forms of keys and tokens, and whatever is named as one.
_KEY = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{16,200}|\bgh[pousr]_[A-Za-z0-9]{20,255}|"
    r"\bgithub_pat_\w{22,255}|\bglpat-[\w-]{20,100}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}|"
    r"\bxox[abeoprs]-[\w-]{10,200}|\beyJ[\w-]{10,2000}\.[\w-]{10,4000}\.[\w-]{10,1000}|"
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{1,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?",
    re.ASCII,
)
_NAMED_KEY = re.compile(
    r"((?:(?:\b|_)(?:api[ _-]?key|secret(?:[ _-]?key)?|(?:access[ _-]?)?token|password|passwd|pwd|bearer)|"
    r"密码|密钥|口令)"
    r"[\"']?\s{0,3}(?:[:=：]|\bis\b|是|为|\s)\s{0,3}[\"'“]?)(?=[^\s\"'”]{0,63}\d)([A-Za-z0-9_\-.~+/!@#$%^&*]{8,200})",
    re.ASCII | re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", re.ASCII)
_CHINESE_ID = re.compile(r"(?<![\dA-Za-z])[1-9]\d{16}[\dXx](?![\dA-Za-z])", re.ASCII)
# Written as cards are: in one run, in fours, or 4-6-5; a trace id with hyphens is none of these.
_CARD = re.compile(
    r"(?<![\w.-])(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d)", re.ASCII
)
_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+|00)\d(?:[ ().\-/]{0,2}\d){6,13}(?!\d)|"
    r"(?<![A-Za-z\d.\-])(?:86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)",
    re.ASCII,
)
_NAMED_PHONE = re.compile(
    r"((?:\b(?:tel|phone|mobile|cell|fax|call(?: me)?(?: at| on)?)\b|电话|電話|手机|手機|联系方式|致电)[.:：\s]{0,4})"
    r"(\(?\d(?:[ .\-/]?\d|\)[ -]?\d){6,11})(?!\d)",
    re.ASCII | re.IGNORECASE,
)


def redact(text: str) -> str:
    """``text`` with e-mail addresses, phone numbers, cards, IBANs, Chinese identity numbers and keys replaced.

    Keys and e-mail addresses go by their form; numbers must pass their checks. Linear in the length of ``text``.
    """
    text = _KEY.sub("[key]", text)
    text = _NAMED_KEY.sub(r"\1[key]", text)
    text = _EMAIL.sub("[email]", text) if "@" in text else text
    for pattern, holds, name in _CHECKED:
        text = pattern.sub(_replacing(holds, name), text)
    return _NAMED_PHONE.sub(r"\1[phone]", text)


def _replacing(holds: Callable[[str], bool], name: str) -> Callable[[re.Match[str]], str]:
    return lambda match: f"[{name}]" if holds(match.group()) else match.group()


def _is_iban(text: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(text))


def _is_chinese_id(text: str) -> bool:
    from stdnum.cn import ric

    return bool(ric.is_valid(text))


def _is_card(text: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", text)
    return digits[0] in "23456" and len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def _is_phone(text: str) -> bool:
    """A number that exists in its country's plan; without a country code in mainland China's."""
    import phonenumbers

    try:
        number = phonenumbers.parse(re.sub(r"^00", "+", text), "CN")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number)


# In this order: a Chinese identity number may pass for a card.
_CHECKED = (
    (_IBAN, _is_iban, "iban"),
    (_CHINESE_ID, _is_chinese_id, "id"),
    (_CARD, _is_card, "card"),
    (_PHONE, _is_phone, "phone"),
)

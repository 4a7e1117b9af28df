"""Numbers written in words: ``一百五十``, ``1.5万``, ``two hundred and five``."""

from fractions import Fraction

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_SCALES = {"十": 10, "百": 100, "千": 1_000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: value for value, word in enumerate(_SMALL)} | {word: 20 + 10 * i for i, word in enumerate(_TENS)}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "dozen": 12}

SCALE = r"百万|千万|[百千万亿]|(?i:hundred|thousand|million|billion|dozen)\b|k(?![A-Za-z\d])"
"""What a number in digits may be multiplied by, behind it; ``scaled`` reads it."""
HAN_NUMERAL = "[零〇一二两俩三四五六七八九十百千万亿]+"
ENGLISH_NUMERAL = (
    rf"\b(?:{'|'.join([*sorted(_WORDS, key=len, reverse=True), 'hundred', 'thousand', 'million'])})"
    rf"(?:[\s-](?:and\s)?(?:{'|'.join([*sorted(_WORDS, key=len, reverse=True), *SCALES])}))*\b"
)


def chinese_number(text: str) -> int | None:
    """The value of a numeral in Simplified characters; None where the characters form none. ``二〇二六`` is read digit
    by digit, ``一百五`` is 150."""
    if not any(character in _SCALES or character in _MYRIADS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text)) if _is_digits(text) else None
    total = section = 0
    digit: int | None = None
    scale = 1
    for character in text:
        if character in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[character]
            scale = 1 if digit == 0 else scale
        elif character in _SCALES:
            section += (1 if digit is None or digit == 0 else digit) * _SCALES[character]
            digit, scale = None, _SCALES[character]
        else:
            section = (section + (digit or 0)) or 1
            total = (total + section) * _MYRIADS[character] if character == "亿" else total + section * 10_000
            section, digit, scale = 0, None, _MYRIADS[character]
    return total + section + (digit or 0) * max(1, scale // 10)


def _is_digits(text: str) -> bool:
    return (len(text) == 1 or len(text) > 2) and all(character in _DIGITS for character in text)


def english_number(text: str) -> int:
    """The value of a numeral that ``ENGLISH_NUMERAL`` matches: ``two hundred and five`` is 205."""
    total = part = 0
    for word in text.lower().replace("-", " ").split():
        if word in SCALES:
            part = (part or 1) * SCALES[word]
            if SCALES[word] >= 1_000:
                total, part = total + part, 0
        elif word != "and":
            part += _WORDS[word]
    return total + part


def scaled(digits: str, scale: str) -> Fraction:
    """``1,299``, ``1.5`` and ``万``: digits with their thousands marks dropped, times a scale in either language."""
    factor = {"k": 1_000, "m": 1_000_000, "百万": 1_000_000, "千万": 10_000_000, **_SCALES, **_MYRIADS, **SCALES}
    return Fraction(digits.replace(",", "")) * factor.get(scale.lower(), 1)

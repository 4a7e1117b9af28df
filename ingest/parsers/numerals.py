"""List numbers as word processors write them: Latin, Roman, Chinese."""

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_DIGITS = "〇一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_FORMAL_UNITS = str.maketrans("十百千", "拾佰仟")


def numeral(number: int, style: str) -> str:
    """``number`` in a numbering style of Office Open XML or DrawingML, decimal where the style is not known.

    >>> numeral(12, "chineseCounting"), numeral(4, "upperRoman"), numeral(27, "lowerLetter")
    ('十二', 'IV', 'aa')
    """
    if number < 1 or number > 9_999:
        return str(number)
    if style in {"lowerLetter", "upperLetter"}:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters.upper() if style == "upperLetter" else letters
    if style in {"lowerRoman", "upperRoman"}:
        return _roman(number).upper() if style == "upperRoman" else _roman(number)
    return _eastern(number, style) or {"decimalZero": f"{number:02}", "ordinal": _ordinal(number)}.get(
        style, str(number)
    )


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        text += letters * count
    return text


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _eastern(number: int, style: str) -> str:
    if style in {"decimalEnclosedCircle", "decimalEnclosedCircleChinese"} and number <= 20:
        return chr(0x2460 + number - 1)
    if style in {"decimalFullWidth", "decimalFullWidth2"}:
        return str(number).translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    if style in {"chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCountingThousand"}:
        return _counted(number, _DIGITS.replace("〇", "零"))
    if style in {"chineseLegalSimplified", "ideographLegalTraditional"}:
        return _counted(number, _FORMAL, shorten=False).translate(_FORMAL_UNITS)
    if style in {"ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital", "taiwaneseCounting"}:
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    if style == "ideographTraditional" and number <= 10:
        return _STEMS[number - 1]
    return _BRANCHES[number - 1] if style == "ideographZodiac" and number <= 12 else ""


def _counted(number: int, digits: str, *, shorten: bool = True) -> str:
    """一百零五; below twenty 十二 rather than 一十二."""
    text, gap = "", False
    for unit, value in (("千", 1_000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, value)
        if digit:
            text += (digits[0] if gap and text else "") + digits[digit] + unit
        gap = not digit
    return text.removeprefix("一") if shorten and text.startswith("一十") else text

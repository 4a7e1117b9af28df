"""Whether bytes that were read by some table look like text that people write."""

import unicodedata

_FEW = 30
_SAMPLE = 100_000
# The first bytes of the everyday characters: the first level of each standard.
_LEVELS = {"gb18030": range(0xB0, 0xD8), "big5hkscs": range(0xA4, 0xC7)}
_MARK_LEADS = range(0xA1, 0xA4)
_FIRST_TRAIL_OF_GB2312 = 0xA1
# The most frequent characters of both scripts: text decoded by the wrong table hardly ever hits them.
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然"
    "家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把"
    "這個們來為國說時會對後發過裡動種經麼學現當沒還進樣長無與開從實"
)
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœšžßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒŠŽ") | frozenset(
    "“”‘’‚„–—…•€£¥©®™°§«»¡¿·´±²³µ¼½¾×÷ªº¶†‹›\xa0\xad"
)


def is_chinese(text: str, name: str) -> float:
    """How likely ``text``, read as ``name`` (``gb18030`` or ``big5hkscs``), is Chinese: 0 for no, up to 2."""
    foreign = [character for character in text[:_SAMPLE] if character > "\x7f"]
    if not foreign:
        return 0.0
    letters = sum(character.isalpha() for character in foreign)
    common = sum(_is_common(character, name) for character in foreign) / len(foreign)
    frequent = sum(character in _FREQUENT for character in foreign) / max(1, letters)
    # Text without a single Chinese letter may still be written with the wide marks of the encoding.
    is_likely = common >= 0.7 and (frequent > 0.03 or letters < _FEW)
    return common + frequent if is_likely else 0.0


def _is_common(character: str, name: str) -> bool:
    """Whether it is a mark or stands in the first level of the table, where the everyday characters are."""
    code = character.encode(name, "ignore")
    if len(code) != 2 or (name == "gb18030" and code[1] < _FIRST_TRAIL_OF_GB2312):
        return False
    return code[0] in _LEVELS[name] or code[0] in _MARK_LEADS


def is_chinese_utf16(data: bytes, *, high: int) -> bool:
    """Whether ``data`` is UTF-16 of mostly Chinese text, which holds too few zero bytes to tell; ``high`` is where the
    first byte of each character's code stands in a pair, 0 or 1."""
    head = data[: 2 * (min(len(data), 4_000) // 2)]
    if len(data) % 2 or len(head) < 8:
        return False
    text = head.decode("utf-16-be" if high == 0 else "utf-16-le", "replace")
    usual = sum("\u4e00" <= each <= "\u9fa5" or each < "\x80" or each in "，。、：；！？（）“”《》—…" for each in text)
    frequent = sum(each in _FREQUENT for each in text)
    return usual >= 0.9 * len(text) and frequent > 0.03 * len(text)


def is_japanese(text: str) -> bool:
    """Whether kana make up a fifth of what is not ASCII, and hardly any of them is of half width."""
    foreign = [character for character in text[:_SAMPLE] if character > "\x7f"]
    kana = sum("\u3040" <= character <= "\u30ff" for character in foreign)
    half = sum("\uff61" <= character <= "\uff9f" for character in foreign)
    return bool(foreign) and 5 * kana >= len(foreign) and 10 * half <= len(foreign)


def is_western(text: str) -> bool:
    """Whether ``text``, read as Windows-1252, is mostly ASCII with the letters and marks of Western Europe."""
    text = text[:_SAMPLE]
    foreign = [character for character in text if character > "\x7f"]
    letters = sum(character.isalpha() for character in text)
    accented = sum(character.isalpha() for character in foreign)
    return 10 * accented <= 3 * letters and sum(each in _WESTERN for each in foreign) >= 0.95 * len(foreign)


def is_one_script(text: str) -> bool:
    """Whether what is not ASCII could have been written by one person: any text with characters from U+0800 on, and
    otherwise letters of one script without loose accents."""
    foreign = {character for character in text if character > "\x7f"}
    if len(foreign) > _FEW or any(character >= "\u0800" for character in foreign):
        return True
    scripts = {_script(character) for character in foreign if character.isalpha()}
    return len(scripts) <= 1 and not any(unicodedata.combining(character) for character in foreign)


def _script(character: str) -> str:
    """The first word of its name; the signs of Latin-1 that count as letters (``º``, ``µ``) are Latin too."""
    return "LATIN" if character < "\u0250" else unicodedata.name(character, "?").split()[0]

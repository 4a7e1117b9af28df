"""Letters of other scripts that look like Latin ones, from Unicode's table of confusables."""

from collections.abc import Mapping
from functools import cache

import regex

_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


@cache
def latin_lookalikes() -> Mapping[str, str]:
    """A lower-case Latin letter for each character, not ASCII and not East Asian, that looks like one."""
    # Reads 0.9 MB of JSON, about 60 ms: only a text in which such a letter may stand pays for it.
    from confusable_homoglyphs.confusables import confusables_data

    found: dict[str, str] = {}
    for character, alike in confusables_data.items():
        if len(character) != 1 or character.isascii() or _HAN.match(character):
            continue
        letters = [one["c"] for one in alike if len(one["c"]) == 1 and one["c"].isascii() and one["c"].isalpha()]
        if letters:
            found[character] = letters[0].lower()
    return found

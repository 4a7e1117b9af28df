"""The tables at the head of an RTF file: fonts, paragraph styles, document information."""

from dataclasses import dataclass, field

from ingest.parsers.rtf_tokens import EASTERN, encoding_of_charset, encoding_of_page
from ingest.parsers.style_names import heading_level, is_code, is_contents, is_monospaced

_INFO = {"title": "title", "author": "author"}
_TIME = ("yr", "mo", "dy", "hr", "min")


@dataclass(slots=True)
class _Style:
    name: str = ""
    outline: int = 0


@dataclass(slots=True)
class Head:
    """What the file says about itself, collected while it is read."""

    page: str = "cp1252"
    default_font: int = 0
    information: dict[str, str] = field(default_factory=dict)
    _encodings: dict[int, str] = field(default_factory=dict)
    _monospaced: set[int] = field(default_factory=set)
    _styles: dict[int, _Style] = field(default_factory=dict)
    _changed: dict[str, int] = field(default_factory=dict)

    def set_page(self, number: int) -> None:
        """The code page of bytes in fonts that do not name one."""
        self.page = encoding_of_page(number)

    def decode(self, data: bytes, font: int) -> str:
        """Bytes in this font as text.

        Chinese files give both scripts one font that calls itself Western: what the code page cannot read then is.
        """
        encoding = self._encodings.get(font) or self.page
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            is_western = not self._encodings.get(font) and encoding in EASTERN
            return data.decode("cp1252" if is_western else encoding, "replace")

    def set_charset(self, font: int, charset: int) -> None:
        """One entry of the font table."""
        self._encodings[font] = encoding_of_charset(charset)

    def add_font_name(self, font: int, name: str) -> None:
        """A piece of a font's name."""
        if is_monospaced(name):
            self._monospaced.add(font)

    def add_style_name(self, style: int, name: str) -> None:
        """A piece of a style's name."""
        self._styles.setdefault(style, _Style()).name += name

    def set_outline(self, style: int, level: int) -> None:
        """The outline level, from 1, that a style gives."""
        self._styles.setdefault(style, _Style()).outline = level

    def level(self, style: int) -> int:
        """1 to 9 for a heading's style, 0 for any other."""
        stated = self._styles.get(style, _Style())
        return stated.outline or heading_level(self._name(style))

    def is_contents(self, style: int) -> bool:
        """Whether the style is made for tables of contents."""
        return is_contents(self._name(style))

    def is_code(self, style: int) -> bool:
        """Whether the style is made for code."""
        return is_code(self._name(style))

    def is_monospaced(self, font: int) -> bool:
        """Whether the font's letters are of one width."""
        return font in self._monospaced

    def _name(self, style: int) -> str:
        return self._styles.get(style, _Style()).name.strip(" ;")

    def add_information(self, kind: str, text: str) -> None:
        """A piece of the title or of the author's name."""
        self.information[_INFO[kind]] = self.information.get(_INFO[kind], "") + text

    def add_time(self, word: str, number: int) -> None:
        """A part of the moment of the last change."""
        if word in _TIME:
            self._changed[word] = number

    def properties(self) -> dict[str, str]:
        """Title, author and modified, as far as they are stated."""
        found = {name: text.strip() for name, text in self.information.items()}
        year, month, day, hour, minute = (self._changed.get(word, 0) for word in _TIME)
        if year and month and day:
            found["modified"] = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00"
        return found

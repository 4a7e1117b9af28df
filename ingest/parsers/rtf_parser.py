"""Rich Text Format, read from its bytes: headings, lists with their numbers, tables, notes, Chinese in any code page.

Not pandoc: it knows one code page, and reads Chinese written as bytes as Western letters without a word.
Deletions, comments and hidden text are left out; page headers and footers go into metadata.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from core.types import ParsedDocument
from ingest.parsers.drafts import Draft, build
from ingest.parsers.rtf_head import Head
from ingest.parsers.rtf_state import State, Story
from ingest.parsers.rtf_story import add_text, end_cell, end_paragraph, end_row, end_story
from ingest.parsers.rtf_tokens import Token, tokens
from ingest.parsers.rtf_words import (
    CHARACTERS,
    FRAMES,
    LABELS,
    MARGINS,
    SKIPPED,
    STORIES,
    paragraph_word,
    row_word,
    state_word,
)

VERSION = "rtf 1"
_TABLES = frozenset({"fonttbl", "stylesheet", "title", "author", "revtim"})
_SEEN = FRAMES | STORIES | LABELS | {"nesttableprops"}
_NO_PARAGRAPH = -1


def parse_rtf(path: Path) -> ParsedDocument:
    """An RTF file. Raises ``ParseError`` (``empty``) for one without text."""
    reader = _Reader()
    for token in tokens(path.read_bytes()):
        reader.take(token)
    drafts, properties = reader.finished()
    return build(drafts, path, parser=VERSION, properties=properties, empty_reason="the RTF file holds no text")


@dataclass(slots=True)
class _Group:
    """What held before a group opened; ``tells`` is the control word of the story that it tells, if it does."""

    state: State
    outer: Story
    tells: str = ""


class _Reader:
    """Takes the tokens one by one; groups nest, and so do the stories that some of them tell."""

    def __init__(self) -> None:
        self._state = State()
        self._groups: list[_Group] = []
        self._story = Story()
        self._head = Head()
        self._optional = False
        self._skip = 0
        self._units: list[int] = []
        self._bytes = b""
        self._margins: dict[str, dict[str, None]] = {}

    def take(self, token: Token) -> None:
        """The next token of the file."""
        if token.data:
            self._take_bytes(token.data)
            return
        if token.word == "u":
            self._end_bytes()
            self._units.append((token.number or 0) & 0xFFFF)
            self._skip = self._state.fallback
            return
        self._end_text()
        if token.group == "{":
            self._groups.append(_Group(self._state, self._story))
            self._state = replace(self._state)
        elif token.group == "}":
            self._close()
        else:
            self._word(token.word, token.number)
        self._optional = token.word == "*"

    def finished(self) -> tuple[list[Draft], dict[str, str]]:
        """The blocks of the file and its properties."""
        self._end_text()
        # A file that was cut off may leave groups open.
        while self._groups:
            self._close()
        margins = {name: " | ".join(texts) for name, texts in self._margins.items() if texts}
        return end_story(self._story, self._head), {**margins, **self._head.properties()}

    def _take_bytes(self, data: bytes) -> None:
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        if len(data) > skipped:
            self._end_units()
            self._bytes += data[skipped:]

    def _end_text(self) -> None:
        self._skip = 0
        self._end_units()
        self._end_bytes()

    def _end_units(self) -> None:
        if self._units:
            units, self._units = self._units, []
            # Characters beyond the first plane are written as two units.
            self._text(b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le", "replace"))

    def _end_bytes(self) -> None:
        if self._bytes:
            data, self._bytes = self._bytes, b""
            self._text(self._head.decode(data, self._state.font))

    def _text(self, text: str) -> None:
        state, head = self._state, self._head
        if state.destination == "body":
            if not state.unseen:
                add_text(self._story, state, text)
        elif state.destination == "label":
            self._story.paragraph.label = (self._story.paragraph.label or "") + text
        elif state.destination == "fonttbl":
            head.add_font_name(state.font, text)
        elif state.destination == "stylesheet":
            head.add_style_name(state.style, text)
        elif state.destination in {"title", "author"}:
            head.add_information(state.destination, text)

    def _close(self) -> None:
        group = self._groups.pop() if self._groups else _Group(self._state, self._story)
        if group.tells:
            drafts = end_story(self._story, self._head)
            self._story = group.outer
            if group.tells in STORIES:
                self._story.beside += drafts
            else:
                self._add_margin(MARGINS[group.tells], drafts)
        self._state = group.state

    def _add_margin(self, name: str, drafts: list[Draft]) -> None:
        text = " ".join(" ".join(draft.text for draft in drafts).split())
        if any(character.isalpha() for character in text):
            self._margins.setdefault(name, {})[text] = None

    def _word(self, word: str, number: int | None) -> None:
        if self._optional and word not in _SEEN:
            self._state.destination = "skip"
        elif self._opens(word):
            return
        elif self._state.destination == "body":
            self._body_word(word, number)
        elif self._state.destination in _TABLES:
            self._table_word(word, number)

    def _opens(self, word: str) -> bool:
        """Whether the word says where the text of its group goes."""
        destination = self._state.destination
        if destination == "skip" or not self._groups:
            return destination == "skip"
        if word in STORIES | MARGINS.keys() and destination in {"body", "frame"}:
            self._groups[-1].tells = word
            self._story = Story()
            self._state = State(fallback=self._state.fallback, font=self._state.font)
        elif word in LABELS and destination == "body":
            self._state.destination = "label"
            self._story.paragraph.label = self._story.paragraph.label or ""
        elif word in FRAMES:
            self._state.destination = "frame"
        elif word in _TABLES:
            self._state.destination = word
        elif word in SKIPPED:
            self._state.destination = "skip"
        else:
            return False
        return True

    def _body_word(self, word: str, number: int | None) -> None:
        state, story = self._state, self._story
        if word in {"par", "sect"}:
            end_paragraph(story, self._head)
        elif word == "cell":
            end_cell(story, self._head)
        elif word == "row":
            end_row(story)
        elif word in CHARACTERS:
            self._text(CHARACTERS[word])
        elif word == "ansicpg":
            self._head.set_page(number or 0)
        elif word == "deff":
            self._head.default_font = state.font = number or 0
        elif state_word(state, word, number):
            if word == "plain":
                state.font = self._head.default_font
        elif not paragraph_word(story.paragraph, word, number):
            row_word(story.row, word, number)

    def _table_word(self, word: str, number: int | None) -> None:
        state, head = self._state, self._head
        if state.destination == "fonttbl":
            if word == "f":
                state.font = number or 0
            elif word == "fcharset":
                head.set_charset(state.font, number or 0)
        elif state.destination == "stylesheet":
            if word in {"s", "cs", "ds", "ts"}:
                state.style = (number or 0) if word == "s" else _NO_PARAGRAPH
            elif word == "outlinelevel":
                head.set_outline(state.style, (number or 0) + 1 if 0 <= (number or 0) <= 8 else 0)
        elif state.destination == "revtim":
            head.add_time(word, number or 0)

"""What a filter may say, and when two values are the same.

Names are those of a document's metadata (``product``, ``audience``, any key of its own) and four that every document
has: ``source`` (its path, a folder above it, or a pattern with ``*`` and ``?``), ``language``, ``format`` (the ending
of its name) and, of each passage, ``kind``. Case, width, white space, and Simplified or Traditional do not matter.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fnmatch import translate
from pathlib import PurePosixPath

from core.errors import InvalidInput
from core.text import normalise, simplify
from core.types import Condition, Filter

SOURCE, LANGUAGE, FORMAT, KIND = "source", "language", "format", "kind"
MAX_CONDITIONS = 20
MAX_VALUES = 50
MAX_NAME_CHARS = 80
MAX_VALUE_CHARS = 1_000
# PostgreSQL refuses index entries of more than 2,704 bytes; four bytes a character.
_MAX_KEY_CHARS = 200


def folded(text: str) -> str:
    """A form that is equal for names and values that count as the same; without characters that cannot be seen."""
    seen = visible(text)
    plain = seen.lower() if seen.isascii() else simplify(normalise(normalise(seen).casefold()))
    return " ".join(plain.split())


def visible(text: str) -> str:
    """Without characters that cannot be seen; white space stays."""
    if text.isprintable():
        return text
    return "".join(character for character in text if character.isprintable() or character.isspace())


def key_of(value: str) -> str:
    """``folded``, and for long values a digest in place of their end: what an index can hold."""
    plain = folded(value)
    if len(plain) <= _MAX_KEY_CHARS:
        return plain
    return f"{plain[: _MAX_KEY_CHARS - 70]}…{hashlib.sha256(plain.encode()).hexdigest()}"


def format_of(source: str) -> str:
    """The ending of a name, in lower case and without its dot: ``pdf``; empty where there is none."""
    return PurePosixPath(source).suffix.lower().removeprefix(".")


def source_matcher(values: Iterable[str]) -> Callable[[str], bool]:
    """Whether a source is one of these: a source itself, a folder above it, or a pattern in which ``*`` stands for any
    characters, also ``/``, and ``?`` for one. Brackets mean themselves."""
    wanted = [folded(value).removeprefix("./") for value in values]
    exact = {value.rstrip("/") for value in wanted}
    folders = tuple(f"{value.rstrip('/')}/" for value in wanted)
    patterns = [re.compile(translate(value.replace("[", "[[]"))) for value in wanted if re.search(r"[*?]", value)]

    def matches(source: str) -> bool:
        plain = folded(source)
        return plain in exact or plain.startswith(folders) or any(pattern.match(plain) for pattern in patterns)

    return matches


def parse_filter(where: Sequence[str], as_of: str) -> Filter | None:
    """``name=value`` and ``name!=value``: one name several times accepts any of its values. ``as_of`` is an ISO day.

    None where nothing is asked for. Raises ``InvalidInput``.
    """
    values: dict[tuple[str, bool], list[str]] = {}
    for words in where:
        name, equals, value = words.partition("=")
        negated = name.endswith("!")
        if not (equals and folded(name.removesuffix("!")) and folded(value)):
            raise InvalidInput(f"filter {words!r:.80}: write name=value or name!=value, for example language=zh")
        values.setdefault((folded(name.removesuffix("!")), negated), []).append(value.strip())
    conditions = tuple(
        Condition(name=name, values=tuple(accepted), negated=negated) for (name, negated), accepted in values.items()
    )
    return Filter(conditions=conditions, as_of=_day(as_of)) if conditions or as_of else None


def require_usable(filter: Filter) -> None:
    """Raises ``InvalidInput`` for too many or too long names and values, and for empty ones."""
    if len(filter.conditions) > MAX_CONDITIONS:
        raise InvalidInput(f"the filter has {len(filter.conditions)} conditions; at most {MAX_CONDITIONS} are read")
    for condition in filter.conditions:
        if not folded(condition.name) or len(condition.name) > MAX_NAME_CHARS:
            raise InvalidInput(f"filter name {condition.name!r:.80}: use 1 to {MAX_NAME_CHARS} characters")
        if not 1 <= len(condition.values) <= MAX_VALUES:
            raise InvalidInput(f"filter {condition.name!r} has {len(condition.values)} values; use 1 to {MAX_VALUES}")
        for value in condition.values:
            if not folded(value) or len(value) > MAX_VALUE_CHARS:
                raise InvalidInput(
                    f"filter {condition.name!r}, value {value!r:.80}: use 1 to {MAX_VALUE_CHARS:,} characters"
                )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput(f"as of {text!r:.40} is not a day; write it like 2025-01-31") from error

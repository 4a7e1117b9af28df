"""The fields that a text states in a block above itself."""

import re
import tomllib

_YAML = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\A\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_WIDE_COLON = re.compile(r"^(\w[^:：\n]{0,30})：[ \t]*", re.MULTILINE)
_MAX_CHARS = 64_000


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """The fields of a leading block of YAML (``---``) or TOML (``+++``) as they are written, and the text after it.

    ``({}, text)`` where there is none: a rule above prose, a block of another shape, broken or larger than 64,000
    characters; it is then text like any other and nothing of it is lost.
    """
    for fence, read in ((_YAML, _yaml), (_TOML, _toml)):
        match = fence.match(text[: _MAX_CHARS + 8])
        if match is not None and (fields := read(match.group(1))) is not None:
            return fields, text[match.end() :]
    return {}, text


def _yaml(block: str) -> dict[str, object] | None:
    import yaml

    try:
        # The base loader keeps every value as it is written: 1.10 stays 1.10 and a date stays a string.
        loaded = yaml.load(_WIDE_COLON.sub(r"\1: ", block), Loader=yaml.BaseLoader)  # noqa: S506 - builds strings, lists and dicts only
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    if loaded is None or loaded == "":
        return {}
    return {str(key): value for key, value in loaded.items()} if isinstance(loaded, dict) else None


def _toml(block: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(block)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None

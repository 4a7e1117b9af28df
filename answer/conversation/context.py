"""What a caller knows of a case, such as an order or a plan: flattened, bounded, without orders to whoever answers.

It helps to choose among passages and is never evidence.
"""

from collections.abc import Iterator, Mapping, Sequence

from answer.guard.guard import Guard
from core.errors import InvalidInput
from core.filtering import visible
from core.text import count_tokens
from core.types import ContextBlock, Quarantined

MAX_BLOCKS = 10
MAX_VALUES = 50
MAX_NAME_CHARS = 80
MAX_VALUE_CHARS = 1_000
_MAX_DEPTH = 4


def context_block(name: str, data: object) -> ContextBlock:
    """One block of JSON values; what is nested gets names with dots, and lists become text with commas.

    Raises ``InvalidInput`` for what is no JSON object, and for too much of it.
    """
    if not name.strip() or len(name) > MAX_NAME_CHARS:
        raise InvalidInput(f"context name {name!r:.100}: use 1 to {MAX_NAME_CHARS} characters")
    if not isinstance(data, Mapping):
        raise InvalidInput(f"context {name!r}: data is {type(data).__name__}; give an object of names and values")
    flat = dict(_flat(name, data, "", depth=1))
    if len(flat) > MAX_VALUES:
        raise InvalidInput(f"context {name!r} has {len(flat)} values; at most {MAX_VALUES} are taken")
    return ContextBlock(name=_line(name), data=flat)


def context_blocks(given: object) -> tuple[ContextBlock, ...]:
    """The blocks of ``[{"name": ..., "data": {...}}]``. Raises ``InvalidInput``."""
    if not isinstance(given, list) or len(given) > MAX_BLOCKS:
        raise InvalidInput(
            f'the context should be a list of at most {MAX_BLOCKS} blocks {{"name": ..., "data": {{...}}}}'
        )
    found = []
    for block in given:
        if not isinstance(block, Mapping) or set(block) != {"name", "data"} or not isinstance(block["name"], str):
            raise InvalidInput(f'context block {block!r:.80} should be {{"name": "...", "data": {{...}}}}')
        found.append(context_block(block["name"], block["data"]))
    return tuple(found)


def screened_context(
    guard: Guard, blocks: Sequence[ContextBlock], tokens: int
) -> tuple[tuple[ContextBlock, ...], tuple[Quarantined, ...]]:
    """The values that give no orders, within ``tokens`` tokens, first come first kept; and what the guard found."""
    kept: list[ContextBlock] = []
    found: list[Quarantined] = []
    for block in blocks:
        data: dict[str, str] = {}
        for name, value in block.data.items():
            findings = guard.look(f"{block.name}\n{name}: {value}")
            found += (Quarantined(kind=finding.kind) for finding in findings)
            tokens -= count_tokens(f"{name}: {value}")
            if not findings and tokens >= 0:
                data[name] = value
        if data:
            kept.append(ContextBlock(name=block.name, data=data))
    return tuple(kept), tuple(found)


def _flat(block: str, data: Mapping[object, object], above: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _MAX_DEPTH:
        raise InvalidInput(f"context {block!r}: {above!r:.80} is nested more than {_MAX_DEPTH} deep; flatten it")
    for key, value in data.items():
        name = f"{above}.{_line(str(key))}" if above else _line(str(key))
        if not name or len(name) > MAX_NAME_CHARS:
            raise InvalidInput(f"context {block!r}, name {name!r:.100}: use 1 to {MAX_NAME_CHARS} characters")
        if isinstance(value, Mapping):
            yield from _flat(block, value, name, depth + 1)
        elif value is not None:
            yield name, _value(block, name, value)


def _value(block: str, name: str, value: object) -> str:
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str | int | float) for part in parts):
        raise InvalidInput(f"context {block!r}, {name!r}: use text, numbers, true or false, or a list of them")
    text = ", ".join(_line(str(part).lower() if isinstance(part, bool) else str(part)) for part in parts)
    if len(text) > MAX_VALUE_CHARS:
        raise InvalidInput(f"context {block!r}, {name!r} has {len(text):,} characters; use at most {MAX_VALUE_CHARS:,}")
    return text


def _line(text: str) -> str:
    return " ".join(visible(text).split())

"""Requests with one hostile word in them: each parameter and each string of each body of a described operation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

# What breaks readers of paths, queries and JSON: no text of any record, no number of 64 bits, no end.
IN_ADDRESSES = (
    "\x00",
    "密\x00钥",
    "\ud800",
    "密" * 3_000,
    "x" * 10_000,
    str(2**31),
    str(2**63),
    "-" + "9" * 400,
    "9" * 5_000,
    "1e400",
    "NaN",
    "\n",
    "../..",
    "%",
    "' OR 1=1 --",
    "Zm9v",
    "AA",
    "_____w",
    "٣",
)
IN_BODIES: tuple[Any, ...] = (
    "\x00",
    "密\x00钥",
    "\ud800",
    "x" * 10_000,
    2**31,
    2**63,
    -(10**400),
    1e308,
    float("nan"),
    None,
    True,
    [],
    {},
    [[[]]],
    {"\x00": "\ud800", "密" * 200: 1},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request; ``address`` is quoted and ``content`` is JSON, or none."""

    method: str
    path: str
    address: str
    content: bytes | None
    word: str


def hostile_requests(document: dict[str, Any], known: dict[str, str]) -> Iterator[Sent]:
    """One hostile word each, the rest as ``known`` and the examples of ``document`` have it."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            body = _body(operation, document["components"]["schemas"], known)
            yield from _of_operation(method.upper(), path, operation, known, body)


def _of_operation(
    method: str, path: str, operation: dict[str, Any], known: dict[str, str], body: dict[str, Any] | None
) -> Iterator[Sent]:
    parameters = operation.get("parameters", ())
    fair = {one["name"]: known.get(one["name"], "1") for one in parameters if one["in"] == "path"}
    needed = {
        one["name"]: known.get(one["name"], "1") for one in parameters if one["in"] == "query" and one.get("required")
    }
    plain = None if body is None else json.dumps(body).encode()
    for one in parameters:
        for word in IN_ADDRESSES:
            if one["in"] == "path":
                address = _address(path, {**fair, one["name"]: word}, needed)
            elif one["in"] == "query":
                address = _address(path, fair, {**needed, one["name"]: word})
            else:
                continue
            yield Sent(method=method, path=path, address=address, content=plain, word=f"{one['name']}={word[:20]!r}")
    for pointer, changed in _changed(body) if body is not None else ():
        content = json.dumps(changed).encode()
        yield Sent(method=method, path=path, address=_address(path, fair, needed), content=content, word=pointer)


def _body(operation: dict[str, Any], schemas: dict[str, Any], known: dict[str, str]) -> dict[str, Any] | None:
    """What the examples say, the last of them first, and of what none says the default."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    properties = schemas[content["schema"]["$ref"].rpartition("/")[2]]["properties"]
    body = {name: one["default"] for name, one in properties.items() if "default" in one}
    for example in content["examples"].values():
        body |= example["value"]
    body |= {name: word for name, word in known.items() if name in body and name != "model"}
    return body


def _address(path: str, named: dict[str, str], query: dict[str, str]) -> str:
    filled = path.format(**{name: _quoted(word) for name, word in named.items()})
    asked = "&".join(f"{name}={_quoted(word)}" for name, word in query.items())
    return f"{filled}?{asked}" if asked else filled


def _quoted(word: str) -> str:
    return quote(word, safe="", errors="surrogatepass")


def _changed(value: Any, pointer: str = "#") -> Iterator[tuple[str, Any]]:
    """The value with each of its parts replaced by each hostile word."""
    for word in IN_BODIES:
        yield f"{pointer}={str(word)[:20]!r}", word
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        for place, changed in _changed(part, f"{pointer}/{name}"):
            copy = value.copy()
            copy[name] = changed
            yield place, copy

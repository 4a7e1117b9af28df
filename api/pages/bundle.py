"""The widget as one script. Its modules lie in ``static/widget`` and are put together here, so that there is no build
step: one scope around all of them, each behind those that it imports, without the words ``import`` and ``export``."""

import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from api.pages.assets import assets

_ENTRY, _STYLES = "widget/widget.js", "widget/widget.css"
_IMPORT = re.compile(r'^import \{[^}]*\} from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function|class|const)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """``packed`` is ``content`` in gzip; ``tag`` the entity tag, weak since it is of both."""

    content: bytes
    packed: bytes
    tag: str


@cache
def widget() -> Bundle:
    """That of this release."""
    files = {path: asset.content.decode() for path, asset in assets().files.items()}
    content = one_script(files, _ENTRY, files[_STYLES]).encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    return Bundle(content=content, packed=gzip.compress(content, mtime=0), tag=tag)


def one_script(files: Mapping[str, str], entry: str, styles: str) -> str:
    """What ``entry`` and its modules do, in a scope of its own; ``styles`` stand there as ``STYLES``.

    No two modules may have the same name at their top level. Raises ``KeyError`` for a module that is not there.
    """
    parts = [_EXPORT.sub("", _IMPORT.sub("", files[path])) for path in in_order(files, entry)]
    return f'(() => {{\n"use strict";\nconst STYLES = {json.dumps(styles)};\n{"".join(parts)}}})();\n'


def in_order(files: Mapping[str, str], entry: str) -> list[str]:
    """Paths of ``entry`` and all that it imports, directly or not, each behind those that it needs itself."""
    found: dict[str, None] = {}

    def visit(path: str, above: tuple[str, ...]) -> None:
        if path in above:
            raise ValueError(f"modules import each other: {' -> '.join((*above, path))}")
        for name in _IMPORT.findall(files[path]):
            visit(posixpath.normpath(posixpath.join(posixpath.dirname(path), name)), (*above, path))
        found[path] = None

    visit(entry, ())
    return list(found)

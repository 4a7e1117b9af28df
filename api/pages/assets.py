"""The files of the pages, read once, packed once, and named by what they say."""

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from core.types import Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")
_IMPORT = re.compile(r'^(?:import|\}) [^"\n]*from "\./([^"]+)";$', re.MULTILINE)
_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file. ``packed`` is the same in gzip."""

    content: bytes
    packed: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """Every file by its path below ``static``; ``digest`` changes with any of them, so that caches never lie."""

    files: Mapping[str, Asset]
    words: Mapping[Language, Mapping[str, str]]
    shell: str
    digest: str

    def modules(self, page: str, language: Language) -> list[str]:
        """Paths of the scripts that a page imports, directly or not, and of its words."""
        found, waiting = {f"words/{language}.js"}, [f"{page}.js"]
        while waiting:
            path = waiting.pop()
            if path in self.files and path not in found:
                found.add(path)
                waiting += _IMPORT.findall(self.files[path].content.decode())
        return sorted(found)


@cache
def assets() -> Assets:
    """Those of this release."""
    folder = files("api.pages") / "static"
    words = {language: json.loads((folder / "words" / f"{language}.json").read_bytes()) for language in LANGUAGES}
    found = {path: _asset(path, content) for path, content in sorted(_contents(folder, "").items())}
    for language in LANGUAGES:
        path = f"words/{language}.js"
        found[path] = _asset(path, f"export default {json.dumps(words[language], ensure_ascii=False)};\n".encode())
    shell = (folder / "shell.html").read_text(encoding="utf-8")
    everything = hashlib.sha256(shell.encode())
    for path, asset in found.items():
        everything.update(path.encode() + asset.content)
    return Assets(files=found, words=words, shell=shell, digest=everything.hexdigest()[:12])


def _contents(folder: Traversable, above: str) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            contents |= _contents(entry, f"{above}{entry.name}/")
        elif entry.name.rpartition(".")[2] in _MEDIA_TYPES:
            contents[above + entry.name] = entry.read_bytes()
    return contents


def _asset(path: str, content: bytes) -> Asset:
    packed = gzip.compress(content, mtime=0)
    return Asset(content=content, packed=packed, media_type=_MEDIA_TYPES[path.rpartition(".")[2]])

"""Documents that are ZIP packages of XML parts: Office Open XML, OpenDocument and EPUB.

Entities are never expanded, nothing outside the package is read, and an absent part is an absent part, not a failure.
"""

import posixpath
import re
import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from core.text import language_of

# The strict variant of the standard has other namespaces for the same names.
_IS_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT = (
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
)  # fmt: skip
_CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
_PROPERTIES = {
    "title": "title",
    "creator": "author",
    "modified": "modified",
    "date": "modified",
    "language": "language",
}
# Custom properties that no person set.
_OF_PROGRAMS = re.compile(r"ContentTypeId|MSIP_|KSO|ICV|xd_|_|Order$|TemplateUrl|Generator|NXPowerLite|WorkbookGuid")
_OF_NO_PERSON = {
    "title": re.compile(
        r"microsoft (?:word|powerpoint|excel)\b.*|powerpoint (?:presentation|演示文稿|簡報)|word document|"
        r"(?:slide|幻灯片|document|presentation|book|文档|演示文稿|工作簿) ?\d*|untitled\b.*|无标题.*",
        re.IGNORECASE,
    ),
    "author": re.compile(
        r"python-(?:docx|pptx)|openpyxl|xlsxwriter|apache poi|un-?known|微软用户|microsoft office user", re.IGNORECASE
    ),
}
_BYTES_OF_A_PART = 400_000_000


class Package:
    """An open package; use it as a context manager. Part names have no leading slash."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        self._names = {name.lower(): name for name in self._archive.namelist()}
        self._targets: dict[str, dict[str, tuple[str, str]]] = {}

    def __enter__(self) -> "Package":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._archive.close()

    def names(self, folder: str) -> list[str]:
        """The parts directly in ``folder``, which ends with a slash."""
        return [name for name in self._names.values() if name.startswith(folder) and "/" not in name[len(folder) :]]

    def read(self, name: str) -> bytes | None:
        """The bytes of a part, None where the package has no such part. Raises ``ValueError`` for a huge one."""
        stored = self._names.get(name.lower())
        if stored is None:
            return None
        with self._archive.open(stored) as stream:
            data = stream.read(_BYTES_OF_A_PART + 1)
        if len(data) > _BYTES_OF_A_PART:
            raise ValueError(f"its part {name!r} holds more than {_BYTES_OF_A_PART:,} bytes")
        return data

    def xml(self, name: str) -> Element | None:
        """The root of an XML part, in the namespaces of the transitional variant; damaged markup is repaired."""
        return root_of(self.read(name))

    def targets(self, part: str) -> Mapping[str, tuple[str, str]]:
        """The relations of ``part`` (``""`` for the package) inside the package: id to (type, part name)."""
        if part not in self._targets:
            self._targets[part] = self._targets_of(part)
        return self._targets[part]

    def _targets_of(self, part: str) -> dict[str, tuple[str, str]]:
        folder, base = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        return {
            relation.get("Id", ""): (relation.get("Type", ""), resolved(folder, relation.get("Target", "")))
            for relation in (() if root is None else root.iterchildren("{*}Relationship"))
            if relation.get("TargetMode") != "External"
        }

    def related(self, part: str, kind: str) -> list[str]:
        """Parts to which ``part`` has a relation whose type ends with ``kind``."""
        return [name for type_, name in self.targets(part).values() if type_.endswith(f"/{kind}")]

    @cached_property
    def properties(self) -> dict[str, str]:
        """Title, author, modified and language as an Office file states them, and its own (custom) properties."""
        core = next((name for kind, name in self.targets("").values() if kind == _CORE), "docProps/core.xml")
        custom = next(iter(self.related("", "custom-properties")), "docProps/custom.xml")
        root, own = self.xml(core), self.xml(custom)
        found = {} if root is None else stated(root)
        for each in () if own is None else own.iterchildren("{*}property"):
            name = each.get("name", "")
            if not _OF_PROGRAMS.match(name):
                found.setdefault(name, "".join(each.itertext()).strip())
        return found


def root_of(data: bytes | None) -> Element | None:
    """The root of the XML in ``data``, as ``Package.xml`` gives it; None where there is none."""
    if not data or not data.strip():
        return None
    for strict, transitional in _STRICT if _IS_STRICT in data else ():
        data = data.replace(strict, transitional)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, recover=True, remove_pis=True)
    return etree.fromstring(data, parser)


def resolved(folder: str, target: str) -> str:
    """The part that ``target``, as written in a part of ``folder``, means."""
    target = unquote(target.partition("#")[0])
    return posixpath.normpath(posixpath.join(folder, target)).lstrip("/") if target else ""


def stated(root: Element) -> dict[str, str]:
    """Dublin Core elements below ``root`` under the names that metadata has; the first of each counts."""
    found: dict[str, str] = {}
    for element in root.iter("{*}title", "{*}creator", "{*}modified", "{*}date", "{*}language"):
        text = " ".join("".join(element.itertext()).split())
        if text:
            found.setdefault(_PROPERTIES[etree.QName(element).localname], text)
    return found


def believed(properties: Mapping[str, str], text: str) -> dict[str, str]:
    """``properties`` without empty ones and those that no person stated.

    These are the titles that programs give, and a language that is only the program's: Chinese texts are written in an
    English Office.
    """
    kept = {name: value for name, value in properties.items() if value.strip()}
    for name, pattern in _OF_NO_PERSON.items():
        if pattern.fullmatch(kept.get(name, "").strip()):
            del kept[name]
    stated_language = kept.get("language", "")[:2].lower()
    if stated_language in {"en", "zh"} and stated_language != language_of(text):
        del kept["language"]
    return kept

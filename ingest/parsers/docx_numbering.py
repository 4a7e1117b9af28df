"""The numbers and bullets that Word draws before paragraphs; they stand nowhere in the text of the file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.docx_styles import W, number, toggle, value
from ingest.parsers.numerals import numeral

_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    format: str
    text: str
    start: int
    decimal: bool
    restarts: bool
    style: str


class Numbering:
    """Counts the lists of one file; ask for each paragraph once, in order."""

    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._overrides: dict[str, dict[int, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        if root is not None:
            self._read(root)

    def _read(self, root: Element) -> None:
        abstracts = {each.get(f"{W}abstractNumId", ""): each for each in root.iterchildren(f"{W}abstractNum")}
        by_style = {value(each, "styleLink"): each for each in abstracts.values()}
        for id_, abstract in abstracts.items():
            link = value(abstract, "numStyleLink")
            levels = (by_style.get(link, abstract) if link else abstract).iterchildren(f"{W}lvl")
            self._levels[id_] = {number(each.get(f"{W}ilvl")) or 0: _level(each) for each in levels}
        for each in root.iterchildren(f"{W}num"):
            id_ = each.get(f"{W}numId", "")
            self._lists[id_] = value(each, "abstractNumId") or ""
            self._override(id_, each)

    def _override(self, id_: str, num: Element) -> None:
        starts: dict[int, int] = {}
        for override in num.iterchildren(f"{W}lvlOverride"):
            level = number(override.get(f"{W}ilvl")) or 0
            start, other = number(value(override, "startOverride")), override.find(f"{W}lvl")
            if start is not None:
                starts[level] = start
            if other is not None:
                # A list with levels of its own counts on its own.
                own = f"{self._lists[id_]}/{id_}" if "/" not in self._lists[id_] else self._lists[id_]
                self._levels.setdefault(own, dict(self._levels.get(self._lists[id_], {})))[level] = _level(other)
                self._lists[id_] = own
        self._overrides[id_] = starts

    def level_of_style(self, num_id: str, style: str) -> int:
        """The level of the list that is tied to a paragraph style, the first where none is."""
        levels = self._levels.get(self._lists.get(num_id, ""), {})
        return next((level for level, each in levels.items() if each.style == style and style), 0)

    def mark(self, num_id: str, level: int) -> str | None:
        """What stands before the next paragraph of a list: ``"2.1"``, ``"（三）"``, empty for a bullet.

        None where there is no such list.
        """
        abstract = self._lists.get(num_id)
        levels = self._levels.get(abstract, {}) if abstract is not None else {}
        if abstract is None or level not in levels:
            return None
        counts = self._counts.setdefault(abstract, {})
        for overridden, start in self._overrides.pop(num_id, {}).items():
            counts[overridden] = start - 1
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [each for each in counts if each > level and each in levels and levels[each].restarts]:
            del counts[deeper]
        return _written(levels, level, counts)


def _level(element: Element) -> _Level:
    start = number(value(element, "start"))
    return _Level(
        format=value(element, "numFmt") or "decimal",
        text=value(element, "lvlText") or "",
        start=1 if start is None else start,
        decimal=bool(toggle(element, "isLgl")),
        restarts=value(element, "lvlRestart") != "0",
        style=value(element, "pStyle") or "",
    )


def _written(levels: Mapping[int, _Level], level: int, counts: Mapping[int, int]) -> str:
    if levels[level].format == "bullet":
        return ""

    def placed(match: re.Match[str]) -> str:
        place = int(match.group(1)) - 1
        if place not in levels or levels[place].format in {"none", "bullet"}:
            return ""
        style = "decimal" if levels[level].decimal else levels[place].format
        return numeral(counts.get(place, levels[place].start), style)

    return _PLACE.sub(placed, levels[level].text).strip()

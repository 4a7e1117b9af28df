"""The paragraphs of a PowerPoint shape: which are list items, under which number, decided by whom it inherits from."""

import re
from collections.abc import Iterator
from typing import Any

from core.types import BlockKind
from ingest.parsers.drafts import Draft
from ingest.parsers.numerals import numeral

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_BULLETS = (f"{_A}buNone", f"{_A}buChar", f"{_A}buAutoNum", f"{_A}buBlip")
_POWER = re.compile(r"[-−+]?\d+")
# DrawingML's scheme names: the kind of number, then the marks around it.
_SCHEMES = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "circleNumDb": "decimalEnclosedCircle",
    "circleNumWd": "decimalEnclosedCircle",
    "ea1Chs": "chineseCounting",
    "ea1Cht": "taiwaneseCountingThousand",
    "ea1JpnChs": "japaneseCounting",
}
_SCHEME = re.compile(r"(\w+?)(ParenBoth|ParenR|Period|Plain|WdBlackPlain|WdWhitePlain|DbPeriod)?$")
_MARKS = {"ParenBoth": "({})", "ParenR": "{})", "Period": "{}.", "DbPeriod": "{}．"}


def paragraphs(frame: Any, *, listed: bool) -> Iterator[Draft]:
    """The paragraphs of a text frame; ``listed`` says whether its kind of shape draws bullets unless told otherwise."""
    counts: dict[int, tuple[str, int]] = {}
    for paragraph in frame.paragraphs:
        text = _text(paragraph._p).strip()
        if not text:
            continue
        bullet = _bullet(paragraph._p, frame, paragraph.level)
        counts = {level: count for level, count in counts.items() if level <= paragraph.level}
        if bullet is None or bullet.tag == f"{_A}buNone":
            kind = BlockKind.LIST_ITEM if bullet is None and listed else BlockKind.PARAGRAPH
            yield Draft(kind=kind, text=text, depth=paragraph.level)
        else:
            mark = _number(bullet, counts, paragraph.level) if bullet.tag == f"{_A}buAutoNum" else ""
            yield Draft(kind=BlockKind.LIST_ITEM, text=f"{mark} {text}".strip(), depth=paragraph.level)


def _text(paragraph: Any) -> str:
    text = ""
    for run in paragraph:
        if run.tag == f"{_A}br":
            text += "\n"
        elif run.tag in {f"{_A}r", f"{_A}fld"}:
            added = "".join(each.text or "" for each in run.iterchildren(f"{_A}t"))
            properties = run.find(f"{_A}rPr")
            raised = properties is not None and int(properties.get("baseline", "0").rstrip("%") or 0) > 0
            # 10 to the sixth must not become 106.
            text += "^" * bool(raised and _POWER.fullmatch(added) and text[-1:].isdigit()) + added
        else:
            text += "".join(each.text or "" for each in run.iter() if str(each.tag).endswith("/math}t"))
    return text


def _number(bullet: Any, counts: dict[int, tuple[str, int]], level: int) -> str:
    scheme = bullet.get("type", "arabicPeriod")
    known, count = counts.get(level, ("", 0))
    count = count + 1 if known == scheme else int(bullet.get("startAt", "1"))
    counts[level] = (scheme, count)
    match = _SCHEME.match(scheme)
    name, marks = (match.group(1), match.group(2) or "") if match else (scheme, "")
    return _MARKS.get(marks, "{}").format(numeral(count, _SCHEMES.get(name, "decimal")))


def _bullet(paragraph: Any, frame: Any, level: int) -> Any:
    """The bullet that the paragraph has or inherits; None where nobody says."""
    properties = paragraph.find(f"{_A}pPr")
    for holder in ([] if properties is None else [properties], _inherited(frame, level)):
        for each in holder:
            found = next(each.iterchildren(*_BULLETS), None)
            if found is not None:
                return found
    return None


def _inherited(frame: Any, level: int) -> Iterator[Any]:
    """The level's properties in the shape, in its layout's placeholder, and so on upwards."""
    shape = frame._parent
    name = f"{_A}lvl{level + 1}pPr"
    while shape is not None:
        body = shape._element.find(f"{_P}txBody")
        own = None if body is None else body.find(f"{_A}lstStyle/{name}")
        if own is not None:
            yield own
        shape = getattr(shape, "_base_placeholder", None)

"""Lines of a PDF page become paragraphs and headings: geometry and type size, no vendor."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from core.types import BlockKind

# Where pdfium joins a word that was hyphenated at a line end.
HYPHEN = "\ufffe"
_HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
_GLYPHS = "•●○▪◦·■□►➢✓\uf0b7\uf0a7"
_BULLET = re.compile(rf"(?:[{_GLYPHS}]|[-–*※]\s|\(?\d{{1,3}}[.)]\s|\(?[a-z][.)]\s|[（(][一二三四五六七八九十\d]+[)）])")
_END = re.compile(r"[.!?:;。！？：；…][\"'”’)\]】」』]*$")
_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|seite)?\s*[-–—|]?\s*(?:\d{1,4}|[ivxl]{1,6})\s*(?:(?:of|/)\s*\d{1,4})?\s*[-–—|]?|第\s*\d+\s*页(?:\s*[/,，共]+\s*\d+\s*页)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# "pre- and post-": such a hyphen stands for a word, not for a line end.
_SUSPENDED = re.compile(r"(?:and|or|to|und|oder|bis)\b")
_MARGIN = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of type. Lengths are in points; ``bottom`` and ``top`` grow upwards, ``end_bottom`` is that of its last
    character (pdfium makes one line of a hyphenated pair). ``height`` is the page's; ``size`` that of the type. A line
    that stands ``alone`` (a row of cells, type that runs upwards) joins no paragraph and is no heading."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    top: float
    end_bottom: float
    size: float
    bold: bool
    height: float
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Lines that belong together, and what they are; ``level`` is 0 except for headings."""

    kind: BlockKind
    text: str
    page: int
    level: int = 0


def paragraphs(lines: Sequence[Line], outline: Mapping[str, int]) -> list[Paragraph]:
    """Paragraphs and headings in reading order, without page furniture. ``outline``: ``squeeze(title)`` to level."""
    kept = _without_furniture(list(_same_baseline(lines)))
    if not kept:
        return []
    body = _body_size(kept)
    words = frozenset(word.lower() for line in kept for word in _WORD.findall(line.text))
    groups = list(_groups(kept))
    sizes = _heading_sizes(groups, body)
    mostly_bold = sum(line.bold for line in kept) > len(kept) / 3
    return [
        _paragraph(group, text, outline.get(squeeze(text)) or _level(group, sizes, ignore_bold=mostly_bold))
        for group in groups
        for text in (_joined(group, words),)
    ]


def squeeze(text: str) -> str:
    """Letters and digits only, in one case: how an outline entry and its heading are compared."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _same_baseline(lines: Iterable[Line]) -> Iterator[Line]:
    """Pieces of one visual line put together; a wide gap between them makes it a row of cells."""
    held: Line | None = None
    for line in lines:
        if held is None or not _continues(held, line):
            if held is not None:
                yield held
            held = line
            continue
        gap = line.left - held.right
        space = " " if gap > 0.15 * held.size and not held.text.endswith(" ") else ""
        wide = gap > 2 * max(held.size, 4)
        held = replace(
            held,
            text=held.text + space + line.text,
            right=line.right,
            end_bottom=line.end_bottom,
            alone=held.alone or wide,
        )
    if held is not None:
        yield held


def _continues(held: Line, line: Line) -> bool:
    overlap = min(held.top, line.top) - max(held.end_bottom, line.bottom)
    smaller = min(held.top - held.end_bottom, line.top - line.bottom)
    return line.page == held.page and overlap > 0.4 * max(smaller, 1) and line.left >= held.right - 1


def _without_furniture(lines: list[Line]) -> list[Line]:
    """Without page numbers and without lines that return at the edge of half of the pages (at least three)."""
    pages = {line.page for line in lines}
    seen = Counter(key for _page, key in {(line.page, _edge_key(line)) for line in lines if _at_edge(line)})
    often = max(3, len(pages) / 2)

    def is_furniture(line: Line) -> bool:
        if not _at_edge(line):
            return False
        return bool(_PAGE_NUMBER.fullmatch(line.text.strip())) or seen[_edge_key(line)] >= often

    return [line for line in lines if not is_furniture(line)]


def _at_edge(line: Line) -> bool:
    return line.bottom < _MARGIN * line.height or line.top > (1 - _MARGIN) * line.height


def _edge_key(line: Line) -> tuple[str, int]:
    # With the size of the type: the title on the first page often returns, smaller, as the head of the others.
    return _DIGITS.sub("#", squeeze(line.text)), round(line.size)


def _body_size(lines: Sequence[Line]) -> float:
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size, 1)] += len(line.text)
    return weights.most_common(1)[0][0]


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    leading = _leading(lines)
    group: list[Line] = []
    for line in lines:
        if group and _starts_new(group, line, leading):
            yield group
            group = []
        group.append(line)
    yield group


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance between two baselines, in type sizes."""
    steps = [
        (a.end_bottom - b.bottom) / b.size
        for a, b in pairwise(lines)
        if a.page == b.page and 0.8 * b.size < a.end_bottom - b.bottom < 3 * b.size
    ]
    return median(steps) if steps else 1.2


def _starts_new(group: Sequence[Line], line: Line, leading: float) -> bool:
    last = group[-1]
    if line.alone or last.alone or line.bold != last.bold or abs(line.size - last.size) > 0.1 * last.size:
        return True
    if _BULLET.match(line.text.strip()):
        return True
    step = last.end_bottom - line.bottom
    if line.page != last.page or step < 0:
        # Over the page or up to the next column only an unfinished sentence goes on.
        return bool(_END.search(last.text.strip())) or not _can_continue(line.text)
    if step > 1.35 * leading * line.size:
        return True
    if len(group) > 1 and line.left - last.left > 0.8 * line.size and _END.search(last.text.strip()):
        return True
    return _ended_early(group, line)


def _can_continue(text: str) -> bool:
    return text[:1].islower() or bool(_HAN.match(text))


def _ended_early(group: Sequence[Line], line: Line) -> bool:
    """The last line stopped at a sentence end although the next word would have fitted."""
    last = group[-1]
    edge = max(max(each.right for each in group), line.right)
    word = line.text.split(maxsplit=1)[0] if line.text.strip() else ""
    room = 2 * line.size if _HAN.match(word) else 0.5 * line.size * (len(word) + 1)
    return edge - last.right > room and bool(_END.search(last.text.strip()))


def _heading_sizes(groups: Sequence[Sequence[Line]], body: float) -> list[float]:
    """The type sizes above the body's, largest first, of groups that are short enough to be headings."""
    found = {round(group[0].size, 1) for group in groups if group[0].size >= 1.15 * body and _is_short(group)}
    return sorted(found, reverse=True)


def _is_short(group: Sequence[Line]) -> bool:
    text = " ".join(line.text for line in group).strip()
    return len(group) <= 3 and 2 <= len(text) <= 150 and any(c.isalpha() for c in text) and text[-1] not in ".,;。，；"


def _level(group: Sequence[Line], sizes: Sequence[float], *, ignore_bold: bool) -> int:
    """The heading level that size or weight of the type gives; 0 for running text."""
    if group[0].alone or not _is_short(group):
        return 0
    size = round(group[0].size, 1)
    if size in sizes:
        return sizes.index(size) + 1
    return len(sizes) + 1 if group[0].bold and not ignore_bold and len(group) == 1 else 0


def _paragraph(group: Sequence[Line], text: str, level: int) -> Paragraph:
    if level:
        return Paragraph(kind=BlockKind.HEADING, text=text, page=group[0].page, level=min(6, level))
    kind = BlockKind.LIST_ITEM if _BULLET.match(text) else BlockKind.PARAGRAPH
    return Paragraph(kind=kind, text=text.lstrip(f"{_GLYPHS} "), page=group[0].page)


def _joined(group: Sequence[Line], words: frozenset[str]) -> str:
    text = group[0].text.strip()
    for line in group[1:]:
        following = line.text.strip()
        if re.search(r"[^\W\d_]-$", text) and following[:1].islower() and not _SUSPENDED.match(following):
            text = text[:-1] + HYPHEN + following
        elif re.search(r"\w-$", text) and not _SUSPENDED.match(following):
            text += following
        else:
            both_han = text and _HAN.match(text[-1]) and _HAN.match(following)
            text += following if both_han else f" {following}"
    return _without_hyphens(text, words)


def _without_hyphens(text: str, words: frozenset[str]) -> str:
    """A word parted at a line end as it is written elsewhere in the document, or else in one."""

    def whole(match: re.Match[str]) -> str:
        before, after = match.groups()
        hyphenated = f"{before}-{after}"
        written = hyphenated.lower() in words and (before + after).lower() not in words
        return hyphenated if written or not after[:1].islower() or before[-1:].isdigit() else before + after

    return re.sub(rf"(\w+){HYPHEN}\s*(\w+)", whole, text).replace(HYPHEN, "-")

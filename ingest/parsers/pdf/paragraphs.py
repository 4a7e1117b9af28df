"""Lines in reading order become paragraphs, list items, listings, headings and tables: geometry and type size."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from core.types import BlockKind
from ingest.parsers.pdf.furniture import squeeze
from ingest.parsers.pdf.headings import Style, is_short, style_levels, style_of
from ingest.parsers.pdf.join import HAN, WORD, joined
from ingest.parsers.pdf.lines import letter_width
from ingest.parsers.pdf.marks import begins_item, without_bullet
from ingest.parsers.pdf.tables import Table
from ingest.parsers.pdf.types import HYPHEN, Line
from ingest.parsers.tables import pipe_table

_END = re.compile(r"[.!?:;。！？：；…][\"'”’)\]】」』]*$")
_NOTE = re.compile(r"(?:[*∗†‡§¶]|[\[(]?\d{1,2}[\])]?)\s*\S|注[:：]")
# Code of one line, told from an address or a name in the same type.
_CODE = re.compile(r"^[$>#%]\s|^[^@]*[(){}=;|<>\[\]/\\][^@]*$|\s--?\w")
_NOTE_SIZE = 0.92
_NOTE_HEIGHT = 0.45
# Where nearly all is set in letters of one width, that says nothing.
_TYPEWRITTEN = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Lines that belong together, and what they are; ``level`` is 0 except for headings. Tables are Markdown rows."""

    kind: BlockKind
    text: str
    page: int
    level: int = 0


Group: TypeAlias = list[Line]


def paragraphs(lines: Sequence[Line | Table], outline: Mapping[str, int]) -> list[Paragraph]:
    """All lines as paragraphs in reading order. ``outline``: ``squeeze(title)`` to level, from 1."""
    groups = _with_notes_last(list(_groups(_one_table(lines))), _body_size(lines))
    plain = [group for group in groups if not isinstance(group, Table)]
    words = _words([line.text for group in plain for line in group])
    levels = style_levels(plain, outline)
    letters = [(len(line.text), line.mono) for group in plain for line in group]
    typewritten = sum(size for size, mono in letters if mono) > _TYPEWRITTEN * sum(size for size, _ in letters)

    def read(group: Group) -> Paragraph:
        if not typewritten and all(line.mono for line in group) and (len(group) > 1 or _CODE.search(group[0].text)):
            return Paragraph(kind=BlockKind.CODE, text=_listing(group), page=group[0].page)
        return _paragraph(group, joined([line.text for line in group], words), outline, levels)

    return [
        paragraph for group in groups for paragraph in (_around(group) if isinstance(group, Table) else (read(group),))
    ]


def _words(texts: Sequence[str]) -> frozenset[str]:
    """Every word, in lower case, for what was parted at line ends; nothing where no line ends in a hyphen."""
    if not any(HYPHEN in text or text.rstrip().endswith("-") for text in texts):
        return frozenset()
    return frozenset(word.lower() for text in texts for word in WORD.findall(text))


def _one_table(lines: Sequence[Line | Table]) -> list[Line | Table]:
    """With a table that goes on over the page as one."""
    kept: list[Line | Table] = []
    page = 0
    for line in lines:
        last = kept[-1] if kept else None
        if isinstance(line, Table) and isinstance(last, Table) and line.page == page + 1 and last.goes_on_in(line):
            kept[-1] = last.with_rows_of(line)
        else:
            kept.append(line)
        page = line.page
    return kept


def _groups(lines: Sequence[Line | Table]) -> Iterator[Group | Table]:
    leading = _leading([line for line in lines if isinstance(line, Line)])
    group: Group = []
    for line in lines:
        if group and (isinstance(line, Table) or _starts_new(group, line, leading)):
            yield group
            group = []
        if isinstance(line, Table):
            yield line
        else:
            group.append(line)
    if group:
        yield group


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance between two baselines, in type sizes."""
    steps = [
        (a.bottom - b.bottom) / b.size
        for a, b in pairwise(lines)
        if a.page == b.page and 0.8 * b.size < a.bottom - b.bottom < 3 * b.size
    ]
    return median(steps) if steps else 1.2


def _starts_new(group: Group, line: Line, leading: float) -> bool:
    last = group[-1]
    if last.mono and line.mono:
        return _starts_new_listing(last, line, leading)
    if line.alone or last.alone or line.mono != last.mono or (_is_other_type(last, line) and not _runs_in(group, line)):
        return True
    if last.text.endswith(HYPHEN):
        return False
    if begins_item(line.text) or _is_note(line):
        return True
    step = last.bottom - line.bottom
    if line.page != last.page or step < 0:
        # Over the page or up to the next column only an unfinished sentence goes on.
        return bool(_END.search(last.text.strip())) or not _can_continue(line.text)
    if step > 1.35 * leading * line.size:
        return True
    if len(group) > 1 and line.left - last.left > 0.8 * line.size and _END.search(last.text.strip()):
        return True
    return _ended_early(group, line)


def _runs_in(group: Group, line: Line) -> bool:
    """Whether a paragraph goes on that began in bold type: right below, in the middle of a sentence."""
    last = group[-1]
    near = line.page == last.page and 0 < last.bottom - line.bottom < 1.6 * line.size
    return (
        near
        and abs(line.size - last.size) <= 0.05 * last.size
        and line.text[:1].islower()
        and not _END.search(last.text)
    )


def _is_other_type(last: Line, line: Line) -> bool:
    return line.bold != last.bold or abs(line.size - last.size) > 0.1 * last.size


def _starts_new_listing(last: Line, line: Line, leading: float) -> bool:
    """A listing goes on over an empty line and over the page."""
    return line.page == last.page and last.bottom - line.bottom > 2.6 * leading * line.size


def _can_continue(text: str) -> bool:
    return text[:1].islower() or bool(HAN.match(text))


def _ended_early(group: Group, line: Line) -> bool:
    """The last line stopped at a sentence end although the next word would have fitted."""
    last = group[-1]
    edge = max(max(each.right for each in group), line.right)
    word = line.text.split(maxsplit=1)[0] if line.text.strip() else ""
    room = 2 * line.size if HAN.match(word) else 0.5 * line.size * (len(word) + 1)
    return edge - last.right > room and bool(_END.search(last.text.strip()))


def _is_note(line: Line) -> bool:
    """Whether the line could begin a footnote: a mark, low on the page."""
    return line.top < _NOTE_HEIGHT * line.height and bool(_NOTE.match(line.text.strip())) and line.size < 9.6


def _body_size(lines: Sequence[Line | Table]) -> float:
    weights: Counter[float] = Counter()
    for line in lines:
        if isinstance(line, Line):
            weights[round(line.size, 1)] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def _with_notes_last(groups: list[Group | Table], body: float) -> list[Group | Table]:
    """A paragraph that goes on over the page stays one: footnotes between its parts come after it."""
    kept: list[Group | Table] = []
    for group in groups:
        is_body = not isinstance(group, Table) and abs(group[0].size - body) < 0.1 * body
        before = _open_before_notes(kept, group) if is_body else None
        if before is None:
            kept.append(group)
        else:
            held = kept[before]
            assert not isinstance(held, Table)
            assert not isinstance(group, Table)
            kept[before] = held + group
    return kept


def _open_before_notes(kept: Sequence[Group | Table], group: Group | Table) -> int | None:
    """The index of the unfinished paragraph of the page before that ``group`` goes on with, over footnotes."""
    index = len(kept) - 1
    while index > 0 and _is_footnote(kept[index], group):
        index -= 1
    if index < 0 or index == len(kept) - 1 or isinstance(group, Table):
        return None
    held = kept[index]
    if (
        isinstance(held, Table)
        or held[-1].page != group[0].page - 1
        or held[-1].alone
        or _is_other_type(held[-1], group[0])
    ):
        return None
    goes_on = not _END.search(held[-1].text.strip()) and _can_continue(group[0].text)
    return index if goes_on or held[-1].text.endswith(HYPHEN) else None


def _is_footnote(group: Group | Table, after: Group | Table) -> bool:
    if isinstance(group, Table) or isinstance(after, Table):
        return False
    return group[0].size < _NOTE_SIZE * after[0].size and group[0].top < _NOTE_HEIGHT * group[0].height


def _paragraph(group: Group, text: str, outline: Mapping[str, int], levels: Mapping[Style, int]) -> Paragraph:
    page = group[0].page
    level = _level(group, text, outline, levels)
    if level:
        return Paragraph(kind=BlockKind.HEADING, text=text, page=page, level=min(6, level))
    kind = BlockKind.LIST_ITEM if begins_item(text) else BlockKind.PARAGRAPH
    return Paragraph(kind=kind, text=without_bullet(text), page=page)


def _level(group: Group, text: str, outline: Mapping[str, int], levels: Mapping[Style, int]) -> int:
    if group[0].alone or (begins_item(text) and squeeze(text) not in outline):
        return 0
    by_style = levels.get(style_of(group), 0) if is_short(group) else 0
    return by_style or outline.get(squeeze(text), 0)


def _listing(group: Group) -> str:
    """The lines with their indent, and an empty line where there is room for one."""
    left = min(line.left for line in group)
    steps = [a.bottom - b.bottom for a, b in pairwise(group) if a.page == b.page]
    step = min((step for step in steps if step > 0), default=1.0)
    lines = [_indented(group[0], left)]
    for above, line in pairwise(group):
        empty = above.page == line.page and above.bottom - line.bottom > 1.6 * step
        lines += [""] * empty + [_indented(line, left)]
    return "\n".join(lines).replace(HYPHEN, "-")


def _indented(line: Line, left: float) -> str:
    return " " * round((line.left - left) / max(1.0, letter_width(line))) + line.text.rstrip()


def _around(table: Table) -> Iterator[Paragraph]:
    """The table, and what stands across all of its columns above and below as text."""
    above, rows, below = table.parts()
    for kind, text in (
        *((BlockKind.PARAGRAPH, line) for line in above),
        (BlockKind.TABLE, pipe_table(rows)),
        *((BlockKind.PARAGRAPH, line) for line in below),
    ):
        yield Paragraph(kind=kind, text=text, page=table.page)

"""Which type is that of headings, and of which level: by size, weight and the outline of the file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ingest.parsers.pdf.furniture import squeeze
from ingest.parsers.pdf.join import joined
from ingest.parsers.pdf.types import Line

# Type size to half a point, and whether it is bold.
Style: TypeAlias = tuple[float, bool]

_LARGER = 1.12
_LINES, _LETTERS = 3, 150
_DEEPEST = 6


Groups: TypeAlias = Sequence[Sequence[Line]]


def style_of(group: Sequence[Line]) -> Style:
    """The style of the first line."""
    return round(2 * group[0].size) / 2, group[0].bold


def is_short(group: Sequence[Line]) -> bool:
    """Whether the lines are few and short enough for a heading, and end like one."""
    text = " ".join(line.text for line in group).strip()
    return (
        len(group) <= _LINES
        and 2 <= len(text) <= _LETTERS
        and any(character.isalpha() for character in text)
        and text[-1] not in ".,;。，；"
    )


def style_levels(groups: Groups, outline: Mapping[str, int]) -> dict[Style, int]:
    """The level from 1 of each style that headings have; larger type never has a deeper level.

    ``outline``: ``squeeze(title)`` to level. Its levels count where they are those of a whole style; a title above
    all of them moves them down by one.
    """
    lines = [line for group in groups for line in group if not line.mono]
    if not lines:
        return {}
    body, bold = _body(lines)
    candidates = [group for group in groups if is_short(group) and not group[0].alone and not group[0].mono]
    counts = Counter(style_of(group) for group in candidates)
    stated = _stated(candidates, outline)
    styles = [style for style in counts if _is_heading_style(style, body, bold, stated.get(style, 0), counts[style])]
    return _ranked(sorted(styles, key=lambda style: (-style[0], not style[1])), stated, counts)


def _body(lines: Sequence[Line]) -> Style:
    weights: Counter[Style] = Counter()
    for line in lines:
        weights[style_of([line])] += len(line.text)
    return weights.most_common(1)[0][0]


def _is_heading_style(style: Style, body: float, bold: bool, stated: int, count: int) -> bool:
    if style[0] >= _LARGER * body:
        return True
    heavier = style[1] and not bold and style[0] >= 0.95 * body
    return heavier or (stated > 0 and style != (body, bold) and count < 200)


def _stated(candidates: Groups, outline: Mapping[str, int]) -> dict[Style, int]:
    """The level that the outline gives to most headings of a style."""
    found: dict[Style, Counter[int]] = {}
    for group in candidates:
        level = outline.get(squeeze(joined([line.text for line in group])))
        if level:
            found.setdefault(style_of(group), Counter())[level] += 1
    return {style: levels.most_common(1)[0][0] for style, levels in found.items()}


def _ranked(styles: Sequence[Style], stated: Mapping[Style, int], counts: Mapping[Style, int]) -> dict[Style, int]:
    """Where there are more styles than levels, one that is used once shares the level of the next."""
    levels: dict[Style, int] = {}
    given: dict[int, int] = {}
    last = 0
    for style in styles:
        level = stated.get(style, 0)
        if level in given:
            levels[style] = last = given[level]
            continue
        # A style above the outline's first pushes the outline's levels down.
        pushed = max((ours - theirs for theirs, ours in given.items()), default=0)
        levels[style] = max(last + 1, level + pushed)
        if level:
            given[level] = levels[style]
        if level or not last or counts[style] > 1 or len(styles) < _DEEPEST:
            last = levels[style]
    return levels

"""Rows of Markdown tables that the rules would cut: GitHub's say that what a row has beyond its header is left out."""

import re
from collections.abc import Iterator, Sequence

_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_FENCE = re.compile(r"[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(`{3,}|~{3,})")
_CODE = re.compile(r"(?<!`)`[^`\n]+`(?!`)")
_BAR = re.compile(r"(?<!\\)\|")


def with_whole_rows(text: str) -> str:
    """``text`` with every header as wide as the widest row below it, and bars inside code escaped."""
    if "|" not in text:
        return text
    return "\n".join(_lines(text.split("\n")))


def _lines(lines: Sequence[str]) -> Iterator[str]:
    fence = ""
    position = 0
    while position < len(lines):
        mark = _FENCE.match(lines[position])
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        size = 0 if fence else _table_size(lines, position)
        yield from _widened(lines[position : position + size]) if size else (lines[position],)
        position += size or 1


def _table_size(lines: Sequence[str], position: int) -> int:
    """How many lines the table at ``position`` has, 0 where none begins."""
    header, *rest = lines[position : position + 2]
    if "|" not in header or not rest or "|" not in rest[0] or not _RULE.fullmatch(rest[0]):
        return 0
    end = position + 2
    while end < len(lines) and "|" in lines[end] and not _FENCE.match(lines[end]):
        end += 1
    return end - position


def _widened(table: Sequence[str]) -> Iterator[str]:
    header, rule, *rows = [_CODE.sub(lambda code: _BAR.sub(r"\\|", code[0]), line) for line in table]
    missing = max([0, *(_cells(row) - _cells(header) for row in rows)])
    yield _padded(header, " ", missing)
    yield _padded(rule, "---", missing)
    yield from rows


def _cells(row: str) -> int:
    return len(_BAR.split(row.strip().removeprefix("|").removesuffix("|")))


def _padded(row: str, filling: str, missing: int) -> str:
    return row.rstrip().removesuffix("|") + f"|{filling}" * missing + "|" if missing else row

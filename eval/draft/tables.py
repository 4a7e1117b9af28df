"""Questions about the rows of a table: what one column says about one thing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from core.types import Chunk
from eval.draft.question import DraftQuestion
from eval.draft.topic import Part, headings_of, topic_of

# A first column under such a name holds properties, and the other columns name the things that have them.
_PROPERTY = regex.compile(
    r"items?|parameters?|propert(?:y|ies)|features?|fields?|specifications?|attributes?|项目|参数|属性|功能|指标|规格|内容|字段",
    regex.I,
)
_VALUE = regex.compile(
    r"values?|descriptions?|settings?|details?|notes?|值|数值|取值|说明|描述|内容|备注|设置", regex.I
)
_ATTRIBUTE = regex.compile(
    r"\b(?:prices?|costs?|units?|fees?|EUR|USD|CNY|period|quantity|amount)\b|价|费|单位|元|周期|数量|金额", regex.I
)
_WHETHER = regex.compile(r"可否|是否|能否|有无|要不要|能不能")
_CODE = regex.compile(r"[A-Z][A-Z0-9]*(?:[_\-][A-Z0-9]+)+|[45]\d\d|0x[0-9A-Fa-f]+")
_MEANING = regex.compile(r"meanings?|causes?|reasons?|descriptions?|含义|意思|原因|说明|描述", regex.I)
_REMEDY = regex.compile(r"what to do|solutions?|actions?|fix|remedy|处理.*|怎么办|解决.*|措施|操作", regex.I)
_WORD = regex.compile(r"\p{L}")
_NUMBER = regex.compile(r"\d")
_MOST_CHARS = 40
_MOST_QUOTE = 400


@dataclass(frozen=True, slots=True)
class _Row:
    line: str
    cells: tuple[str, ...]


def table_drafts(chunk: Chunk) -> Iterator[DraftQuestion]:
    """One question for each filled cell beside the columns that name the rows of a table with a header."""
    for header, rows in _tables(chunk):
        columns = _leading_columns(rows)
        turned = _lists_properties(header)
        for row in rows if columns else ():
            key = _name(row.cells[:columns], chunk)
            for column, cell in list(zip(header, row.cells, strict=False))[columns:]:
                question = _question(chunk, column, key, cell, turned=turned)
                if question and len(row.line) <= _MOST_QUOTE:
                    yield DraftQuestion(question=question, quote=row.line, kind=_kind(key), chunk=chunk)


def _lists_properties(header: Sequence[str]) -> bool:
    """Whether the first column holds properties of the things that the other columns are named for."""
    return bool(_PROPERTY.fullmatch(header[0])) and not any(_ATTRIBUTE.search(column) for column in header[1:])


def _tables(chunk: Chunk) -> Iterator[tuple[tuple[str, ...], list[_Row]]]:
    """Header and rows of each table; a later part of a parted table has its header in the heading path."""
    carried = [heading for heading in chunk.heading_path if heading.startswith("|")]
    table: list[_Row] = []
    for line in [*chunk.text.splitlines(), ""]:
        if line.startswith("|"):
            table.append(_Row(line.strip(), _cells(line)))
        elif table:
            is_whole = len(table) > 1 and set(table[1].line) <= set("|-: ")
            header = table[0].cells if is_whole else _cells(carried[-1].split("\n")[0]) if carried else ()
            if header:
                yield header, table[2:] if is_whole else table
            table = []


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def _leading_columns(rows: Sequence[_Row]) -> int:
    """How many columns name a row: one, or two where the first repeats; 0 where those repeat too."""
    for columns in (1, 2):
        names = Counter(row.cells[:columns] for row in rows)
        if all(count == 1 for count in names.values()):
            return columns
    return 0


def _name(cells: Sequence[str], chunk: Chunk) -> str:
    if len(cells) == 1:
        return cells[0]
    return f"{cells[0]}（{cells[1]}）" if chunk.language == "zh" else f"{cells[0]} ({cells[1]})"


def _kind(key: str) -> str:
    return "code" if _CODE.fullmatch(key) else "table"


def _question(chunk: Chunk, column: str, key: str, cell: str, *, turned: bool) -> str:
    """In the words of a person who knows the thing and wants what the table says of it; empty where none fit."""
    if not (_is_name(key) and _is_name(column) and cell.strip("-–— ")):
        return ""
    if _CODE.fullmatch(key):
        return _about_code(chunk, column, key)
    thing, wanted = (column, key) if turned else (key, column.replace("_", " "))
    if _VALUE.fullmatch(thing):
        thing = topic_of(Part(headings_of(chunk), (), chunk.language))
    if not thing or _VALUE.fullmatch(wanted):
        return ""
    return _about_cell(chunk, thing, wanted, cell)


def _about_cell(chunk: Chunk, thing: str, wanted: str, cell: str) -> str:
    if chunk.language == "en":
        return f"What is listed as {wanted[:1].lower() + wanted[1:] if wanted[1:].islower() else wanted} for {thing}?"
    if _WHETHER.match(wanted):
        return f"{thing}{wanted}？"
    return f"{thing}的{wanted}是{'多少' if _NUMBER.search(cell) else '什么'}？"


def _is_name(text: str) -> bool:
    return bool(_WORD.search(text) or _CODE.fullmatch(text)) and len(text) <= _MOST_CHARS and text[-1] not in "?？.。"


def _about_code(chunk: Chunk, column: str, code: str) -> str:
    is_zh = chunk.language == "zh"
    if _REMEDY.fullmatch(column):
        return f"出现 {code} 怎么办？" if is_zh else f"What should I do about {code}?"
    if _MEANING.fullmatch(column):
        return f"{code} 是什么意思？" if is_zh else f"What does {code} mean?"
    return ""

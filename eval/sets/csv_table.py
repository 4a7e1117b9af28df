"""A table that a person saved from a spreadsheet: encoding and delimiter detected, columns found by their header."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInput
from eval.sets.jsonl import require_file
from ingest.encoding import decode

# What people write over a column. The first name of each line is the field's own.
_HEADERS = {
    "id": "id 编号 序号 題號 题号",
    "question": "question query q 问题 問題 提问 提問 问句",
    "quote": "quote gold evidence 引文 原文 证据 證據 依据",
    "reference": "reference answer a response 答案 回答 参考答案 參考答案 标准答案",
    "document": "document source file doc 文档 文檔 文件 来源 來源 出处",
    "answerable": "answerable 可回答 能否回答 是否可回答",
    "language": "language lang 语言 語言 语种",
    "tags": "tags tag labels label category 标签 標籤 分类 分類 类别",
}
FIELDS = tuple(_HEADERS)
_FIELD_OF = {name: field for field, names in _HEADERS.items() for name in names.split()}
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row by column name, as it stands. ``number`` is what a spreadsheet shows: the header is row 1.

    ``surplus`` are filled cells beyond the last column of the header.
    """

    number: int
    cells: Mapping[str, str]
    surplus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``columns`` gives the column name by field; ``ignored`` names the columns that belong to no field."""

    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    rows: tuple[TableRow, ...]

    def value(self, row: TableRow, field: str) -> str:
        """The cell of a field without surrounding white space; empty where the table has no such column."""
        return row.cells.get(self.columns.get(field, ""), "").strip()


def read_table(path: Path, given: Mapping[str, str]) -> Table:
    """Read the file. ``given`` names columns by field where their header says something else.

    Raises ``NotFound`` for a missing file and ``InvalidInput`` for a file that is no table, has no column of questions
    or two columns of one name, and for a given field or column that does not exist.
    """
    text = _text(require_file(path, "a table with a header row"))
    header, *rows = _cells(path, text, given)
    names = [name.strip() for name in header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InvalidInput(f"{path}: the header has {twice[0]!r} twice; give every column a name of its own")
    columns = _columns(path, names, given)
    used = set(columns.values())
    return Table(
        columns=columns,
        ignored=tuple(name for name in names if name and name not in used),
        rows=tuple(_rows(names, rows)),
    )


def _text(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InvalidInput(f"{path} is a workbook; save the sheet as CSV (UTF-8) first")
    return decode(data)


def _cells(path: Path, text: str, given: Mapping[str, str]) -> list[list[str]]:
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=") + 1:
        return _parsed(path, rest, first.strip()[-1])  # Excel's own first line, which it does not show
    parsed = {mark: _header(text, mark) for mark in _DELIMITERS}
    wanted = set(given.values())
    known = {mark: sum(name in wanted or field_of(name) != "" for name in names) for mark, names in parsed.items()}
    return _parsed(path, text, max(_DELIMITERS, key=lambda mark: (known[mark], len(parsed[mark]))))


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _parsed(path: Path, text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InvalidInput(f"{path}, near line {reader.line_num}: {error}; look for a stray quotation mark") from error
    if not rows:
        raise InvalidInput(f"{path} is empty; it needs a header row and rows")
    return rows


def field_of(name: str) -> str:
    """The field that a header names, in English or Chinese; empty for any other word."""
    return _FIELD_OF.get(unicodedata.normalize("NFKC", name).strip().casefold(), "")


def _columns(path: Path, names: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    for field, column in given.items():
        if field not in FIELDS:
            raise InvalidInput(f"--column {field}={column}: the fields are {', '.join(FIELDS)}")
        if column not in names:
            raise InvalidInput(f"--column {field}={column}: {path} has the columns {', '.join(filter(None, names))}")
    columns = dict(given)
    for name in names:
        if name not in given.values() and (field := field_of(name)):
            columns.setdefault(field, name)
    if "question" not in columns:
        raise InvalidInput(
            f"{path}: no column of questions among {', '.join(filter(None, names)) or 'none'}; "
            "name one with --column question=NAME"
        )
    return columns


def _rows(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[TableRow]:
    for number, cells in enumerate(rows, start=2):
        if any(cell.strip() for cell in cells):
            named = {
                name or f"column {place}": cell for place, (name, cell) in enumerate(zip(names, cells, strict=False), 1)
            }
            surplus = tuple(cell for cell in cells[len(names) :] if cell.strip())
            yield TableRow(number=number, cells=named, surplus=surplus)

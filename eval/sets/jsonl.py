"""Judged files are written by people and scripts: every complaint names the file and the line."""

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.errors import InvalidInput, NotFound

Row = TypeVar("Row")
NOT_UTF8 = "this is not UTF-8; convert the file, for example with `iconv -f GB18030 -t UTF-8`"


def require_file(path: Path, purpose: str) -> Path:
    """``path`` itself. Raises ``NotFound`` naming the file and what it should hold."""
    if not path.is_file():
        raise NotFound(f"no file {str(path)!r}: it should hold {purpose}")
    return path


def plain_or_gzip(path: Path, purpose: str) -> Path:
    """``path``, or the same name with ``.gz`` where only that is there. Raises as ``require_file`` does."""
    packed = path.with_name(f"{path.name}.gz")
    return packed if packed.is_file() and not path.is_file() else require_file(path, purpose)


def byte_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, unpacked where its name ends in ``.gz``, each with its line end.

    Raises ``InvalidInput`` for a damaged gzip file.
    """
    if path.suffix != ".gz":
        with path.open("rb") as file:
            yield from file
        return
    try:
        with gzip.open(path, "rb") as packed:
            yield from packed
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path} is no whole gzip file ({error}); pack it again") from error


def filled_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Line number, from 1, and content of every line that is not blank. Raises as ``byte_lines`` does."""
    for number, line in enumerate(byte_lines(path), start=1):
        # Windows editors put a byte order mark before the first line.
        if content := line.removeprefix(codecs.BOM_UTF8).strip():
            yield number, content


def read_jsonl(path: Path, parse: Callable[[bytes], Row]) -> Iterator[tuple[int, Row]]:
    """Line number, from 1, and row of every line that is not blank. ``parse`` is a pydantic JSON validator.

    Raises ``InvalidInput`` with file, line and field for the first line that does not parse.
    """
    for number, content in filled_lines(path):
        yield number, _parsed(path, number, content, parse)


def _parsed(path: Path, number: int, content: bytes, parse: Callable[[bytes], Row]) -> Row:
    try:
        return parse(content)
    except ValidationError as error:
        reason = first_fault(error) if is_utf8(content) else NOT_UTF8
        raise InvalidInput(f"{path}, line {number}: {reason}") from error


def is_utf8(content: bytes) -> bool:
    """Whether the bytes are a text in UTF-8, which JSON is written in."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def first_fault(error: ValidationError) -> str:
    """The first thing that pydantic found, in the words of ``fault_words``."""
    return fault_words(error.errors(include_url=False)[0])


def fault_words(fault: ErrorDetails) -> str:
    """What pydantic found, after the field where there is one."""
    field = ".".join(str(part) for part in fault["loc"])
    return f"{field}: {fault['msg']}" if field else fault["msg"]


def unique_by_id(path: Path, rows: Iterator[tuple[int, Row]], key: Callable[[Row], str]) -> Iterator[Row]:
    """The rows without their line numbers. Raises ``InvalidInput`` at the second row with the same id."""
    lines: dict[str, int] = {}
    for number, row in rows:
        first = lines.setdefault(key(row), number)
        if first != number:
            raise InvalidInput(f"{path}, line {number}: id {key(row)!r} already stands on line {first}")
        yield row

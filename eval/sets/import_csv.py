"""A table of questions becomes a questions file; every row that cannot be used is kept with its reason."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.text import language_of
from core.types import Language
from eval.sets.csv_table import Table, TableRow, read_table
from eval.sets.import_files import Imported, Rejected, distinct
from eval.sets.questions import GoldQuote, JudgedQuestion, question_id

_YES = frozenset("yes y true t 1 x ✓ √ 是 对 可以 能 有".split())
_NO = frozenset("no n false f 0 否 不 不可以 不能 无 無 没有".split())
_LANGUAGES: Mapping[str, Language] = {
    **dict.fromkeys("en eng english 英文 英语 英語".split(), "en"),
    **dict.fromkeys("zh chi zho chinese cn 中文 汉语 漢語 简体中文 繁體中文".split(), "zh"),
}
_TAG_MARKS = re.compile(r"[,;|，；、]")


class _Unusable(Exception):
    """The row says something that no question can be made of."""


def import_csv(path: Path, columns: Mapping[str, str]) -> Imported:
    """Read the table at ``path``; ``columns`` names columns by field (``eval.sets.csv_table.FIELDS``) where they are
    not named as usual.

    An answer beside a document is taken for its words in that document, unless the table has a column of quotes; an
    answer without a document is a reference. Rows with the same question join into one. Raises as ``read_table`` does.
    """
    table = read_table(path, columns)
    found: dict[str, JudgedQuestion] = {}
    rejected: list[Rejected] = []
    merged = 0
    for row in table.rows:
        try:
            question = _question(table, row)
            joined = _joined(found.get(question.id), question)
        except (_Unusable, ValueError) as error:
            rejected.append(Rejected(row=row.number, reason=str(error), values=_kept(row)))
        else:
            merged += question.id in found
            found[question.id] = joined
    return Imported(questions=tuple(found.values()), rejected=tuple(rejected), merged=merged, ignored=table.ignored)


def _kept(row: TableRow) -> dict[str, object]:
    return {**row.cells, **({"beyond the header": list(row.surplus)} if row.surplus else {})}


def _question(table: Table, row: TableRow) -> JudgedQuestion:
    text = table.value(row, "question")
    if row.surplus:
        raise _Unusable(f"{len(row.surplus)} filled cells more than the header has columns: {row.surplus[0]!r}")
    if not text:
        raise _Unusable("no question")
    gold, reference = _gold(table, row)
    language = _language(table.value(row, "language"), text)
    return JudgedQuestion(
        id=table.value(row, "id") or question_id(text, language),
        question=text,
        language=language,
        answerable=_answerable(table.value(row, "answerable"), bool(gold or reference)),
        gold=gold,
        reference=reference,
        tags=tuple(tag for part in _TAG_MARKS.split(table.value(row, "tags")) if (tag := part.strip())),
    )


def _gold(table: Table, row: TableRow) -> tuple[tuple[GoldQuote, ...], str]:
    quote, answer, source = (table.value(row, field) for field in ("quote", "reference", "document"))
    if "quote" not in table.columns and source:
        quote, answer = answer, ""
    if quote and not source:
        raise _Unusable(f"the quote {quote[:60]!r} has no document")
    return (GoldQuote(source=source.replace("\\", "/"), quote=quote),) if quote else (), answer


def _answerable(cell: str, has_answer: bool) -> bool:
    if not cell:
        return has_answer
    if cell.casefold() in _YES:
        return True
    if cell.casefold() in _NO:
        return False
    raise _Unusable(f"answerable is {cell!r}; write yes or no (是 or 否)")


def _language(cell: str, text: str) -> Language:
    if not cell:
        return language_of(text)
    known = _LANGUAGES.get(re.split(r"[-_]", cell.casefold())[0])
    if known is None:
        raise _Unusable(f"the language is {cell!r}; write en or zh, or leave it empty")
    return known


def _joined(earlier: JudgedQuestion | None, question: JudgedQuestion) -> JudgedQuestion:
    """The question with what an earlier row says about it."""
    if earlier is None:
        return question
    if earlier.question != question.question:
        raise _Unusable(f"the id {question.id!r} stands above for {earlier.question!r}")
    if earlier.answerable != question.answerable:
        raise _Unusable(f"the question stands above with answerable={earlier.answerable}")
    gold = distinct((*earlier.gold, *question.gold))
    tags = tuple(dict.fromkeys((*earlier.tags, *question.tags)))
    if (gold, tags, question.reference) == (earlier.gold, earlier.tags, earlier.reference):
        raise _Unusable("the same stands in an earlier row")
    return replace(earlier, gold=gold, tags=tags, reference=earlier.reference or question.reference)

"""Check that the questions and the documents of the sample fit together.

    pip install pypdfium2 python-docx openpyxl beautifulsoup4
    python data/sample/check.py

Ends with code 1 and a list of what is wrong, or with code 0 and the counts.
"""

from __future__ import annotations

import csv
import email
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from email.policy import default
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from docx import Document
from openpyxl import load_workbook
from pypdfium2 import PdfDocument

HERE = Path(__file__).parent
DOCUMENTS = HERE / "documents"
KINDS_OF_UNANSWERABLE = {"near_miss", "wrong_entity", "out_of_domain", "false_premise"}
# A line break beside a Chinese character is no word break.
CJK_SPACE = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef]) | (?=[\u2e80-\u9fff\uff00-\uffef])")


def normalised(text: str) -> str:
    """The text with runs of white space as one space, and none beside Chinese characters."""
    return CJK_SPACE.sub("", " ".join(text.split()))


def joined(rows: Iterable[Iterable[object]]) -> str:
    """Table rows as lines, the cells joined by ` | `; empty cells are left out."""
    return "\n".join(" | ".join(str(cell) for cell in row if cell is not None) for row in rows)


def read_text(path: Path) -> str:
    """Plain text in UTF-8 or, where it is not UTF-8, in GB18030."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def read_html(path: Path) -> str:
    """The visible text, then every table row."""
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]
    return page.get_text() + "\n" + joined(rows)


def read_pdf(path: Path) -> str:
    """The text layer of all pages, with each line ended by a line feed."""
    return "\n".join(page.get_textpage().get_text_range() for page in PdfDocument(path))


def read_docx(path: Path) -> str:
    """All paragraphs, then every table row."""
    document = Document(str(path))
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    return "\n".join(paragraph.text for paragraph in document.paragraphs) + "\n" + joined(rows)


def read_xlsx(path: Path) -> str:
    """Every row of every sheet."""
    return "\n".join(joined(sheet.iter_rows(values_only=True)) for sheet in load_workbook(path))


def read_csv(path: Path) -> str:
    """Every row."""
    return joined(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def read_eml(path: Path) -> str:
    """The text parts, attachments included."""
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    return "\n".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")


def read_jsonl(path: Path) -> str:
    """Questions and answers, one a line."""
    pairs = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return "\n".join(f"{pair['question']}\n{pair['answer']}" for pair in pairs)


READERS: dict[str, Callable[[Path], str]] = {
    ".md": read_text,
    ".txt": read_text,
    ".html": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".xlsx": read_xlsx,
    ".csv": read_csv,
    ".eml": read_eml,
    ".jsonl": read_jsonl,
}


def file_of(gold: dict[str, str]) -> str:
    """The file that holds the quote; ``mail.eml!/note.md`` is attached to ``mail.eml``."""
    return gold["source"].partition("!/")[0]


def problems_of_question(question: dict[str, Any], texts: dict[str, str]) -> Iterator[str]:
    """What is wrong with one question on its own."""
    tags = set(question["tags"])
    if question["language"] != question["id"].partition("-")[0]:
        yield "the language does not fit the id"
    if question["answerable"] != bool(question["gold"]):
        yield "answerable and gold disagree"
    if len(tags & KINDS_OF_UNANSWERABLE) != (not question["answerable"]):
        yield "an unanswerable question has one kind, an answerable one none"
    if ("followup" in tags) != bool(question["history"]):
        yield "followup tag and history disagree"
    for gold in question["gold"]:
        if file_of(gold) not in texts:
            yield f"no document {gold['source']!r}"
        elif normalised(gold["quote"]) not in texts[file_of(gold)]:
            yield f"{gold['quote']!r} is not in {gold['source']}"


def problems_of_set(questions: list[dict[str, Any]], texts: dict[str, str]) -> Iterator[str]:
    """What is wrong with the set as a whole."""
    for name, count in Counter(question["id"] for question in questions).items():
        if count > 1:
            yield f"id {name} occurs {count} times"
    for language in ("en", "zh"):
        own = [question for question in questions if question["language"] == language]
        unanswerable = [question for question in own if not question["answerable"]]
        near = sum("near_miss" in question["tags"] for question in unanswerable)
        if len(own) != 110:
            yield f"{language}: {len(own)} questions instead of 110"
        if not 0.25 <= len(unanswerable) / len(own) <= 0.29:
            yield f"{language}: {len(unanswerable)} of {len(own)} unanswerable"
        if near * 2 < len(unanswerable):
            yield f"{language}: only {near} of {len(unanswerable)} unanswerable are near misses"
        if (followups := sum(bool(question["history"]) for question in own)) != 15:
            yield f"{language}: {followups} follow-ups instead of 15"
    cited = {file_of(gold) for question in questions for gold in question["gold"]}
    yield from (f"no question cites {source}" for source in sorted(texts.keys() - cited))


def main() -> int:
    """Print the problems, or the counts when there are none."""
    paths = sorted(path for path in DOCUMENTS.rglob("*") if path.is_file())
    texts = {path.relative_to(DOCUMENTS).as_posix(): normalised(READERS[path.suffix](path)) for path in paths}
    questions = [json.loads(line) for line in (HERE / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    problems = [f"{q['id']}: {problem}" for q in questions for problem in problems_of_question(q, texts)]
    problems += problems_of_set(questions, texts)
    print("\n".join(problems) or f"{len(texts)} documents, {len(questions)} questions")
    for language in ("en", "zh"):
        formats = Counter(path.suffix for path in paths if path.relative_to(DOCUMENTS).parts[0] == language)
        tags = Counter(tag for q in questions if q["language"] == language for tag in q["tags"])
        print(f"{language}: {dict(formats.most_common())}\n    {dict(tags.most_common())}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

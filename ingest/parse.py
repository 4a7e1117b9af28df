"""One file in, one document out, or an outcome with a reason that a person understands.

Which parsers read which kind of file, in which order, is the table below. A parser that gives no text is not believed:
the next one is asked, and when none is left the file is ``empty``, ``encrypted``, ``unsupported`` or ``failed``.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from core.errors import ParseError
from core.types import Outcome, ParsedDocument
from ingest.parsers import (
    csv_parser,
    email_parser,
    json_parser,
    ocr,
    pdfium_parser,
    text_parser,
    unstructured_parser,
    workbook_parser,
)
from ingest.sniff import FileKind, sniff

ParseFunction: TypeAlias = Callable[[Path], ParsedDocument]

# Raise this when a change of the parsers gives other text for the same file: everything is then parsed again.
PARSER_REVISION = 2

_PANDOC = unstructured_parser.parse_by_pandoc
_CHAINS: dict[FileKind, tuple[ParseFunction, ...]] = {
    FileKind.PDF: (pdfium_parser.parse_pdf,),
    FileKind.DOCX: (unstructured_parser.parse_docx, partial(_PANDOC, source_format="docx")),
    FileKind.PPTX: (unstructured_parser.parse_pptx,),
    FileKind.XLSX: (workbook_parser.parse_xlsx, unstructured_parser.parse_workbook),
    FileKind.XLS: (unstructured_parser.parse_workbook,),
    FileKind.DOC: (partial(unstructured_parser.parse_old_office, module="doc"),),
    FileKind.PPT: (partial(unstructured_parser.parse_old_office, module="ppt"),),
    FileKind.ODT: (unstructured_parser.parse_odt, partial(_PANDOC, source_format="odt")),
    FileKind.EPUB: (partial(_PANDOC, source_format="epub"),),
    FileKind.RTF: (partial(_PANDOC, source_format="rtf"),),
    FileKind.RST: (partial(_PANDOC, source_format="rst"), text_parser.parse_text),
    FileKind.ORG: (partial(_PANDOC, source_format="org"), text_parser.parse_text),
    FileKind.HTML: (unstructured_parser.parse_html,),
    FileKind.XML: (unstructured_parser.parse_xml, text_parser.parse_text),
    FileKind.MARKDOWN: (unstructured_parser.parse_markdown, text_parser.parse_text),
    FileKind.TEXT: (text_parser.parse_text,),
    FileKind.CSV: (csv_parser.parse_csv, text_parser.parse_text),
    FileKind.TSV: (csv_parser.parse_csv, text_parser.parse_text),
    FileKind.JSON: (json_parser.parse_json, text_parser.parse_text),
    FileKind.JSONL: (json_parser.parse_jsonl, text_parser.parse_text),
    FileKind.EML: (email_parser.parse_eml, text_parser.parse_text),
    FileKind.MSG: (email_parser.parse_msg,),
    FileKind.IMAGE: (ocr.parse_image,),
}
_REFUSED = {
    FileKind.EMPTY: (Outcome.EMPTY, "the file has 0 bytes"),
    FileKind.ENCRYPTED_OFFICE: (Outcome.ENCRYPTED, "the file is protected by a password; save it without one"),
    FileKind.ARCHIVE: (Outcome.UNSUPPORTED, "an archive is not unpacked; unpack it and ingest the folder"),
    FileKind.MEDIA: (Outcome.UNSUPPORTED, "audio and video hold no text; ingest a transcript instead"),
    FileKind.BINARY: (Outcome.UNSUPPORTED, "the content is of no known document format"),
}
_FINAL = frozenset({Outcome.ENCRYPTED, Outcome.UNSUPPORTED})
_LOCKED = re.compile(r"encrypt|password|protected", re.IGNORECASE)


def parser_version() -> str:
    """Names every part that decides what text a file gives, so that a new version parses again."""
    programs = f"ocr {'on' if ocr.is_available() else 'off'}"
    vendors = f"{unstructured_parser.version()}, {pdfium_parser.version()}"
    return f"ingest {PARSER_REVISION} ({vendors}, {programs})"


def parse_file(path: Path) -> ParsedDocument:
    """Read one file. Raises ``ParseError`` and nothing else, whatever the file holds."""
    try:
        kind = sniff(path)
    except OSError as error:
        raise ParseError(f"the file cannot be read: {error.strerror or error}") from error
    if kind in _REFUSED:
        outcome, reason = _REFUSED[kind]
        raise ParseError(reason, outcome=outcome)
    return _first_success(path, kind)


def _first_success(path: Path, kind: FileKind) -> ParsedDocument:
    errors: list[ParseError] = []
    for parse in _CHAINS[kind]:
        try:
            document = _attempt(parse, path, kind)
        except ParseError as error:
            errors.append(error)
            if error.outcome in _FINAL:
                break
        else:
            if document.text.strip() or document.attachments:
                return document
            errors.append(ParseError(f"the {kind} file holds no text", outcome=Outcome.EMPTY, parser=document.parser))
    # The parser made for the format knows best why; a later one only tried.
    raise errors[0]


def _attempt(parse: ParseFunction, path: Path, kind: FileKind) -> ParsedDocument:
    try:
        return parse(path)
    except (ParseError, MemoryError):
        raise
    except Exception as error:
        raise _mapped(error, kind) from error


def _mapped(error: Exception, kind: FileKind) -> ParseError:
    said = " ".join(str(error).split())[:200] or type(error).__name__
    if _LOCKED.search(said):
        return ParseError(f"the {kind} file is protected: {said}", outcome=Outcome.ENCRYPTED)
    return ParseError(f"the {kind} file is damaged or not really {kind}: {said}", outcome=Outcome.FAILED)

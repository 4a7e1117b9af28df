"""One file in, one document out, or an outcome with a reason that a person understands.

Which parsers read which kind of file, in which order, is the table below. A parser that gives no text is not believed:
the next one is asked, and when none is left the file is ``empty``, ``encrypted``, ``unsupported`` or ``failed``.
"""

import errno
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from core.errors import ParseError
from core.types import Outcome, ParsedDocument
from ingest.parsers import (
    csv_parser,
    docx_parser,
    email_parser,
    epub_parser,
    html_parser,
    json_parser,
    ocr,
    odt_parser,
    outline_parser,
    outlook_parser,
    pandoc_parser,
    pdfium_parser,
    pptx_parser,
    rtf_parser,
    text_parser,
    unstructured_parser,
    workbook_parser,
    xls_parser,
    xml_parser,
)
from ingest.sniff import CONTAINERS, FileKind, sniff

ParseFunction: TypeAlias = Callable[[Path], ParsedDocument]

# Raise this when a change of the parsers gives other text for the same file: everything is then parsed again.
PARSER_REVISION = 3

_CHAINS: dict[FileKind, tuple[ParseFunction, ...]] = {
    FileKind.PDF: (pdfium_parser.parse_pdf,),
    FileKind.DOCX: (docx_parser.parse_docx, unstructured_parser.parse_docx),
    FileKind.PPTX: (pptx_parser.parse_pptx, unstructured_parser.parse_pptx),
    FileKind.XLSX: (workbook_parser.parse_xlsx, unstructured_parser.parse_workbook),
    FileKind.XLS: (xls_parser.parse_xls, unstructured_parser.parse_workbook),
    FileKind.DOC: (partial(unstructured_parser.parse_old_office, module="doc"),),
    FileKind.PPT: (partial(unstructured_parser.parse_old_office, module="ppt"),),
    FileKind.ODT: (odt_parser.parse_odt,),
    FileKind.EPUB: (epub_parser.parse_epub,),
    FileKind.RTF: (rtf_parser.parse_rtf,),
    FileKind.RST: (pandoc_parser.parse_rst, outline_parser.parse_rst),
    FileKind.ORG: (pandoc_parser.parse_org, outline_parser.parse_org),
    FileKind.HTML: (html_parser.parse_html,),
    FileKind.XML: (xml_parser.parse_xml, text_parser.parse_text),
    FileKind.MARKDOWN: (html_parser.parse_markdown, text_parser.parse_text),
    FileKind.TEXT: (text_parser.parse_text,),
    FileKind.CSV: (csv_parser.parse_csv, text_parser.parse_text),
    FileKind.TSV: (csv_parser.parse_csv, text_parser.parse_text),
    FileKind.JSON: (json_parser.parse_json, text_parser.parse_text),
    FileKind.JSONL: (json_parser.parse_jsonl, text_parser.parse_text),
    FileKind.EML: (email_parser.parse_eml, text_parser.parse_text),
    FileKind.MSG: (outlook_parser.parse_msg,),
    FileKind.IMAGE: (ocr.parse_image,),
}
_REFUSED = {
    FileKind.EMPTY: (Outcome.EMPTY, "the file has 0 bytes"),
    FileKind.ENCRYPTED_OFFICE: (Outcome.ENCRYPTED, "the file is protected by a password; save it without one"),
    FileKind.ARCHIVE: (Outcome.UNSUPPORTED, "7z and RAR archives are not unpacked; pack the files as ZIP"),
    **dict.fromkeys(CONTAINERS, (Outcome.UNSUPPORTED, "an archive has no text of its own; its members have")),
    FileKind.MEDIA: (Outcome.UNSUPPORTED, "audio and video hold no text; ingest a transcript instead"),
    FileKind.BINARY: (Outcome.UNSUPPORTED, "the content is of no known document format"),
}
_FINAL = frozenset({Outcome.ENCRYPTED, Outcome.UNSUPPORTED})
_SNIFF = "sniff"
# The machine is short of something: says nothing about the file.
_SHORTAGES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_LOCKED = re.compile(r"encrypt|password|protected", re.IGNORECASE)


def parser_version() -> str:
    """Names every part that decides what text a file gives, so that a new version parses again."""
    programs = f"ocr {'on' if ocr.is_available() else 'off'}"
    vendors = f"{unstructured_parser.version()}, {pdfium_parser.version()}"
    return f"ingest {PARSER_REVISION} ({vendors}, {programs})"


def parse_file(path: Path) -> ParsedDocument:
    """Read one file.

    Raises ``ParseError``, naming the parser, for whatever the file holds, and ``MemoryError`` or ``OSError`` only where
    memory, disk or handles run out.
    """
    return parse_kind(path, kind_of(path))


def kind_of(path: Path) -> FileKind:
    """What the file is. Raises ``ParseError`` where it cannot be read."""
    try:
        return sniff(path)
    except OSError as error:
        raise ParseError(f"the file cannot be read: {error.strerror or error}", parser=_SNIFF) from error


def parse_kind(path: Path, kind: FileKind) -> ParsedDocument:
    """As ``parse_file``, for a file whose kind is known."""
    if kind in _REFUSED:
        outcome, reason = _REFUSED[kind]
        raise ParseError(reason, outcome=outcome, parser=_SNIFF)
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
    except MemoryError:
        raise
    except ParseError as error:
        error.parser = error.parser or _name(parse)
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _SHORTAGES:
            raise
        raise _mapped(error, kind, _name(parse)) from error


def _name(parse: ParseFunction) -> str:
    """The module of a parser without its ending: ``pdfium`` for ``pdfium_parser``."""
    function = parse.func if isinstance(parse, partial) else parse
    return function.__module__.rpartition(".")[2].removesuffix("_parser")


def _mapped(error: Exception, kind: FileKind, parser: str) -> ParseError:
    said = " ".join(str(error).split())[:200] or type(error).__name__
    if _LOCKED.search(said):
        return ParseError(f"the {kind} file is protected: {said}", outcome=Outcome.ENCRYPTED, parser=parser)
    return ParseError(f"the {kind} file is damaged or not really {kind}: {said}", parser=parser)

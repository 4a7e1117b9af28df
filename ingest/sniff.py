"""What a file is, by its content; the name only breaks ties between kinds of plain text."""

import json
import re
import struct
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path

from ingest.encoding import decode
from ingest.tar_archive import is_tar

_HEAD = 64_000


class FileKind(StrEnum):
    """The formats that are told apart; what can be read of them is decided in ``parse.py``."""

    PDF = "PDF"
    DOCX = "DOCX"
    PPTX = "PPTX"
    XLSX = "XLSX"
    ODT = "ODT"
    EPUB = "EPUB"
    DOC = "DOC"
    PPT = "PPT"
    XLS = "XLS"
    MSG = "MSG"
    ENCRYPTED_OFFICE = "encrypted Office file"
    RTF = "RTF"
    EML = "EML"
    HTML = "HTML"
    XML = "XML"
    JSON = "JSON"
    JSONL = "JSON Lines"
    CSV = "CSV"
    TSV = "TSV"
    MARKDOWN = "Markdown"
    RST = "reStructuredText"
    ORG = "Org"
    TEXT = "plain text"
    IMAGE = "image"
    MEDIA = "audio or video"
    ZIP = "ZIP archive"
    TAR = "TAR archive"
    COMPRESSED = "compressed file"
    ARCHIVE = "archive"
    BINARY = "binary file"
    EMPTY = "empty file"


# Files that are read by what they hold.
CONTAINERS = frozenset({FileKind.ZIP, FileKind.TAR, FileKind.COMPRESSED})

_MAGIC = (
    (b"%PDF-", FileKind.PDF),
    (b"{\\rtf", FileKind.RTF),
    (b"\x89PNG", FileKind.IMAGE),
    (b"\xff\xd8\xff", FileKind.IMAGE),
    (b"GIF8", FileKind.IMAGE),
    (b"II*\0", FileKind.IMAGE),
    (b"MM\0*", FileKind.IMAGE),
    (b"BM", FileKind.IMAGE),
    (b"ID3", FileKind.MEDIA),
    (b"OggS", FileKind.MEDIA),
    (b"fLaC", FileKind.MEDIA),
    (b"\x1f\x8b", FileKind.COMPRESSED),
    (b"7z\xbc\xaf", FileKind.ARCHIVE),
    (b"Rar!", FileKind.ARCHIVE),
    (b"\xfd7zXZ", FileKind.COMPRESSED),
    (b"\x28\xb5\x2f\xfd", FileKind.COMPRESSED),
)
_SUFFIXES = {
    ".md": FileKind.MARKDOWN,
    ".markdown": FileKind.MARKDOWN,
    ".csv": FileKind.CSV,
    ".tsv": FileKind.TSV,
    ".tab": FileKind.TSV,
    ".rst": FileKind.RST,
    ".org": FileKind.ORG,
    ".html": FileKind.HTML,
    ".htm": FileKind.HTML,
    ".xhtml": FileKind.HTML,
    ".xml": FileKind.XML,
    ".json": FileKind.JSON,
    ".jsonl": FileKind.JSONL,
    ".ndjson": FileKind.JSONL,
    ".eml": FileKind.EML,
}
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (
    ("EncryptedPackage", FileKind.ENCRYPTED_OFFICE),
    ("WordDocument", FileKind.DOC),
    ("PowerPoint Document", FileKind.PPT),
    ("Workbook", FileKind.XLS),
    ("Book", FileKind.XLS),
    ("__properties_version1.0", FileKind.MSG),
)
_ZIP_MEMBERS = (("word/", FileKind.DOCX), ("ppt/", FileKind.PPTX), ("xl/", FileKind.XLSX))
_ZIP_MIMETYPES = (
    (b"application/epub+zip", FileKind.EPUB),
    (b"application/vnd.oasis.opendocument.text", FileKind.ODT),
)
_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_HTML_TAG = re.compile(r"</(?:p|div|h[1-6]|ul|ol|table|span|body)>", re.IGNORECASE)
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9\-]*):(?:[ \t]|$)")
_MAIL_HEADERS = frozenset(
    "from to cc subject date message-id mime-version received return-path content-type delivered-to reply-to".split()
)
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|```|~~~|\|[ :]*-{2,})", re.MULTILINE)


def sniff(path: Path) -> FileKind:
    """The kind of the file at ``path``; reads its first 64,000 bytes and, for containers, their directory.

    Raises ``OSError`` when the file cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head:
        return FileKind.EMPTY
    return _by_magic(path, head) or _by_text(path, head)


def is_container(path: Path) -> bool:
    """Whether the file at ``path`` is an archive that will be unpacked. Raises ``OSError`` when it cannot be read."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return bool(head) and _by_magic(path, head) in CONTAINERS


def _by_magic(path: Path, head: bytes) -> FileKind | None:
    if head.startswith(_OLE):
        return _ole_kind(path)
    if head.startswith(b"PK") and zipfile.is_zipfile(path):
        return _zip_kind(path)
    if head.startswith(b"PK\3\4"):
        return FileKind.ZIP  # cut off: its directory stands at the end
    if _BZIP2.match(head):
        return FileKind.COMPRESSED
    if is_tar(head):
        return FileKind.TAR
    if b"%PDF-" in head[:1_024]:
        return FileKind.PDF
    for magic, kind in _MAGIC:
        # Two letters are no proof: a text may begin with them.
        if head.startswith(magic) and (len(magic) > 2 or b"\0" in head[:64] or magic == b"\x1f\x8b"):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.IMAGE
    if head[:4] == b"RIFF" or head[4:8] == b"ftyp" or (head[0] == 0xFF and head[1:2] in {b"\xfb", b"\xf3", b"\xf2"}):
        return FileKind.IMAGE if head[8:12] in {b"heic", b"mif1", b"avif"} else FileKind.MEDIA
    return None


def _ole_kind(path: Path) -> FileKind:
    import olefile  # type: ignore[import-untyped]  # olefile ships no types

    try:
        with olefile.OleFileIO(path) as container:
            for stream, kind in _OLE_STREAMS:
                if container.exists(stream):
                    return kind
    except (OSError, ValueError, LookupError, TypeError, RecursionError, struct.error):
        return FileKind.BINARY
    return FileKind.BINARY


def _zip_kind(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                with archive.open("mimetype") as stream:
                    mimetype = stream.read(100).strip()
                return next((kind for text, kind in _ZIP_MIMETYPES if mimetype == text), FileKind.BINARY)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, struct.error):
        return FileKind.ZIP
    if "[Content_Types].xml" in names:
        return next(
            (kind for folder, kind in _ZIP_MEMBERS if any(n.startswith(folder) for n in names)), FileKind.BINARY
        )
    return FileKind.ZIP


def _by_text(path: Path, head: bytes) -> FileKind:
    text = decode(head)
    if _looks_binary(text):
        return FileKind.BINARY
    named = _SUFFIXES.get(path.suffix.lower())
    return _by_markup(text) or _by_json(path, text, named) or named or _by_shape(path, text)


def _looks_binary(text: str) -> bool:
    controls = sum(1 for character in text if character < " " and character not in "\t\n\r\f\v\x1b\b")
    return controls + text.count("�") > max(8, len(text) // 20)


def _by_markup(text: str) -> FileKind | None:
    start = text.lstrip("\ufeff \t\r\n")[:4_000]
    if start.startswith("<?xml"):
        return FileKind.HTML if "<html" in start.lower() else FileKind.XML
    if _HTML.match(start):
        return FileKind.HTML
    if start.startswith("<") and len(_HTML_TAG.findall(text)) >= 2:
        return FileKind.HTML
    return FileKind.EML if _is_mail(text) else None


def _is_mail(text: str) -> bool:
    """Whether the text begins with a block of message headers, two of them of the well-known ones."""
    known = 0
    lines = text.lstrip("\ufeff\r\n").splitlines()
    if lines and lines[0].startswith("From "):
        lines = lines[1:]
    for line in lines[:200]:
        if not line.strip():
            break
        if line[0] in " \t":
            continue
        header = _HEADER.match(line)
        if header is None:
            return False
        known += header.group(1).lower() in _MAIL_HEADERS
    return known >= 2


def _by_json(path: Path, text: str, named: FileKind | None) -> FileKind | None:
    first, _, rest = text.strip().partition("\n")
    if first[:1] not in {"{", "["} or named is FileKind.MARKDOWN:
        return None
    if first.startswith("{") and rest.lstrip().startswith("{") and _is_json(first):
        return FileKind.JSONL
    whole = text if len(text) < _HEAD // 4 else decode(path.read_bytes())
    return FileKind.JSON if _is_json(whole) else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _by_shape(path: Path, text: str) -> FileKind:
    """A file of another or no extension: Markdown and CSV show themselves, the rest is plain text."""
    if path.suffix:
        return FileKind.TEXT
    if len(_MARKDOWN.findall(text)) >= 2:
        return FileKind.MARKDOWN
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    for mark, kind in ((",", FileKind.CSV), ("\t", FileKind.TSV)):
        counts = {line.count(mark) for line in lines}
        if len(lines) >= 3 and len(counts) == 1 and counts.pop() >= 1:
            return kind
    return FileKind.TEXT

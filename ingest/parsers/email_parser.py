"""E-mail: the body that a reader sees, and every attachment as a file of its own.

EML goes through the standard library and MSG through oxmsg (which unstructured uses too); the HTML body is then read
like any page. unstructured's own attachment processing is not used: it asks a model hub about images.
"""

import email
import email.policy
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

from core.errors import ParseError
from core.types import Attachment, BlockKind, Outcome, ParsedDocument
from ingest.encoding import decode
from ingest.parsers import unstructured_parser
from ingest.parsers.builder import DocumentBuilder, one_line
from ingest.parsers.text_parser import text_blocks

VERSION = "email 1"
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_METADATA = ("From", "To", "Cc", "Date")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def parse_eml(path: Path) -> ParsedDocument:
    """A message file. Raises ``ParseError`` with ``encrypted`` where the body is."""
    data = path.read_bytes()
    if data.startswith(_UTF16_MARKS):
        data = decode(data).encode()
    message = email.message_from_bytes(data.lstrip(), policy=email.policy.default)
    if any(part.get_content_type() in _ENCRYPTED and not _is_signed_only(part) for part in message.walk()):
        raise ParseError("the message is encrypted; save it decrypted", outcome=Outcome.ENCRYPTED, parser=VERSION)
    builder = DocumentBuilder()
    subject = _header(message, "Subject")
    builder.add(BlockKind.HEADING, subject, level=1)
    heading_only = builder.text
    _add_body(builder, message)
    attachments = tuple(_attachments(message))
    if builder.text == heading_only and not subject and not attachments:
        raise ParseError("the message has neither subject nor text", outcome=Outcome.EMPTY, parser=VERSION)
    metadata = {name.lower(): value for name in _METADATA if (value := _header(message, name))}
    return builder.build(
        title=subject or path.stem, parser=VERSION, metadata={**metadata, "type": "email"}, attachments=attachments
    )


def _is_signed_only(part: Message) -> bool:
    return "signed-data" in str(part.get_param("smime-type") or "")


def _header(message: Message, name: str) -> str:
    """A header decoded; a malformed one as it stands, or empty."""
    try:
        return one_line(str(message.get(name) or ""))
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
        return one_line(str(raw))


def _add_body(builder: DocumentBuilder, message: Message) -> None:
    """The first body that holds text, HTML before plain because it knows lists, tables and headings."""
    bodies = [part for part in message.walk() if _is_body(part)]
    before = builder.text
    for wanted in ("text/html", "text/plain"):
        for part in bodies:
            if part.get_content_type() == wanted:
                add_text(builder, _content(part), is_html=wanted == "text/html")
        if builder.text != before:
            return


def add_text(builder: DocumentBuilder, text: str, *, is_html: bool) -> None:
    """Append one body."""
    if is_html:
        unstructured_parser.html_blocks(builder, text)
    else:
        text_blocks(builder, text)


def _is_body(part: Message) -> bool:
    if part.is_multipart() or part.get_content_disposition() == "attachment" or part.get_filename():
        return False
    return part.get_content_type() in {"text/plain", "text/html"}


def _content(part: Message) -> str:
    """The text of a part, by its declared character set or, where that is unknown or wrong, by its bytes."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload())
    charset = part.get_content_charset()
    try:
        return payload.decode(charset) if charset else decode(payload)
    except (LookupError, UnicodeDecodeError):
        return decode(payload)


def _attachments(message: Message) -> Iterator[Attachment]:
    taken: dict[str, int] = {}
    for part in _attached_parts(message):
        content = _bytes(part)
        if content.strip():
            name = one_line(part.get_filename() or _default_name(part)).replace("/", "_").replace("\\", "_")
            yield Attachment(name=unique_name(name, taken), content=content)


def _attached_parts(message: Message) -> Iterator[Message]:
    if message.get_content_type() == "message/rfc822":
        yield message
        return
    if message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _attached_parts(part)
        return
    inline_image = message.get_content_maintype() == "image" and message.get_content_disposition() != "attachment"
    if not inline_image and (message.get_content_disposition() == "attachment" or message.get_filename()):
        yield message


def unique_name(name: str, taken: dict[str, int]) -> str:
    """``name``, or ``name (2)`` where a message holds two of it; ``taken`` keeps count."""
    taken[name] = taken.get(name, 0) + 1
    if taken[name] == 1:
        return name
    stem, dot, suffix = name.rpartition(".")
    return f"{stem or suffix} ({taken[name]}){dot + suffix if stem else ''}"


def _default_name(part: Message) -> str:
    return "message.eml" if part.get_content_type() == "message/rfc822" else "attachment"


def _bytes(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload(0) if part.is_multipart() else part
        return inner.as_bytes() if isinstance(inner, Message) else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def parse_msg(path: Path) -> ParsedDocument:
    """An Outlook message. Raises ``ParseError`` with ``encrypted`` where its body is."""
    from oxmsg import Message as OutlookMessage

    message = OutlookMessage.load(str(path))
    if _is_encrypted_outlook(message):
        raise ParseError("the message is encrypted; save it decrypted", outcome=Outcome.ENCRYPTED, parser=VERSION)
    builder = DocumentBuilder()
    subject = one_line(message.subject or "")
    builder.add(BlockKind.HEADING, subject, level=1)
    before = builder.text
    add_text(builder, message.html_body or "", is_html=True)
    if builder.text == before:
        add_text(builder, message.body or "", is_html=False)
    metadata = {"type": "email", "from": message.sender or "", "date": str(message.sent_date or "")}
    return builder.build(
        title=subject or path.stem,
        parser=VERSION,
        metadata={key: value for key, value in metadata.items() if value},
        attachments=tuple(_outlook_attachments(message)),
    )


def _is_encrypted_outlook(message: Any) -> bool:
    kind = message.message_class.lower()
    if "smime" in kind and "multipartsigned" not in kind:
        return True
    headers = {key.lower(): str(value).lower() for key, value in message.message_headers.items()}
    content_type = headers.get("content-type", "")
    return content_type.split(";")[0].strip() in _ENCRYPTED and "signed-data" not in content_type


def _outlook_attachments(message: Any) -> Iterator[Attachment]:
    taken: dict[str, int] = {}
    for part in message.attachments:
        if part.file_bytes:
            name = one_line(part.file_name or "attachment").replace("/", "_").replace("\\", "_")
            yield Attachment(name=unique_name(name, taken), content=part.file_bytes)

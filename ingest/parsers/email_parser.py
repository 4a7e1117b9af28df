"""E-mail: the body that a reader sees, and every attachment as a file of its own.

Read by the standard library; unstructured's own attachment processing asks a model hub about images. Pictures that a
body shows (logos, mostly) are no attachments, nor are signatures.
"""

import email
import email.policy
import mimetypes
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

from core.errors import ParseError
from core.types import Attachment, BlockKind, Outcome, ParsedDocument
from ingest.encoding import decode
from ingest.metadata import named
from ingest.parsers.builder import DocumentBuilder, one_line
from ingest.parsers.mail_body import add_body

VERSION = "email 2"
ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
_METADATA = ("Subject", "From", "To", "Cc", "Date")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def parse_eml(path: Path) -> ParsedDocument:
    """A message file. Raises ``ParseError`` with ``encrypted`` where the body is."""
    data = path.read_bytes()
    if data.startswith(_UTF16_MARKS) or b"\0" in data[:100]:
        data = decode(data).encode()
    message = email.message_from_bytes(data.lstrip(), policy=email.policy.default)
    if any(part.get_content_type() in ENCRYPTED and not _is_signed_only(part) for part in message.walk()):
        raise ParseError("the message is encrypted; save it decrypted", outcome=Outcome.ENCRYPTED, parser=VERSION)
    builder = DocumentBuilder()
    subject = _header(message, "Subject")
    builder.add(BlockKind.HEADING, subject, level=1)
    heading_only = builder.text
    for part in _bodies(message):
        add_body(builder, _content(part), is_html=part.get_content_type() == "text/html")
    attachments = tuple(_attachments(message))
    if builder.text == heading_only and not subject and not attachments:
        raise ParseError("the message has neither subject nor text", outcome=Outcome.EMPTY, parser=VERSION)
    metadata = named({name.lower(): _header(message, name) for name in _METADATA})
    return builder.build(
        title=subject or path.stem, parser=VERSION, metadata={**metadata, "type": "email"}, attachments=attachments
    )


def _is_signed_only(part: Message) -> bool:
    return "signed-data" in str(part.get_param("smime-type") or "")


def _header(message: Message, name: str) -> str:
    """A header decoded, also where it holds bytes that no standard allows; empty where there is none."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    if any("\udc80" <= character <= "\udcff" for character in raw):
        return one_line(decode(raw.encode("utf-8", "surrogateescape")))
    try:
        return one_line(str(message.get(name) or ""))
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        return one_line(raw)


def _bodies(message: Message) -> Iterator[Message]:
    """The parts that a reader sees, in order; of several forms of one text the last that says something, which is the
    richest one (RFC 2046, 5.1.4)."""
    if not message.is_multipart():
        if _is_body(message):
            yield message
        return
    if message.get_content_type() == "message/rfc822":
        return
    parts = [list(_bodies(part)) for part in message.get_payload() if isinstance(part, Message)]
    if message.get_content_type() != "multipart/alternative":
        yield from (body for bodies in parts for body in bodies)
        return
    yield from next((bodies for bodies in reversed(parts) if any(map(_says_something, bodies))), [])


def _is_body(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return False
    return part.get_content_maintype() == "text" and part.get_content_subtype() not in {"calendar", "x-vcard", "vcard"}


def _says_something(part: Message) -> bool:
    scratch = DocumentBuilder()
    add_body(scratch, _content(part), is_html=part.get_content_type() == "text/html")
    return bool(scratch.text)


def _content(part: Message) -> str:
    """The text of a part, by its declared character set or, where that is unknown or wrong, by its bytes."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload())
    return decode(payload, part.get_content_charset())


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
    if not inline_image and not _is_body(message) and message.get_content_type() not in _SIGNATURES:
        yield message


def unique_name(name: str, taken: dict[str, int]) -> str:
    """``name``, or ``name (2)`` where a message holds two of it; ``taken`` keeps count."""
    taken[name] = taken.get(name, 0) + 1
    if taken[name] == 1:
        return name
    stem, dot, suffix = name.rpartition(".")
    return f"{stem or suffix} ({taken[name]}){dot + suffix if stem else ''}"


def _default_name(part: Message) -> str:
    if part.get_content_type() == "message/rfc822":
        return "message.eml"
    return f"attachment{mimetypes.guess_extension(part.get_content_type()) or ''}"


def _bytes(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload(0) if part.is_multipart() else part
        return inner.as_bytes() if isinstance(inner, Message) else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""

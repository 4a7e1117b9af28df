"""Outlook messages (MSG), read by oxmsg, which unstructured uses too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import ParseError
from core.types import Attachment, BlockKind, Outcome, ParsedDocument
from ingest.metadata import named
from ingest.parsers.builder import DocumentBuilder, one_line
from ingest.parsers.email_parser import ENCRYPTED, unique_name
from ingest.parsers.mail_body import add_body

VERSION = "outlook 1"
_COMPRESSED_RTF = 0x1009


def parse_msg(path: Path) -> ParsedDocument:
    """An Outlook message. Raises ``ParseError`` with ``encrypted`` where its body is, and where the body is there as
    compressed RTF only, which nothing here reads."""
    from oxmsg import Message

    message = Message.load(str(path))
    if _is_encrypted(message):
        raise ParseError("the message is encrypted; save it decrypted", outcome=Outcome.ENCRYPTED, parser=VERSION)
    builder = DocumentBuilder()
    subject = one_line(message.subject or "")
    builder.add(BlockKind.HEADING, subject, level=1)
    before = builder.text
    add_body(builder, message.html_body or "", is_html=True)
    if builder.text == before:
        add_body(builder, message.body or "", is_html=False)
    if builder.text == before and message.properties.binary_prop_value(_COMPRESSED_RTF):
        raise ParseError("the text of the message is stored as RTF only; save it as EML", parser=VERSION)
    return builder.build(
        title=subject or path.stem,
        parser=VERSION,
        metadata={**named(_fields(message)), "type": "email"},
        attachments=tuple(_attachments(message)),
    )


def _fields(message: Any) -> dict[str, object]:
    unread = [one_line(part.file_name or "message") for part in message.attachments if not part.file_bytes]
    return {
        "subject": one_line(message.subject or ""),
        "from": one_line(message.sender or ""),
        "to": [_person(each.name or "", each.email_address or "") for each in message.recipients],
        "date": str(message.sent_date or ""),
        "unread_attachments": unread,
    }


def _person(name: str, address: str) -> str:
    return one_line(f"{name} <{address}>" if name and address and name != address else name or address)


def _is_encrypted(message: Any) -> bool:
    kind = message.message_class.lower()
    if "smime" in kind and "multipartsigned" not in kind:
        return True
    headers = {key.lower(): str(value).lower() for key, value in message.message_headers.items()}
    content_type = headers.get("content-type", "")
    return content_type.split(";")[0].strip() in ENCRYPTED and "signed-data" not in content_type


def _attachments(message: Any) -> Iterator[Attachment]:
    taken: dict[str, int] = {}
    for part in message.attachments:
        if part.file_bytes:
            name = one_line(part.file_name or "attachment").replace("/", "_").replace("\\", "_")
            yield Attachment(name=unique_name(name, taken), content=part.file_bytes)

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import oxmsg
import pytest

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers.outlook_parser import parse_msg


def outlook(**changes: Any) -> SimpleNamespace:
    """A message as oxmsg gives it."""
    fields = {
        "subject": "三月发票",
        "html_body": "<p>请查收。</p>",
        "body": "plain form",
        "message_class": "IPM.Note",
        "message_headers": {},
        "sender": "客服 <cs@haigang.example>",
        "sent_date": "2026-03-02 08:00:00+08:00",
        "recipients": [SimpleNamespace(name="Jo", email_address="jo@a.example")],
        "attachments": [],
        "properties": SimpleNamespace(binary_prop_value=lambda _id: None),
    }
    return SimpleNamespace(**fields | changes)


def read(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Any:
    monkeypatch.setattr(oxmsg.Message, "load", lambda _path: outlook(**changes))
    return parse_msg(Path("a.msg"))


def test_the_html_body_is_read_and_headers_become_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    document = read(monkeypatch)
    assert document.text == "三月发票\n\n请查收。"
    assert document.metadata == {
        "title": "三月发票",
        "author": "客服 <cs@haigang.example>",
        "modified": "2026-03-02T08:00:00+08:00",
        "to": "Jo <jo@a.example>",
        "type": "email",
    }


def test_the_plain_body_is_read_where_the_other_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, html_body="<p><img></p>").text == "三月发票\n\nplain form"


def test_a_body_of_rich_text_alone_is_no_silent_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    rich = SimpleNamespace(binary_prop_value=lambda _id: b"LZFu")
    with pytest.raises(ParseError, match="stored as RTF only; save it as EML"):
        read(monkeypatch, html_body=None, body=None, properties=rich)


def test_an_attachment_without_bytes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [
        SimpleNamespace(file_name="a/价格.csv", file_bytes=b"1"),
        SimpleNamespace(file_name="Inner message", file_bytes=None),
    ]
    document = read(monkeypatch, attachments=parts)
    assert [(each.name, each.content) for each in document.attachments] == [("a_价格.csv", b"1")]
    assert document.metadata["unread_attachments"] == "Inner message"


def test_an_encrypted_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParseError, match="encrypted") as caught:
        read(monkeypatch, message_class="IPM.Note.SMIME")
    assert caught.value.outcome is Outcome.ENCRYPTED

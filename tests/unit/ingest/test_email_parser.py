from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers.email_parser import parse_eml

Texts = Callable[[Any], list[tuple[str, str]]]


def message(subject: str = "网关停售通知 Gate G2", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "支持 <support@tidemark.example>"
    mail["Date"] = "Tue, 02 Jun 2026 09:00:00 +0200"
    for name, value in headers.items():
        mail[name] = value
    return mail


def read(folder: Path, mail: EmailMessage) -> Any:
    path = folder / "mail.eml"
    path.write_bytes(bytes(mail))
    return parse_eml(path)


def test_subject_body_and_headers_are_kept(tmp_path: Path, texts_of: Texts) -> None:
    mail = message()
    mail.set_content("Sales end on 30 June.\n\n销售于六月三十日结束。\n")
    document = read(tmp_path, mail)
    assert document.title == "网关停售通知 Gate G2"
    assert document.metadata == {
        "title": "网关停售通知 Gate G2",
        "author": "支持 <support@tidemark.example>",
        "modified": "2026-06-02T09:00:00+02:00",
        "type": "email",
    }
    assert texts_of(document) == [
        ("h1", "网关停售通知 Gate G2"),
        ("paragraph", "Sales end on 30 June."),
        ("paragraph", "销售于六月三十日结束。"),
    ]


def test_the_html_body_is_preferred_and_read_like_a_page(tmp_path: Path, texts_of: Texts) -> None:
    mail = message("Limits")
    mail.set_content("plain words")
    mail.add_alternative("<p>Intro</p><ul><li>one</li><li>two</li></ul>", subtype="html")
    kinds = texts_of(read(tmp_path, mail))
    assert kinds == [("h1", "Limits"), ("paragraph", "Intro"), ("list_item", "one"), ("list_item", "two")]


def test_an_html_body_without_text_gives_way_to_the_plain_one(tmp_path: Path, texts_of: Texts) -> None:
    mail = message("Limits")
    mail.set_content("plain words")
    mail.add_alternative("<p><img src='cid:1'></p>", subtype="html")
    assert texts_of(read(tmp_path, mail))[1:] == [("paragraph", "plain words")]


def test_attachments_come_out_with_distinct_names_and_exact_bytes(tmp_path: Path) -> None:
    mail = message("Files")
    mail.set_content("see attached")
    for content in (b"one", b"two"):
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename="../价格.csv")
    inner = message("Inner")
    inner.set_content("inside")
    mail.add_attachment(inner)
    attachments = read(tmp_path, mail).attachments
    assert [each.name for each in attachments] == [".._价格.csv", ".._价格 (2).csv", "message.eml"]
    assert [each.content for each in attachments[:2]] == [b"one", b"two"]
    assert b"Subject: Inner" in attachments[2].content


def test_a_decorative_inline_image_is_no_attachment(tmp_path: Path) -> None:
    mail = message("Logo")
    mail.set_content("text")
    mail.add_related(
        b"\x89PNG", maintype="image", subtype="png", cid="<logo>", filename="logo.png", disposition="inline"
    )
    assert read(tmp_path, mail).attachments == ()


def test_an_encrypted_message_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_text(
        "From: a@b.example\nSubject: x\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n"
        "Content-Type: application/pgp-encrypted\n\nVersion: 1\n--b--\n"
    )
    with pytest.raises(ParseError, match="encrypted") as caught:
        parse_eml(path)
    assert caught.value.outcome is Outcome.ENCRYPTED


def test_a_body_in_an_undeclared_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    body = "退款会在三个工作日内到账，请联系客服。"
    path.write_bytes(b"From: a@b.example\nSubject: =?gb2312?B?zcu/7g==?=\n\n" + body.encode("gb18030"))
    document = parse_eml(path)
    assert (document.title, document.text) == ("退款", f"退款\n\n{body}")


def test_nothing_at_all_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_text("From: a@b.example\nTo: c@d.example\n\n\n")
    with pytest.raises(ParseError, match="neither subject nor text"):
        parse_eml(path)


def test_every_part_of_a_mixed_message_is_read_and_only_one_form_of_an_alternative(
    tmp_path: Path, texts_of: Texts
) -> None:
    mail = message("Parts")
    mail.set_content("plain form")
    mail.add_alternative("<p>HTML form</p>", subtype="html")
    mail.make_mixed()
    footer = EmailMessage()
    footer.set_content("列表的页脚")
    mail.attach(footer)
    assert texts_of(read(tmp_path, mail))[1:] == [("paragraph", "HTML form"), ("paragraph", "列表的页脚")]


def test_a_message_inside_is_an_attachment_and_not_read_twice(tmp_path: Path) -> None:
    mail = message("Outer")
    mail.set_content("outside")
    inner = message("Inner")
    inner.set_content("inside")
    mail.add_attachment(inner)
    document = read(tmp_path, mail)
    assert document.text == "Outer\n\noutside"
    assert [each.name for each in document.attachments] == ["message.eml"]


def test_a_part_without_a_name_is_an_attachment_and_a_signature_is_none(tmp_path: Path) -> None:
    mail = message("Files")
    mail.set_content("text")
    mail.make_mixed()
    for subtype, content in (("pdf", b"%PDF-1.7"), ("pgp-signature", b"sig")):
        part = EmailMessage()
        part.set_content(content, maintype="application", subtype=subtype)
        mail.attach(part)
    assert [each.name for each in read(tmp_path, mail).attachments] == ["attachment.pdf"]


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_message_saved_as_utf_16_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes("From: a@b.example\nSubject: 退款\n\n三天内到账。\n".encode(name))
    assert parse_eml(path).text == "退款\n\n三天内到账。"


def test_a_header_of_raw_bytes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes("From: a@b.example\nSubject: 退款说明\n\ntext\n".encode("gb18030"))
    assert parse_eml(path).title == "退款说明"


def test_a_date_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_text("From: a@b.example\nSubject: x\nDate: some day\n\ntext\n")
    metadata = parse_eml(path).metadata
    assert (metadata["modified"], metadata["unread_dates"]) == ("some day", "modified")

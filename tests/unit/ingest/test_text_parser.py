from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers.text_parser import parse_text

Texts = Callable[[Any], list[tuple[str, str]]]


def read(folder: Path, text: str) -> Any:
    path = folder / "说明.txt"
    path.write_text(text, encoding="utf-8")
    return parse_text(path)


def test_wrapped_lines_are_joined_and_short_lines_are_not(tmp_path: Path, texts_of: Texts) -> None:
    text = (
        "Refunds are paid to the card that was used for the purchase, at the\n"
        "latest three days after the request.\n\n"
        "0   done\n2   wrong usage\n"
    )
    assert texts_of(read(tmp_path, text)) == [
        (
            "paragraph",
            "Refunds are paid to the card that was used for the purchase, at the latest three days after the request.",
        ),
        ("paragraph", "0 done\n2 wrong usage"),
    ]


def test_wrapped_chinese_lines_are_joined_without_a_space(tmp_path: Path, texts_of: Texts) -> None:
    line = "退款会在三个工作日内退回到您付款时所使用的银行卡，如果没有收到"
    text = f"{line}\n请联系客服。\n"
    assert texts_of(read(tmp_path, text)) == [("paragraph", f"{line}请联系客服。")]


def test_headings_lists_and_code_are_told_apart(tmp_path: Path, texts_of: Texts) -> None:
    text = (
        "SERVER GUIDE\n============\nApplies to 5.4.\n\n1. INSTALLING\n\nRun this:\n\n"
        "    sudo apt \\\n        install x\n\n"
        "- first item\n- second item\n\n第二章 常见问题\n\n问：多久到账？\n答：三天。\n"
    )
    assert texts_of(read(tmp_path, text)) == [
        ("h1", "SERVER GUIDE"),
        ("paragraph", "Applies to 5.4."),
        ("h2", "1. INSTALLING"),
        ("paragraph", "Run this:"),
        ("code", "sudo apt \\\n    install x"),
        ("list_item", "first item"),
        ("list_item", "second item"),
        ("h2", "第二章 常见问题"),
        ("h3", "问：多久到账？"),
        ("paragraph", "答：三天。"),
    ]


def test_lines_lead_up_to_a_list_and_follow_it(tmp_path: Path, texts_of: Texts) -> None:
    assert texts_of(read(tmp_path, "请注意：\n- 一\n- 二\n  续行\n完。\n\nA line - with a mark\n- is one line.\n")) == [
        ("paragraph", "请注意："),
        ("list_item", "一"),
        ("list_item", "二\n续行"),
        ("paragraph", "完。"),
        ("paragraph", "A line - with a mark\n- is one line."),
    ]


def test_addresses_stay_on_lines_of_their_own(tmp_path: Path, texts_of: Texts) -> None:
    addresses = "\n".join(f"https://example.com/{'a' * 40}/{number}" for number in range(3))
    assert texts_of(read(tmp_path, addresses)) == [("paragraph", addresses)]


def test_white_space_alone_is_empty(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="only white space") as caught:
        read(tmp_path, " \n\t\n")
    assert caught.value.outcome is Outcome.EMPTY

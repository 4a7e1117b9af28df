from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from ingest.parsers import outline_parser, pandoc_parser

Texts = Callable[[Any], list[tuple[str, str]]]
RST = (
    "====\n手册\n====\n\n:作者: 陈工\n\nSee :ref:`setup <target>` and ``x``.\n\n.. include:: /etc/hostname\n\n"
    "安装\n----\n\n"
    "Run::\n\n   a\n     b\n\n- one\n- two\n\nSub\n~~~\n\n.. note:: 先备份。\n"
)
ORG = (
    '#+TITLE: 手册\n#+AUTHOR: 陈工\n#+INCLUDE: "/etc/hostname"\n\nIntro.\n\n* 安装\n  先备份。\n** Sub\n- one\n- two\n'
    "#+BEGIN_SRC sh\n* a\n  b\n#+END_SRC\n"
)


def read(folder: Path, text: str, suffix: str, parse: Callable[[Path], Any]) -> Any:
    path = folder / f"a.{suffix}"
    path.write_text(text, encoding="utf-8")
    return parse(path)


def test_restructured_text_without_pandoc_keeps_its_headings(tmp_path: Path, texts_of: Texts) -> None:
    document = read(tmp_path, RST, "rst", outline_parser.parse_rst)
    assert (document.title, document.metadata) == ("手册", {"author": "陈工"})
    assert texts_of(document) == [
        ("h1", "手册"),
        ("paragraph", ":作者: 陈工"),
        ("paragraph", "See setup and x."),
        ("h2", "安装"),
        ("paragraph", "Run:"),
        ("code", "a\n  b"),
        ("list_item", "one"),
        ("list_item", "two"),
        ("h3", "Sub"),
        ("paragraph", "先备份。"),
    ]


def test_org_without_pandoc_keeps_its_headings(tmp_path: Path, texts_of: Texts) -> None:
    document = read(tmp_path, ORG, "org", outline_parser.parse_org)
    assert (document.title, document.metadata["author"]) == ("手册", "陈工")
    assert texts_of(document) == [
        ("paragraph", "Intro."),
        ("h1", "安装"),
        ("paragraph", "先备份。"),
        ("h2", "Sub"),
        ("list_item", "one"),
        ("list_item", "two"),
        ("code", "* a\n  b"),
    ]


def test_pandoc_keeps_the_title_above_the_headings(tmp_path: Path, texts_of: Texts) -> None:
    document = read(tmp_path, RST, "rst", pandoc_parser.parse_rst)
    assert (document.title, document.metadata) == ("手册", {"title": "手册", "author": "陈工"})
    assert texts_of(document) == [
        ("h1", "手册"),
        ("paragraph", "See setup and x."),
        ("h2", "安装"),
        ("paragraph", "Run:"),
        ("code", "a\n  b"),
        ("list_item", "one"),
        ("list_item", "two"),
        ("h3", "Sub"),
        ("paragraph", "Note"),
        ("paragraph", "先备份。"),
    ]


def test_headings_without_a_title_begin_at_the_first_level(tmp_path: Path, texts_of: Texts) -> None:
    document = read(tmp_path, "* 安装\n** Sub\ntext\n* Two\ntext\n", "org", pandoc_parser.parse_org)
    assert [kind for kind, _text in texts_of(document)] == ["h1", "h2", "paragraph", "h1", "paragraph"]


@pytest.mark.parametrize(
    ("suffix", "text", "parse"),
    [
        ("rst", "Intro\n\n.. include:: {0}\n\n.. literalinclude:: {0}\n", pandoc_parser.parse_rst),
        ("org", 'Intro\n#+INCLUDE: "{0}"\n', pandoc_parser.parse_org),
    ],
)
def test_no_other_file_is_included(tmp_path: Path, suffix: str, text: str, parse: Callable[[Path], Any]) -> None:
    (tmp_path / "other.txt").write_text("secret words")
    assert "secret" not in read(tmp_path, text.format(tmp_path / "other.txt"), suffix, parse).text


def test_a_missing_pandoc_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pypandoc

    def missing(*_args: object, **_kwargs: object) -> str:
        raise OSError("No pandoc was found")

    monkeypatch.setattr(pypandoc, "convert_text", missing)
    with pytest.raises(ParseError, match="no program pandoc was found; install it"):
        read(tmp_path, RST, "rst", pandoc_parser.parse_rst)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.names import decode_names, shown, why_refused

CHINESE = ["产品手册/退款说明.md", "产品手册/常见问题.txt", "保修政策（2026版）.docx"]
TRADITIONAL = ["產品手冊/退款說明.md", "產品手冊/常見問題.txt"]
GERMAN = ["Prüfbericht.md", "Übersicht/Größen.txt", "Rücksendung.docx"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "gbk"])
def test_chinese_names_are_read_in_the_encoding_they_were_written_in(encoding: str) -> None:
    assert decode_names([name.encode(encoding) for name in CHINESE]) == CHINESE
    assert decode_names([CHINESE[0].encode(encoding)]) == [CHINESE[0]]


def test_traditional_names_in_big5_are_read() -> None:
    assert decode_names([name.encode("big5") for name in TRADITIONAL]) == TRADITIONAL


def test_western_names_stay_in_code_page_437() -> None:
    raw = [name.encode("cp437") for name in GERMAN]
    assert decode_names(raw) == GERMAN
    assert [decode_names([name])[0] for name in raw] == GERMAN


def test_plain_names_need_no_guess() -> None:
    assert decode_names([b"a.md", b"docs/b.md"]) == ["a.md", "docs/b.md"]
    assert decode_names([]) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../etc/passwd", "the name leads out of its folder"),
        ("a/../../b.md", "the name leads out of its folder"),
        ("/etc/passwd", "the name is an absolute path"),
        ("C:/windows/a.md", "the name is an absolute path"),
        ("c:a.md", "the name is an absolute path"),
        ("a\0.md", "control characters"),
        ("a\n.md", "control characters"),
        ("gpj.\u202efdp.exe", "reverse its direction"),
        ("发票\u2067.md", "reverse its direction"),
        ("a\udc80.md", "control characters"),
        ("", "the member has no name"),
        ("./", "the member has no name"),
    ],
)
def test_a_hostile_name_is_refused_with_its_reason(name: str, reason: str) -> None:
    assert reason in why_refused(name)


@pytest.mark.parametrize("name", ["a.md", "退款/说明.md", "..a/b..md", "Größe.md", ".hidden", "a b (2).md", "표.md"])
def test_an_ordinary_name_is_not_refused(name: str) -> None:
    assert why_refused(name) == ""
    assert shown(name) == name


@given(st.text(alphabet=st.characters(), max_size=40))
def test_what_is_shown_is_printable_and_one_line(name: str) -> None:
    result = shown(name)
    assert len(result.splitlines()) <= 1
    result.encode()
    assert why_refused(result) not in {why_refused("\0"), why_refused("\u202e")}


def test_tricks_are_shown_escaped() -> None:
    assert shown("a\u202eb\n\0.md") == "a\\u202eb\\n\\x00.md"

import pytest

from ingest.parsers import docx_styles
from ingest.parsers.docx_styles import styles_in

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def part(name: str, more: str = "") -> bytes:
    style = f'<w:style w:type="paragraph" w:styleId="1"><w:name w:val="{name}"/></w:style>'
    return f"<w:styles {_W}>{style}{more}</w:styles>".encode()


def test_the_same_id_means_what_its_own_file_says() -> None:
    assert [styles_in(part(name)).named("1").level for name in ("heading 2", "标题 3", "heading 2", "Normal")] == [
        2,
        3,
        2,
        0,
    ]


def test_the_styles_of_one_template_are_read_once() -> None:
    assert styles_in(part("heading 4")) is styles_in(part("heading 4"))
    assert styles_in(part("heading 4")) is not styles_in(part("heading 5"))


def test_huge_styles_are_not_kept_for_the_next_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx_styles, "_BYTES_KEPT", 300)
    assert styles_in(part("heading 6")) is styles_in(part("heading 6"))
    huge = part("heading 6", "<!--" + 300 * "x" + "-->")
    assert styles_in(huge) is not styles_in(huge)
    assert styles_in(huge).named("1").level == 6


@pytest.mark.parametrize("data", [None, b"", b"  "])
def test_a_file_without_styles_has_the_look_of_nothing(data: bytes | None) -> None:
    styles = styles_in(data)
    assert (styles.named("1").level, styles.named("1").look.bold) == (0, None)

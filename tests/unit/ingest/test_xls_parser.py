"""Reading of real XLS files is measured by the golden ones; no library of ours writes them."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import xlrd

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers.ole_properties import ole_properties
from ingest.parsers.xls_parser import parse_xls

_GOLDEN = Path(__file__).parents[2] / "golden" / "parse" / "xls"


def _fails_with(message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise xlrd.XLRDError(message)

    monkeypatch.setattr(xlrd, "open_workbook", refuse)


def test_a_workbook_with_a_password_is_encrypted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _fails_with("Workbook is encrypted", monkeypatch)
    with pytest.raises(ParseError, match="save it without one") as caught:
        parse_xls(tmp_path / "a.xls")
    assert caught.value.outcome is Outcome.ENCRYPTED


def test_any_other_refusal_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _fails_with("Unsupported format", monkeypatch)
    with pytest.raises(xlrd.XLRDError, match="Unsupported format"):
        parse_xls(tmp_path / "a.xls")


def test_a_sheet_of_a_real_workbook_is_a_page() -> None:
    document = parse_xls(_GOLDEN / "值班表.xls")
    assert [(block.level, block.page) for block in document.blocks if block.level] == [(1, 1), (1, 2)]
    assert "| 2026年3月2日 | 早班 | 赵敏 | 13800000001 |" in document.text


@pytest.mark.parametrize(("page", "title"), [(-535, "退款".encode()), (936, "退款".encode("gbk")), (99, b"Refund")])
def test_properties_are_read_in_the_code_page_that_the_file_states(
    monkeypatch: pytest.MonkeyPatch, page: int, title: bytes
) -> None:
    stated = SimpleNamespace(codepage=page, title=title, author=None, last_saved_time=None)
    monkeypatch.setattr("olefile.OleFileIO.get_metadata", lambda _self: stated)
    assert ole_properties(_GOLDEN / "值班表.xls") == {"title": "Refund" if page == 99 else "退款"}

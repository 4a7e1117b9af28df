import pytest

from ingest.parsers.pdf.pdfium_info import iso, without_wrong_language


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("D:20260301", "2026-03-01"),
        ("D:20260301143005Z", "2026-03-01T14:30:05+00:00"),
        ("D:20260301143005+08'00'", "2026-03-01T14:30:05+08:00"),
        ("20260301143005-05'30", "2026-03-01T14:30:05-05:30"),
        ("D:202603011430", "2026-03-01T14:30:00"),
        ("D:2026", ""),
        ("D:20261301", ""),
        ("1 March 2026", ""),
        ("", ""),
    ],
)
def test_a_pdf_date_becomes_iso_as_far_as_it_goes(date: str, expected: str) -> None:
    assert iso(date) == expected


@pytest.mark.parametrize(
    ("stated", "text", "kept"),
    [
        ("en-US", "退款会在三个工作日内到账。", False),
        ("zh-CN", "退款会在三天内到账。", True),
        ("zh", "Refunds take days.", False),
        ("en", "Refunds take days.", True),
        ("de", "Erstattung in drei Tagen.", True),
    ],
)
def test_a_language_that_the_text_contradicts_is_left_out(stated: str, text: str, kept: bool) -> None:
    info = without_wrong_language({"title": "A", "language": stated}, text)
    assert info == ({"title": "A", "language": stated} if kept else {"title": "A"})

from core.types import BlockKind
from ingest.parsers.pdf_lines import HYPHEN, Line, Paragraph, paragraphs, squeeze

HEIGHT = 800.0


def line(
    text: str, top: float, *, page: int = 1, left: float = 50, right: float = 500, size: float = 10, **more: bool
) -> Line:
    return Line(
        text=text,
        page=page,
        left=left,
        right=right,
        bottom=top - size,
        top=top,
        end_bottom=top - size,
        size=size,
        bold=more.get("bold", False),
        height=HEIGHT,
        alone=more.get("alone", False),
    )


def texts(found: list[Paragraph]) -> list[str]:
    return [paragraph.text for paragraph in found]


def test_lines_of_a_paragraph_are_joined_and_a_gap_parts_two() -> None:
    lines = [line("Refunds take", 600), line("three days.", 588, right=200), line("Ask us.", 550, right=150)]
    assert texts(paragraphs(lines, {})) == ["Refunds take three days.", "Ask us."]


def test_chinese_lines_join_without_a_space() -> None:
    lines = [line("退款会在三个工作日", 600), line("内到账。", 588, right=200)]
    assert texts(paragraphs(lines, {})) == ["退款会在三个工作日内到账。"]


def test_a_word_parted_at_a_line_end_is_put_together() -> None:
    lines = [line(f"The quick re{HYPHEN}fund of a co{HYPHEN}owner and an on-", 600), line("going co-owner case", 588)]
    assert texts(paragraphs(lines, {})) == ["The quick refund of a co-owner and an ongoing co-owner case"]


def test_type_size_outline_and_weight_make_headings() -> None:
    lines = [
        line("Handbook", 700, right=200, size=20),
        line("Billing", 660, right=120, size=14),
        line("Body text that is long enough to be the usual size of all.", 640),
        line("Note", 610, right=90, bold=True),
        line("More body text here, also long, to be the most of it.", 590),
        line("Appendix", 560, right=120),
    ]
    found = paragraphs(lines, {squeeze("APPENDIX"): 2})
    levels = {paragraph.text: paragraph.level for paragraph in found}
    assert (levels["Handbook"], levels["Billing"], levels["Note"], levels["Appendix"]) == (1, 2, 3, 2)
    assert levels["Body text that is long enough to be the usual size of all."] == 0


def test_page_furniture_is_dropped_and_an_unfinished_sentence_goes_on() -> None:
    lines = []
    for page in (1, 2, 3):
        lines += [
            line(f"ACME Guide {page}", 795, page=page, right=150),
            line("the sentence continues on", 700, page=page),
            line(f"Page {page} of 3", 20, page=page, right=100),
        ]
    assert texts(paragraphs(lines, {})) == [
        "the sentence continues on the sentence continues on the sentence continues on"
    ]


def test_a_title_stays_although_it_returns_smaller_as_page_head() -> None:
    lines = [line("退款政策", 760, right=200, size=20), line("Body text one, long enough.", 700)]
    for page in (2, 3, 4):
        lines += [
            line("退款政策", 795, page=page, right=100, size=8),
            line("Body text goes on. And on.", 700, page=page),
        ]
    assert texts(paragraphs(lines, {})).count("退款政策") == 1


def test_a_hyphen_of_a_name_stays_without_a_space() -> None:
    lines = [line("加密采用 AES-256-", 600), line("GCM 算法 for pre-", 588), line("and post-release builds", 576)]
    assert texts(paragraphs(lines, {})) == ["加密采用 AES-256-GCM 算法 for pre- and post-release builds"]


def test_bullets_become_list_items_without_their_glyph() -> None:
    lines = [line("• first", 600, right=100), line("• 第二", 588, right=100), line("(1) third", 576, right=100)]
    found = paragraphs(lines, {})
    assert [(each.kind, each.text) for each in found] == [
        (BlockKind.LIST_ITEM, "first"),
        (BlockKind.LIST_ITEM, "第二"),
        (BlockKind.LIST_ITEM, "(1) third"),
    ]


def test_pieces_of_one_line_are_put_together_and_rows_of_cells_stay_apart() -> None:
    lines = [
        line("Team", 600, right=90),
        line("25 seats", 600, left=300, right=360),
        line("Solo", 588, right=90),
        line("1 seat", 588, left=300, right=350),
    ]
    assert texts(paragraphs(lines, {})) == ["Team 25 seats", "Solo 1 seat"]


def test_no_lines_give_no_paragraphs() -> None:
    assert paragraphs([], {}) == []

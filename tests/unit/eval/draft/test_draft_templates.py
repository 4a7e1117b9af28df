"""Templates ask in the words of the document, and quote what answers, character for character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import count_tokens, language_of
from core.types import Chunk, ChunkKind, Span
from eval.draft.sources import TemplateQuestions
from eval.draft.templates import template_drafts


def passage(
    text: str, *headings: str, title: str = "", kind: ChunkKind = ChunkKind.PROSE, id_: str = "c1", document: str = "d1"
) -> Chunk:
    return Chunk(
        id=id_,
        document_id=document,
        source="a.md",
        title=title,
        span=Span(0, len(text)),
        text=text,
        heading_path=headings,
        page=None,
        kind=kind,
        language=language_of(text),
        token_count=count_tokens(text),
        ordinal=0,
    )


def asked(chunk: Chunk, kind: str) -> list[tuple[str, str]]:
    return [(draft.question, draft.quote) for draft in template_drafts(chunk) if draft.kind == kind]


@pytest.mark.parametrize(
    ("text", "headings", "kind", "question", "quote"),
    [
        (
            "Scans are kept. Every further scan costs €2.",
            ("Photo backup",),
            "price",
            "What price or fee applies to photo backup?",
            "Every further scan costs €2.",
        ),
        ("电子版免费送达。纸质版另寄。", ("发票寄送",), "price", "发票寄送的费用是多少？", "电子版免费送达。"),
        (
            "You can keep up to 10 GB offline. More is not possible.",
            ("Files on the phone",),
            "limit",
            "What is the limit for files on the phone?",
            "You can keep up to 10 GB offline.",
        ),
        (
            "单个文件不超过 1 GB。可以直接发送。",
            ("微信传文件",),
            "limit",
            "微信传文件的上限是多少？",
            "单个文件不超过 1 GB。",
        ),
        (
            "Write to us. Refunds arrive within 14 days.",
            ("How it works", "Annual plans"),
            "duration",
            "What time frame applies to annual plans?",
            "Refunds arrive within 14 days.",
        ),
        (
            "请尽快申请。逾期 90 天内仍可补办。",
            ("补开发票",),
            "duration",
            "补开发票的时限是多久？",
            "逾期 90 天内仍可补办。",
        ),
        (
            "The rules are short. They are effective 1 January 2026.",
            ("Refund policy",),
            "date",
            "From or until what date does “refund policy” apply?",
            "They are effective 1 January 2026.",
        ),
        (
            "本规定自 2026 年 4 月 1 日起施行。请遵守。",
            ("开票规定",),
            "date",
            "开票规定从哪天起、到哪天为止有效？",
            "本规定自 2026 年 4 月 1 日起施行。",
        ),
        (
            "Photos go up by night. The app requires Android 10.1 or later.",
            ("Photo backup",),
            "version",
            "Which version is needed for photo backup?",
            "The app requires Android 10.1 or later.",
        ),
        (
            "手机端免安装。要求 iOS 16.0 以上。",
            ("相册备份",),
            "version",
            "相册备份需要哪个版本？",
            "要求 iOS 16.0 以上。",
        ),
        (
            "Do this:\n1. Open Members.\n2. Choose the user.\nDone.",
            ("Members", "Reset a password"),
            "steps",
            "How do I reset a password?",
            "1. Open Members.\n2. Choose the user.",
        ),
        (
            "1. 打开成员页。\n2. 选择成员。",
            ("密码重置",),
            "steps",
            "密码重置的具体步骤是什么？",
            "1. 打开成员页。\n2. 选择成员。",
        ),
        (
            "A placeholder file is a file that has no content yet. It takes no space.",
            (),
            "definition",
            "What is a placeholder file?",
            "A placeholder file is a file that has no content yet.",
        ),
        (
            "占位文件是指还没有内容的文件。它不占空间。",
            (),
            "definition",
            "占位文件是什么？",
            "占位文件是指还没有内容的文件。",
        ),
        (
            "Close the file. The app shows TM-1042 while it is open.",
            (),
            "code",
            "When does TM-1042 come up?",
            "The app shows TM-1042 while it is open.",
        ),
        ("抬头不一致时系统提示 TM-6020。", (), "code", "什么情况下会出现 TM-6020？", "抬头不一致时系统提示 TM-6020。"),
        (
            "Ask your manager. They know.",
            ("Goodwill for customers",),
            "topic",
            "What should I know about goodwill for customers?",
            "Ask your manager. They know.",
        ),
        (
            "请先联系主管。主管会处理。",
            ("客户补偿",),
            "topic",
            "关于客户补偿，需要知道什么？",
            "请先联系主管。主管会处理。",
        ),
    ],
)
def test_each_kind_of_fact_is_asked_for_in_both_languages(
    text: str, headings: tuple[str, ...], kind: str, question: str, quote: str
) -> None:
    assert asked(passage(text, *headings), kind) == [(question, quote)]


def test_an_entry_of_an_faq_gives_its_own_question_and_a_whole_statement() -> None:
    english = passage("Can I pay by card?\n\nYes. Visa and Mastercard are accepted. Cash is not.", kind=ChunkKind.FAQ)
    chinese = passage("能用微信付款吗？\n\n可以。中国区支持微信支付和支付宝。", kind=ChunkKind.FAQ)
    assert asked(english, "faq") == [("Can I pay by card?", "Yes. Visa and Mastercard are accepted.")]
    assert asked(chinese, "faq") == [("能用微信付款吗？", "可以。中国区支持微信支付和支付宝。")]
    assert len(template_drafts(english)) == 1


def test_a_heading_that_asks_is_the_question_after_its_title() -> None:
    chinese = passage("付款成功后 180 天内都可以。", "发票开具规定", "什么时候可以申请", title="发票开具规定")
    english = passage("Money goes back to the card within 5 days.", "How refunds are paid", title="Refund policy")
    assert ("发票开具规定：什么时候可以申请？", "付款成功后 180 天内都可以。") in asked(chinese, "faq")
    assert asked(english, "faq")[0][0] == "Refund policy: how refunds are paid"


def test_a_row_of_a_table_is_asked_for_by_its_name_and_column() -> None:
    english = passage(
        "| Plan | Price per user | Devices |\n| --- | --- | --- |\n| Team | €9 | 5 |", kind=ChunkKind.TABLE
    )
    chinese = passage(
        "| 套餐 | 月费 | 可否离线 |\n| --- | --- | --- |\n| 团队版 | 45 元 | 可以 |", kind=ChunkKind.TABLE
    )
    row = "| Team | €9 | 5 |"
    assert asked(english, "table") == [
        ("What is listed as price per user for Team?", row),
        ("What is listed as devices for Team?", row),
    ]
    assert asked(chinese, "table") == [
        ("团队版的月费是多少？", "| 团队版 | 45 元 | 可以 |"),
        ("团队版可否离线？", "| 团队版 | 45 元 | 可以 |"),
    ]


def test_a_table_of_properties_is_turned_and_one_of_codes_is_asked_for_meaning_and_remedy() -> None:
    turned = passage("| 项目 | G3 |\n| --- | --- |\n| 缓存 | 8 TB |", kind=ChunkKind.TABLE)
    codes = passage(
        "| Code | Meaning | What to do |\n| --- | --- | --- |\n| TM-1042 | In use | Close it |", kind=ChunkKind.TABLE
    )
    assert asked(turned, "table") == [("G3的缓存是多少？", "| 缓存 | 8 TB |")]
    assert [question for question, _ in asked(codes, "code")] == [
        "What does TM-1042 mean?",
        "What should I do about TM-1042?",
    ]


def test_a_later_part_of_a_table_is_asked_for_by_the_header_that_it_carries() -> None:
    part = passage("| 企业版 | 99 元 |", "价格", "| 套餐 | 月费 |", kind=ChunkKind.TABLE)
    assert asked(part, "table") == [("企业版的月费是多少？", "| 企业版 | 99 元 |")]


def test_rows_that_share_a_name_are_told_apart_or_left_out() -> None:
    rows = "| Plan | Period | Price |\n| --- | --- | --- |\n| Team | monthly | €9 |\n| Team | annual | €90 |"
    assert [question for question, _ in asked(passage(rows, kind=ChunkKind.TABLE), "table")] == [
        "What is listed as price for Team (monthly)?",
        "What is listed as price for Team (annual)?",
    ]
    twice = "| 套餐 | 周期 | 价格 |\n| --- | --- | --- |\n| 团队 | 月 | 9 元 |\n| 团队 | 月 | 8 元 |"
    assert asked(passage(twice, kind=ChunkKind.TABLE), "table") == []


def test_a_fact_that_two_sentences_hold_is_not_asked_for() -> None:
    two = passage("Cards cost €2. Letters cost €3.", "Paper copies")
    assert asked(two, "price") == []
    assert asked(passage("卡片收 2 元。信件收 3 元。", "纸质副本"), "price") == []


def test_a_passage_of_short_sections_is_asked_about_each_under_its_own_heading() -> None:
    text = "申请期限\n\n请在付款后 90 天内提出申请。\n\n快递费用说明\n\n每次收取 15 元。"
    chunk = passage(text, "发票开具规定", title="发票开具规定")
    assert ("关于申请期限，需要知道什么？", "请在付款后 90 天内提出申请。") in asked(chunk, "topic")
    assert [quote for _, quote in asked(chunk, "topic")] == ["请在付款后 90 天内提出申请。", "每次收取 15 元。"]


@pytest.mark.parametrize(
    "chunk",
    [
        passage("print('€9 within 14 days.')", "Photo backup", kind=ChunkKind.CODE),
        passage("Home\n\nPlans\n\nDesktop", "Photo backup"),
        passage("It costs €9.", "price_list_2026.xlsx"),
        passage("需要 9 元。", "2026-09-18 通知"),
        passage("It costs €9."),
    ],
)
def test_code_lists_of_links_and_file_names_give_no_question(chunk: Chunk) -> None:
    assert template_drafts(chunk) == []


def test_a_question_that_two_passages_of_a_document_answer_is_no_question() -> None:
    first = passage("Refunds arrive within 14 days.", "Annual plans", id_="c1")
    second = passage("Credits arrive within 30 days.", "Annual plans", id_="c2")
    alone = passage("退款需要 10 个工作日。", "退款办法", id_="c3")
    templates = TemplateQuestions(lambda _: [first, second, alone])
    assert templates(first) == []
    assert {draft.question for draft in templates(alone)} == {"退款办法的时限是多久？", "关于退款办法，需要知道什么？"}
    assert templates.ambiguous == 4


@given(
    st.lists(
        st.sampled_from(
            [
                "It costs €9.",
                "费用为 20 元。",
                "| a | b |\n| --- | --- |\n| c1 | d2 |",
                "1. Open it.\n2. Close it.",
                "At most 5 days.",
                "标题",
                "Title?",
                "",
            ]
        ),
        max_size=6,
    ),
    st.lists(st.sampled_from(["Photo backup", "相册备份", "| x | y |", "怎么办", "1. Limits", ""]), max_size=3),
    st.sampled_from(list(ChunkKind)),
)
def test_a_quote_always_stands_in_its_passage(parts: list[str], headings: list[str], kind: ChunkKind) -> None:
    chunk = passage("\n\n".join(parts) or "x", *headings, kind=kind)
    for draft in template_drafts(chunk):
        assert draft.quote in chunk.text
        assert draft.question.strip()

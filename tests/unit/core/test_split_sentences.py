import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sentences import split_sentences


def sentences(text):
    return [span.of(text) for span in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith paid $3.50. It was e.g. cheap.", ["Dr. Smith paid $3.50.", "It was e.g. cheap."]),
        ("Version 5.4.2 works. Version 6 does not.", ["Version 5.4.2 works.", "Version 6 does not."]),
        ("See J. Smith. He knows J.K. Rowling.", ["See J. Smith.", "He knows J.K. Rowling."]),
        ("1. Open the app.\n2. Sign in.", ["1. Open the app.", "2. Sign in."]),
        ("Do this: 1. Open it. 2. Sign in.", ["Do this: 1. Open it.", "2. Sign in."]),
        ("- first\n- second", ["- first", "- second"]),
        ("We ship to the U.S. and the U.K. today.", ["We ship to the U.S. and the U.K. today."]),
        ("We ship to the U.S. The tax is extra.", ["We ship to the U.S.", "The tax is extra."]),
        ("Cables, screws, etc. The rest is here.", ["Cables, screws, etc.", "The rest is here."]),
        ("From 9 a.m. EST to 5 p.m. We close then.", ["From 9 a.m. EST to 5 p.m.", "We close then."]),
        (
            "Fill in the No. field or Lot No. 5. No. It is not.",
            ["Fill in the No. field or Lot No. 5.", "No.", "It is not."],
        ),
        ("Choose plan B. The others end.", ["Choose plan B.", "The others end."]),
        ("it failed. please help", ["it failed.", "please help"]),
        ("Use it. iOS is fine.", ["Use it.", "iOS is fine."]),
        ("It is done.Then restart.", ["It is done.", "Then restart."]),
        ("Call System.Out or e.g.The or foo.Bar now.", ["Call System.Out or e.g.The or foo.Bar now."]),
        ("Open x.io/a?b=1&c and go. Is it?", ["Open x.io/a?b=1&c and go.", "Is it?"]),
        ("Yahoo! accounts work. What?! No!!", ["Yahoo! accounts work.", "What?!", "No!!"]),
        ('It asks "Sure?" and waits. He said "No." Fine.', ['It asks "Sure?" and waits.', 'He said "No."', "Fine."]),
        ("Save As... and wait... The page loads.", ["Save As... and wait...", "The page loads."]),
        (
            "Well . . . it works. So do I. You will . . . Then go.",
            ["Well . . . it works.", "So do I.", "You will . . .", "Then go."],
        ),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_english_sentences(text, expected):
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("退款需要14天。请联系客服！好吗？", ["退款需要14天。", "请联系客服！", "好吗？"]),
        ("他说：“可以。”然后走了。", ["他说：“可以。”", "然后走了。"]),
        ("出现“是否继续？”时点“是”。完成。", ["出现“是否继续？”时点“是”。", "完成。"]),
        ("“贵吗？”是问题。“已退款。”这是回答。", ["“贵吗？”是问题。", "“已退款。”", "这是回答。"]),
        ("（免费！）请用。专业版（免费！）也行。", ["（免费！）", "请用。", "专业版（免费！）也行。"]),
        ("怎么又扣费了？！退钱！！", ["怎么又扣费了？！", "退钱！！"]),
        ("甲支持；乙不支持;丙也是。", ["甲支持；", "乙不支持;", "丙也是。"]),
        ("支持 v5.4 版本。Price is €9.", ["支持 v5.4 版本。", "Price is €9."]),
        ("请重启.然后登录.价格是9.5元.", ["请重启.", "然后登录.", "价格是9.5元."]),
        ("1.打开设置。2.登录", ["1.打开设置。", "2.登录"]),
        ("找Dr. 陈或J.K.罗琳。Restart it.然后登录", ["找Dr. 陈或J.K.罗琳。", "Restart it.", "然后登录"]),
        ("显示“加载中……”，PDF……等格式。", ["显示“加载中……”，PDF……等格式。"]),
        ("嗯……我看看。正在更新……请勿关机。", ["嗯……我看看。", "正在更新……", "请勿关机。"]),
        ("《你好！客服》一书写得好吗？好！", ["《你好！客服》一书写得好吗？", "好！"]),
        ("能开发票?可以!好", ["能开发票?", "可以!", "好"]),
        ("作者是阿尔伯特.爱因斯坦。列名“Order.”前缀", ["作者是阿尔伯特.爱因斯坦。", "列名“Order.”前缀"]),
    ],
)
def test_chinese_sentences(text, expected):
    assert sentences(text) == expected


def test_a_number_before_a_full_stop_numbers_a_list_only_at_the_start_of_a_sentence():
    assert sentences("  12. Open") == ["12. Open"]
    assert sentences("Room 12. Open") == ["Room 12.", "Open"]
    assert sentences("12\n . Open") == ["12", ".", "Open"]


PIECES = [
    "Page 5. ",
    "! ",
    "a.",
    "...",
    "…",
    "“？”",
    "(a!) ",
    " ",
    ")",
    "? a ",
    "1.打",
    "。」」",
    "e.g. ",
    "Yahoo! a",
    "，…嗯…",
]


@pytest.mark.parametrize("piece", PIECES)
def test_a_line_of_400_000_characters_is_split_in_linear_time(piece):
    began = time.process_time()
    # Slices of the whole line at each of the marks would take five seconds.
    split_sentences(piece * (400_000 // len(piece)))
    assert time.process_time() - began < 3.5


@given(st.text(alphabet="ab .。!？；;…“”（)\n\tA1的退e", max_size=60))
def test_sentences_cover_every_character_but_white_space_once_and_in_order(text):
    spans = split_sentences(text)
    covered = [i for span in spans for i in range(span.start, span.end)]
    assert covered == sorted(set(covered))
    assert all(text[i].isspace() for i in set(range(len(text))) - set(covered))
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)


@given(st.text(alphabet="ab .。!？；;…“”（)\tA1的退e", max_size=40), st.text(alphabet="ab .。!？A1的退", max_size=40))
def test_a_line_is_split_the_same_whatever_lines_stand_around_it(first, second):
    alone = [span.shifted(len(first) + 1) for span in split_sentences(second)]
    assert split_sentences(f"{first}\n{second}") == split_sentences(first) + alone


@given(
    st.lists(st.sampled_from(["It works.", "Is it on?", "No!", "可以。", "好吗？", "等等……"]), min_size=1, max_size=8)
)
def test_plain_sentences_with_spaces_between_them_come_back_as_they_are(parts):
    assert sentences(" ".join(parts)) == parts

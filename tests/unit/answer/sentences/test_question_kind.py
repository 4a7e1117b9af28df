import pytest

from answer.sentences.question_kind import HeldNames, asked_kinds, holds, named


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("What does the Team plan cost?", {"price"}),
        ("年付多少钱？", {"price", "number"}),
        ("How long are backups kept?", {"duration"}),
        ("备份保留多久？", {"duration"}),
        ("when does support end", {"date"}),
        ("Which versions of Windows are supported?", {"version"}),
        ("怎么删除账号？", set()),
        ("How do I delete my account?", set()),
    ],
)
def test_the_kind_of_thing_that_is_asked_for(question, kinds):
    assert asked_kinds(question) == kinds


@pytest.mark.parametrize(
    ("kind", "held", "lacking"),
    [
        ("price", "€9 per user", "nine users"),
        ("price", "每人每月 9 元", "每人每月"),
        ("duration", "kept for 90 days", "kept for long"),
        ("duration", "保留 90 天", "保留很久"),
        ("version", "from 5.4 on", "from then on"),
    ],
)
def test_a_sentence_holds_a_kind_or_not(kind, held, lacking):
    assert holds(kind, held)
    assert not holds(kind, lacking)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("How many seats has the Business plan?", ("business",)),
        ("Why does TM-1042 appear on my PCs?", ("tm-1042", "pcs")),
        ("Is 5.5 out? Can I have it?", ("5.5",)),
        ("How was it in June 2025?", ()),
        ("TM-1042 是什么意思？", ("tm-1042",)),
        ("Ｇ３ 网关支持 50 台吗", ("g3", "50")),
        ("2025 年怎么退款", ()),
        ("怎么退款", ()),
    ],
)
def test_names_codes_and_numbers_of_a_question(question, names):
    assert named(question) == names


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Business and G3", 0.0),
        ("the business plan", 0.5),
        ("a G30 for Businessmen", 1.0),
        ("an XG3 for agribusiness", 1.0),
        ("商业版（Business）配 G3 网关", 0.0),
        ("G3网关", 0.5),
    ],
)
def test_a_name_is_held_only_between_marks(text, missing):
    assert HeldNames(text).missing(("business", "g3")) == missing


def test_another_form_of_the_same_word_is_the_same_name():
    assert HeldNames("One Gate is enough.").missing(("gates",)) == 0.0


def test_without_names_nothing_is_missing():
    assert HeldNames("").missing(()) == 0.0

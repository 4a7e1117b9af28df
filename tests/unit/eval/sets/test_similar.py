"""Near duplicates are found without comparing every pair, and none is missed that such a comparison would find."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import analyse
from eval.sets.closest import closest_name, closest_passage
from eval.sets.similar import SimilarQuestions

ENGLISH = st.lists(st.sampled_from("how long does the refund take for my plan please".split()), min_size=1, max_size=9)
CHINESE = st.lists(st.sampled_from("退款 多久 手续费 面单 可以 作废".split()), min_size=1, max_size=6)
QUESTIONS = st.one_of(ENGLISH.map(" ".join), CHINESE.map("".join))


def places(*questions: str) -> list[int | None]:
    similar = SimilarQuestions()
    return [similar.add(question) for question in questions]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("How long does a refund take?", "how long does a refund take", True),
        ("电子发票多久能开出来？", "电子发票多久能开出来呢", True),
        ("電子發票多久能開出來？", "电子发票多久能开出来", True),
        ("How long does a refund take?", "How much does a refund cost?", False),
        ("How many seats are in the Team plan for a year?", "How many seats are in the Solo plan for a year?", False),
        ("错误代码 TM-1001 是什么意思？", "错误代码 TM-1002 是什么意思？", False),
        ("What happens 30 days after the end of the plan?", "What happens 60 days after the end of the plan?", False),
    ],
)  # fmt: skip
def test_questions_are_alike_in_all_but_small_words(one: str, other: str, alike: bool) -> None:
    assert places(one, other) == [None, 0 if alike else None]


@given(st.lists(QUESTIONS, max_size=8))
def test_what_a_comparison_of_every_pair_finds_is_found(questions: list[str]) -> None:
    terms = [frozenset(analyse(question)) for question in questions]
    alike = {
        later
        for (earlier, one), (later, other) in combinations(enumerate(terms), 2)
        if 5 * len(one & other) >= 4 * len(one | other)
    }
    assert {place for place, found in enumerate(places(*questions)) if found is not None} == alike


def test_the_closest_name_forgives_folders_and_other_slashes() -> None:
    names = ["en/refunds.md", "zh/退款.md"]
    assert closest_name(".\\en\\refunds.md", names) == "en/refunds.md"
    assert closest_name("退款.md", names) == "zh/退款.md"
    assert closest_name("en/refund.md", names) == "en/refunds.md"
    assert closest_name("entirely-different.pdf", names) is None


def test_the_closest_passage_is_whole_sentences() -> None:
    text = "Intro. Refunds take 10 working days to arrive. End.\n退款需要十个工作日。另外一句说的是别的事情。"
    assert closest_passage("refunds take ten working days", text)[0] == "Refunds take 10 working days to arrive."
    assert closest_passage("退款需要 10 个工作日", text)[0] == "退款需要十个工作日。"
    assert closest_passage("面单可以作废", text) is None
    assert closest_passage("anything", "") is None

"""Altered sentences keep their support or lose it, in both languages."""

import pytest

from eval.support.altered_claims import altered_pairs
from eval.support.sets import SupportPair

ZH = [
    "公司成立于1998年，总部位于杭州，主要生产打印机。产品可以在全国购买。",
    "退款需要十个工作日，手续费为20元，逾期不予办理。客户可以在线查询进度。",
]
EN = [
    "The company was founded in 1998, has its seat in Leeds, and is a maker of label printers.",
    "A refund takes 10 working days, costs a fee of 2 euros, and is not possible after 30 days.",
]


def pairs(passages: list[str], seeds: int = 40) -> list[SupportPair]:
    return [pair for seed in range(seeds) for pair in altered_pairs(passages, seed=seed)]


@pytest.mark.parametrize("passages", [ZH, EN])
def test_no_claim_stands_in_its_passage_as_it_is(passages: list[str]) -> None:
    found = pairs(passages)
    assert found
    assert not any(pair.claim in pair.evidence[0] for pair in found)


def test_a_wrong_number_and_a_denial_are_not_supported() -> None:
    found = {(pair.id.split("-")[-1], pair.claim, pair.supported) for pair in pairs(ZH + EN)}
    claims = {(kind, supported) for kind, _, supported in found}
    assert {("number", False), ("denied", False), ("clause", False), ("order", True), ("shorter", True)} <= claims
    assert ("denied", "产品可以在全国购买。", False) not in found
    assert (
        "denied",
        "The company was founded in 1998, has its seat in Leeds, and is not a maker of label printers.",
        False,
    ) in found


def test_a_number_always_changes() -> None:
    numbers = [pair.claim for pair in pairs(ZH) if pair.id.endswith("number")]
    assert numbers
    assert not any("1998" in claim or "20元" in claim for claim in numbers)


def test_equal_input_gives_equal_pairs() -> None:
    assert list(altered_pairs(ZH + EN)) == list(altered_pairs(ZH + EN))


def test_one_passage_alone_gives_nothing() -> None:
    assert list(altered_pairs(ZH[:1])) == []

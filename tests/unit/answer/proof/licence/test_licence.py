"""What a claim must have from its quotes, by hand and on the golden claims of both languages."""

import time

import pytest
from claim_files import claims_of

from answer.proof.licence.licence import facts_of, unlicensed
from answer.proof.prove import Refusal, weigh


def rates(name: str, language: str) -> tuple[int, int, int, int]:
    """False claims that are refused, of how many, and true ones that pass, of how many."""
    verdicts = [
        (each.is_true, not isinstance(weigh(each.claim, [each.quote]), Refusal)) for each in claims_of(name, language)
    ]
    false = [not passes for is_true, passes in verdicts if not is_true]
    true = [passes for is_true, passes in verdicts if is_true]
    return sum(false), len(false), sum(true), len(true)


# What gets through: a wrong name that opens its sentence, 长于 for 短于. What is refused though true: "a quarter of an
# hour", 超过 for 以上, "since v2.18" for "with version 2.18", and claims that share too few words with their quotes.
@pytest.mark.parametrize(
    ("name", "language", "found"),
    [
        ("written_on", "en", (40, 41, 39, 39)),
        ("written_on", "zh", (39, 39, 41, 41)),
        ("held_out", "en", (24, 24, 18, 22)),
        ("held_out", "zh", (20, 21, 19, 20)),
    ],
)
def test_false_claims_are_refused_and_true_ones_pass(
    name: str, language: str, found: tuple[int, int, int, int]
) -> None:
    refused, false, passed, true = rates(name, language)
    assert (false, true) == (found[1], found[3])
    assert refused >= found[0]
    assert passed >= found[2]


@pytest.mark.parametrize(
    ("claim", "quotes", "contexts", "reason"),
    [
        ("It costs $12 and holds 5 GB.", ["It costs $12.", "It holds 5 GB."], [], ""),
        ("The Gate G3 has two fans.", ["It has two fans."], ["Gate G3 > Hardware"], ""),
        ("The Gate G4 has two fans.", ["It has two fans."], ["Gate G3 > Hardware"], "not in its quotes: g4"),
        ("Backups are kept for 30 days.", ["| Plan | Days |", "| Team | 30 |"], [], ""),
        ("Backups are kept for 30 weeks.", ["| Plan | Days |", "| Team | 30 |"], [], "not in its quotes: 30 weeks"),
        ("The price holds from 1 May 2026.", ["It holds from 1 May."], ["Prices 2026"], ""),
        ("价格自2026年5月1日起适用。", ["自5月1日起适用。"], ["2026年价目表"], ""),
        ("备份保留30天。", ["| 套餐 | 保留天数 |", "| 团队版 | 30 |"], [], ""),
        ("Ask Ellery Vant.", ["Ask anybody."], [], "not in its quotes: ellery, vant"),
    ],
)
def test_several_quotes_and_headings_license_together(
    claim: str, quotes: list[str], contexts: list[str], reason: str
) -> None:
    assert unlicensed(claim, quotes, contexts) == reason


def test_what_is_no_fact_stays_in_the_rest() -> None:
    facts = facts_of("On 3 March 2026 at 10:30 v5.4.2 cost $12 (TM-1042).")
    assert facts.rest.split() == ["On", "at", "cost", "(", ")."]
    assert [str(day) for day in facts.days] == ["2026-03-03"]
    assert [str(hour) for hour in facts.hours] == ["10:30"]
    assert [version.number for version in facts.versions] == ["5.4.2"]
    assert facts.codes == ("tm-1042",)


@pytest.mark.parametrize(
    "unit", ["1", "一", "十万", "not ", "a-1", "12:3", "百分之", "three hundred ", "1 GB ", "不", "than ", "$1,"]
)
def test_hostile_claims_take_linear_time(unit: str) -> None:
    started = time.perf_counter()
    unlicensed(unit * 1_000, [unit * 1_000])
    assert time.perf_counter() - started < 5  # measured: under 0.6

import pytest
from claim_files import claims_of
from hypothesis import given
from hypothesis import strategies as st

from answer.models.claim_stream import DraftCitation, DraftClaim
from answer.proof.prove import Refusal, coverage, prove, weigh
from core.types import Claim

GOLDEN = [quote for name in ("written_on", "held_out") for _, _, quote in claims_of(name)]
ENGLISH = "Annual plans can be refunded within 30 days. Monthly plans are not refundable."
CHINESE = "年付套餐可在30天内退款。月付套餐不支持退款。"


def draft(text, quote="", evidence=1):
    return DraftClaim(text=text, citations=(DraftCitation(evidence=evidence, quote=quote),))


@pytest.mark.parametrize(
    ("passage", "claim", "quote"),
    [
        (ENGLISH, "You have 30 days to get an annual plan refunded.", "Annual plans can be refunded within 30 days."),
        (ENGLISH, "Monthly plans are not refundable.", "monthly plans are NOT refundable"),
        (CHINESE, "年付套餐30天内可以退款。", "年付套餐可在30天内退款"),
        (CHINESE, "月付套餐不支持退款", "月付套餐不支持退款。"),
        (CHINESE, "年付套餐可以在30天之内退款。", CHINESE),
        (CHINESE.replace("。月付", "，月付"), "年付套餐可在30天内退款。", CHINESE.replace("。月付", "，月付")),
        (ENGLISH, "Annual plans can be refunded.", ENGLISH),
    ],
)
def test_a_claim_that_its_quote_carries_is_proven_at_its_place(show, passage, claim, quote):
    evidence = show(passage)
    proven = prove(draft(claim, quote), evidence)
    assert isinstance(proven, Claim)
    (citation,) = proven.citations
    chunk = evidence[0].hit.chunk
    assert citation.span.start >= chunk.span.start
    assert citation.span.shifted(0).of("Before.\n\n" + passage) == citation.quote
    assert 0.5 <= proven.support <= 1


@pytest.mark.parametrize(
    ("passage", "claim", "quote", "reason"),
    [
        (ENGLISH, "Refunds take 14 days.", "Annual plans can be refunded within 30 days.", "not in its quotes: 14"),
        (
            ENGLISH,
            "Annual plans get refunds in 30 days.",
            "Annual plans can be refunded within 31 days.",
            "quote not found",
        ),
        (
            ENGLISH,
            "Annual plans cannot be refunded within 30 days.",
            "Annual plans can be refunded within 30 days.",
            "denies",
        ),
        (ENGLISH, "Monthly plans are refundable.", "Monthly plans are not refundable.", "affirms"),
        (ENGLISH, "Our head office stands in Paris.", "Annual plans can be refunded within 30 days.", "paris"),
        (ENGLISH, "Our head office is large.", "Annual plans can be refunded within 30 days.", "support"),
        (ENGLISH, "Plans are refundable.", "refundable", "quote not found"),
        (ENGLISH, "Monthly plans are refundable.", "plans are not refundable", "affirms"),
        (CHINESE, "月付套餐支持退款。", "支持退款", "quote not found"),
        (CHINESE, "年付套餐可在7天内退款。", "年付套餐可在30天内退款。", "not in its quotes: 7"),
        (CHINESE, "月付套餐支持退款。", "月付套餐不支持退款。", "affirms"),
        (CHINESE, "总部位于巴黎。", "年付套餐可在30天内退款。", "support"),
    ],
)
def test_a_claim_that_its_quote_does_not_carry_is_refused_with_the_reason(show, passage, claim, quote, reason):
    verdict = prove(draft(claim, quote), show(passage))
    assert isinstance(verdict, Refusal)
    assert reason in verdict.reason


def test_evidence_that_was_never_shown_proves_nothing(show):
    verdict = prove(draft("Monthly plans are not refundable.", "Monthly plans are not refundable.", 7), show(ENGLISH))
    assert isinstance(verdict, Refusal)
    assert verdict.reason == "evidence 7 does not exist"


def test_a_claim_without_citation_is_refused(show):
    verdict = prove(DraftClaim(text="Monthly plans are not refundable.", citations=()), show(ENGLISH))
    assert isinstance(verdict, Refusal)


def test_one_quote_that_is_not_there_refuses_the_whole_claim(show):
    good = DraftCitation(evidence=1, quote="Annual plans can be refunded within 30 days.")
    lie = DraftCitation(evidence=1, quote="and also on Sundays")
    verdict = prove(DraftClaim(text="Annual plans can be refunded.", citations=(good, lie)), show(ENGLISH))
    assert isinstance(verdict, Refusal)


def test_a_mark_without_a_quote_is_proven_by_the_closest_sentence(show):
    proven = prove(draft("Monthly plans are not refundable."), show(ENGLISH))
    assert isinstance(proven, Claim)
    assert proven.citations[0].quote == "Monthly plans are not refundable."


def test_a_fact_that_only_another_sentence_of_the_passage_has_is_not_licensed(show):
    verdict = prove(
        draft("Monthly plans: 30 days, not refundable.", "Monthly plans are not refundable."), show(ENGLISH)
    )
    assert isinstance(verdict, Refusal)
    assert "30" in verdict.reason


def test_the_heading_licenses_what_the_sentence_leaves_out(show):
    evidence = show("It has two fans.", title="Gate G3")
    assert isinstance(prove(draft("The Gate G3 has two fans.", "It has two fans."), evidence), Claim)


def test_two_quotes_prove_together(show):
    claim = DraftClaim(
        text="Annual plans are refunded within 30 days by bank transfer.",
        citations=(
            DraftCitation(evidence=1, quote="Annual plans can be refunded within 30 days."),
            DraftCitation(evidence=2, quote="Refunds come by bank transfer."),
        ),
    )
    assert isinstance(prove(claim, show(ENGLISH, "Refunds come by bank transfer.")), Claim)


def test_a_quote_that_begins_behind_a_denial_is_judged_with_it(show):
    passage = "Monthly plans can never, under no circumstances, be refunded."
    verdict = prove(
        draft("Monthly plans can be refunded under circumstances.", "circumstances, be refunded"), show(passage)
    )
    assert isinstance(verdict, Refusal)


def test_numbers_that_are_licensed_in_other_words_cost_no_support(show):
    verdict = prove(draft("退款要十五天。", "退款需要15天"), show("退款需要15天。"))
    assert isinstance(verdict, Claim)


@given(st.sampled_from(GOLDEN))
def test_every_sentence_proves_itself(quote):
    assert weigh(quote, [quote]) == 1.0


def test_coverage_is_the_share_of_content_words():
    assert coverage("refunds by transfer", ["A refund."]) == 0.5
    assert coverage("the and of", ["x"]) == 0.0

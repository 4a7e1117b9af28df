from fakes import a_document, paragraphs_of

from answer.models.claim_stream import DraftCitation, DraftClaim
from core.types import Evidence, Hit, Span, Stage
from eval.calibrate.cases import Case
from eval.calibrate.samples import ClaimSample, sample_of
from eval.sets.questions import GoldQuote, JudgedQuestion

TEXT = "Refunds take 30 days.\n\nThe fee is 20 euros."
ZH = "退款需要 30 天。\n\n手续费为 20 元。"


def judged(*, answerable=True):
    gold = (GoldQuote(source="a.md", quote="Refunds take 30 days."),) if answerable else ()
    return JudgedQuestion(id="q", question="?x", language="en", answerable=answerable, gold=gold)


def case_of(text, question, *, gold=None):
    document = a_document("a.md", text)
    evidence = tuple(
        Evidence(number=number, hit=Hit(chunk=chunk, score=1.0, stage=Stage.RERANKED))
        for number, chunk in enumerate(paragraphs_of(document), start=1)
    )
    places = ((document.id, gold),) if gold else ()
    return Case(question=question, evidence=evidence, answerable=bool(gold), gold=places), document


def drafted(text, number, quote=None):
    return DraftClaim(text, (DraftCitation(number, quote or text),))


def test_a_claim_is_right_where_its_quote_overlaps_gold_and_wrong_elsewhere():
    case, document = case_of(TEXT, "How long do refunds take?", gold=Span(0, 21))
    drafts = [drafted("Refunds take 30 days.", 1), drafted("The fee is 20 euros.", 2)]
    sample = sample_of(judged(), case, 0.7, drafts)
    assert sample.claims == (ClaimSample(support=1.0, right=True), ClaimSample(support=1.0, right=False))
    assert sample.shows_gold
    assert (sample.language, sample.answerable, sample.score) == ("en", True, 0.7)
    assert sample.documents == {document.id}


def test_a_claim_is_kept_whatever_its_support_and_left_out_where_it_is_not_proven():
    case, _ = case_of(ZH, "手续费多少？", gold=Span(12, 22))
    weak = drafted("根据规定通常另行收取费用", 2, "手续费为 20 元。")
    lie = drafted("手续费为 30 元。", 2, "手续费为 20 元。")
    sample = sample_of(judged(), case, 0.7, [weak, lie])
    assert len(sample.claims) == 1
    assert sample.claims[0].support < 0.5
    assert sample.language == "zh"


def test_without_gold_a_question_rests_on_its_best_evidence():
    case, document = case_of(TEXT, "What is the weather?")
    assert sample_of(judged(answerable=False), case, 0.1, []).documents == {document.id}
    nothing = Case(question="What is the weather?", evidence=(), answerable=False)
    assert sample_of(judged(answerable=False), nothing, 0.0, [drafted("x y", 1)]).documents == frozenset()

"""Graded support: its features by hand, and what it must tell apart in both languages."""

import pytest
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

from answer.proof.support import SupportScorer, models_from, packaged_models
from answer.proof.support_features import SOFT, WORDS, TermWeights, soft_features, word_features

EVEN = TermWeights(idf={}, unseen=1.0)


def words(claim: str, *sources: str) -> dict[str, float]:
    return dict(zip(WORDS, word_features(claim, sources, EVEN).tolist(), strict=True))


def test_words_are_counted_in_all_sources_in_one_sentence_and_in_a_row() -> None:
    found = words("refunds take ten days", "Refunds need ten days. Labels take long.", "Nothing else.")
    # refund, take, ten, day: all in the sources, three in one sentence, all in two; "ten days" is the longest stretch.
    assert (found["coverage"], found["coverage_sentence"], found["coverage_two"]) == (1.0, 0.75, 1.0)
    assert (found["pairs"], found["run"]) == (pytest.approx(1 / 3), 0.5)


def test_chinese_is_counted_by_characters_and_pairs() -> None:
    found = words("退款要十天", "退款需要二十天。")
    # 退 款 要 十 天 and 退款 款要 要十 十天: 款要 and 要十 are missing.
    assert found["coverage"] == pytest.approx(7 / 9)


def test_a_rare_term_weighs_more() -> None:
    terms = TermWeights(idf={"fee": 1.0, "label": 1.0}, unseen=3.0)
    found = dict(zip(WORDS, word_features("label fee surcharge", ["label fee"], terms).tolist(), strict=True))
    assert (found["coverage"], found["coverage_rare"]) == (pytest.approx(2 / 3), pytest.approx(2 / 5))


@pytest.mark.parametrize(
    ("claim", "source", "feature", "value"),
    [
        ("It takes 30 days", "It takes 10 days", "facts_missing", 1.0),
        ("It takes 30 days", "It takes 30 days", "facts_wrong", 0.0),
        ("手续费为 20 元", "手续费为 30 元", "facts_wrong", 1.0),
        ("Labels cannot be voided", "Labels can be voided", "negation", 1.0),
        ("面单不能作废", "面单不能作废", "negation", 0.0),
        ("Ask Ellery Vant", "Ask anybody", "names_missing", 1.0),
        ("I like labels", "Labels are liked", "first_person", 1.0),
        ("我喜欢面单", "面单", "first_person", 1.0),
    ],
)
def test_what_must_not_differ_is_looked_at(claim: str, source: str, feature: str, value: float) -> None:
    assert words(claim, source)[feature] == value


def test_english_words_are_matched_softly_only_with_an_encoder() -> None:
    assert soft_features("refund", ["refund"], None) is None
    found = soft_features("refund fee", ["A refund is possible. The fee is low."], FakeEmbedder())
    assert found is not None
    match, least, sentence = found.tolist()
    assert match == pytest.approx(1.0, abs=1e-5)
    assert least == pytest.approx(1.0, abs=1e-5)
    assert sentence < 0.9


def test_chinese_words_are_matched_by_the_lexicon() -> None:
    same, other = (soft_features(claim, ["退款需要十个工作日。"], None) for claim in ("退款", "天气"))
    assert same is not None
    assert other is not None
    assert same[SOFT.index("match")] == pytest.approx(1.0)
    assert other[SOFT.index("match")] < 0.7


def test_nothing_supports_without_sources() -> None:
    assert SupportScorer().score("Refunds take ten days.", []) == 0.0
    assert SupportScorer().score("退款需要十天。", [" "]) == 0.0


@pytest.mark.parametrize(
    ("claim", "better"),
    [
        ("The print head warms up for 54 seconds.", "The print head warms up for 45 seconds."),
        ("The print head does not need 45 seconds to warm up.", "The print head needs 45 seconds to warm up."),
        ("I love the weather in Leeds.", "The print head needs 45 seconds."),
        ("打印头需要 54 秒预热。", "打印头需要 45 秒预热。"),
        ("打印头不需要 45 秒预热。", "打印头需要 45 秒预热。"),
        ("我喜欢杭州的天气。", "打印头需要 45 秒。"),
    ],
)
def test_the_shipped_weights_see_numbers_negations_and_other_subjects(claim: str, better: str) -> None:
    sources = ["After power-on the print head needs 45 seconds to warm up.", "通电后打印头需要 45 秒预热。"]
    scorer = SupportScorer()
    assert scorer.score(claim, sources) < scorer.score(better, sources)


def test_weights_for_other_features_are_refused() -> None:
    stored = {"bias": 0.0, "weights": {"coverage": 1.0}}
    document = {"idf": {}, "idf_unseen": 1.0, "languages": {"en": {"full": stored, "words": stored}}}
    with pytest.raises(ValueError, match="other features"):
        models_from(document)
    assert set(packaged_models().by_language) == {"en", "zh"}


@given(st.text(alphabet="ab 12不退款费.。", max_size=16), st.text(alphabet="ab 12不退款费.。", max_size=20))
def test_support_is_a_probability_whatever_the_text(claim: str, source: str) -> None:
    assert 0 <= SupportScorer().score(claim, [source]) <= 1

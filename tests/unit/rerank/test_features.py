from math import log, log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rerank.features import FEATURES, feature_rows, standardised
from rerank.maxsim import TokenMatches


def rows_of(encoder, question, hits):
    rows = feature_rows(question, hits, exact_matches(encoder, question, [hit.chunk.indexed_text for hit in hits]))
    return {name: rows[:, at].tolist() for at, name in enumerate(FEATURES)}


def exact_matches(encoder, question, texts):
    asked, *passages = encoder.embed_tokens([question, *texts])
    known = [passage.vectors[passage.known] for passage in passages]
    return TokenMatches(
        asked=asked.ids[asked.known],
        held=np.concatenate([passage.ids[passage.known] for passage in passages]),
        lengths=np.array([len(vectors) for vectors in known]),
        cosines=asked.vectors[asked.known] @ np.concatenate(known).T,
    )


def test_a_stage_that_did_not_return_a_hit_counts_with_its_lowest_score(encoder, make_hit):
    hits = [make_hit("a", lexical=7.0, dense=0.5), make_hit("b", lexical=3.0), make_hit("c", dense=0.25)]
    found = rows_of(encoder, "a", hits)
    assert found["lexical"] == [7.0, 3.0, 3.0]
    assert found["dense"] == [0.5, 0.25, 0.25]


def test_a_stage_that_returned_nothing_counts_zero_for_all(encoder, make_hit):
    found = rows_of(encoder, "a", [make_hit("a", score=1.5), make_hit("b", score=0.5)])
    assert found["lexical"] == [0.0, 0.0]
    assert found["fused"] == [1.5, 0.5]


def test_coverage_weighs_a_rare_term_more_than_a_common_one(encoder, make_hit):
    hits = [make_hit("reset router"), make_hit("reset phone")]
    # Lucene's idf over two passages: "reset" is in both, "router" in one.
    both, one = log(1 + 0.5 / 2.5), log(1 + 1.5 / 1.5)
    assert rows_of(encoder, "reset router", hits)["coverage"] == pytest.approx([1.0, both / (both + one)])


def test_coverage_reads_chinese_pairs_of_characters(encoder, make_hit):
    hits = [make_hit("退款需要七天"), make_hit("开具发票")]
    found = rows_of(encoder, "退款", hits)
    assert found["coverage"] == [1.0, 0.0]


def test_pairs_count_neighbours_only(encoder, make_hit):
    hits = [make_hit("blue screen"), make_hit("screen blue")]
    assert rows_of(encoder, "blue screen", hits)["pairs"] == [1.0, 0.0]


def test_an_identifier_must_match_exactly(encoder, make_hit):
    hits = [make_hit("error 502 means restart"), make_hit("error 503 means wait")]
    assert rows_of(encoder, "error 502", hits)["identifiers"] == [1.0, 0.0]
    assert rows_of(encoder, "错误 502", hits)["identifiers"] == [1.0, 0.0]


def test_a_question_without_identifiers_favours_no_passage(encoder, make_hit):
    assert rows_of(encoder, "error", [make_hit("error 502"), make_hit("error")])["identifiers"] == [0.0, 0.0]


def test_headings_count_apart_from_the_text(encoder, make_hit):
    hits = [make_hit("See below.", title="Refund policy"), make_hit("Refund policy")]
    assert rows_of(encoder, "refund policy", hits)["heading"] == [1.0, 0.0]


def test_length_is_the_logarithm_of_the_number_of_terms(encoder, make_hit):
    assert rows_of(encoder, "a", [make_hit("one two three")])["length"] == pytest.approx([log1p(3)])


def test_maxsim_takes_the_best_token_for_each_token_of_the_question(encoder, make_hit):
    hits = [make_hit("reset the router"), make_hit("reset it"), make_hit("nothing here")]
    found = rows_of(encoder, "reset router", hits)
    assert found["maxsim"] == pytest.approx([1.0, 0.5, 0.0])
    # Three passages: "reset" is in two of them, "router" in one.
    reset, router = log(1 + 1.5 / 2.5), log(1 + 2.5 / 1.5)
    assert found["maxsim_idf"] == pytest.approx([1.0, reset / (reset + router), 0.0])
    # One token of two is the rarest third, rounded down but never none: "router".
    assert found["maxsim_rare"] == pytest.approx([1.0, 0.0, 0.0])
    assert found["maxsim_back"] == pytest.approx([2 / 3, 1 / 2, 0.0])


def test_near_words_beat_the_same_words_far_apart(encoder, make_hit):
    filler = " ".join(["x"] * 200)
    hits = [make_hit(f"reset router {filler}"), make_hit(f"reset {filler} router")]
    found = rows_of(encoder, "reset router", hits)
    assert found["maxsim"] == [1.0, 1.0]
    assert found["maxsim_near"] == pytest.approx([1.0, 0.5])


def test_words_on_both_sides_of_a_half_window_are_near(encoder, make_hit):
    text = " ".join(["x"] * 23 + ["reset", "router"] + ["x"] * 60)
    assert rows_of(encoder, "reset router", [make_hit(text)])["maxsim_near"] == pytest.approx([1.0])


def test_tokens_that_the_encoder_cannot_read_never_match(encoder, make_hit):
    found = rows_of(encoder, "? router", [make_hit("? ?"), make_hit("router")])
    assert found["maxsim"] == [0.0, 1.0]


def test_tokens_of_the_passage_that_the_encoder_cannot_read_are_left_out(encoder, make_hit):
    assert rows_of(encoder, "router", [make_hit("? router ?")])["maxsim_back"] == [1.0]


def test_a_question_that_the_encoder_cannot_read_at_all_has_no_maxsim(encoder, make_hit):
    found = rows_of(encoder, "? ?", [make_hit("? ?"), make_hit("router")])
    assert all(found[name] == [0.0, 0.0] for name in FEATURES if name.startswith("maxsim"))


def test_an_empty_passage_has_no_maxsim_and_breaks_nothing(encoder, make_hit):
    found = rows_of(encoder, "router", [make_hit(""), make_hit("router")])
    assert found["maxsim"] == [0.0, 1.0]
    assert found["length"][0] == 0.0


def test_no_hits_give_no_rows():
    nothing = np.zeros(0, dtype=np.int64)
    matches = TokenMatches(asked=nothing, held=nothing, lengths=nothing, cosines=np.zeros((0, 0), dtype=np.float32))
    assert feature_rows("a", [], matches).shape == (0, len(FEATURES))


def test_standard_scores_have_mean_0_and_deviation_1_and_a_constant_column_is_0():
    rows = np.array([[1.0, 5.0], [3.0, 5.0]], dtype=np.float32)
    assert standardised(rows).tolist() == [[-1.0, 0.0], [1.0, 0.0]]


def test_a_large_constant_column_stays_0():
    assert np.abs(standardised(np.full((7, 1), 1234.567, dtype=np.float32))).max() < 1e-3


def test_standard_scores_of_one_candidate_are_0():
    assert standardised(np.array([[3.0, 4.0]], dtype=np.float32)).tolist() == [[0.0, 0.0]]


@given(
    arrays(np.float32, (6, 3), elements=st.integers(-50, 50).map(float)),
    st.floats(0.5, 8.0, width=32),
    st.integers(-20, 20),
)
def test_standard_scores_do_not_change_with_scale_or_offset(rows, scale, offset):
    moved = (rows * np.float32(scale) + np.float32(offset)).astype(np.float32)
    assert np.allclose(standardised(moved), standardised(rows), atol=1e-3)

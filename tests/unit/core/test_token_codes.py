import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import TokenVectors
from core.token_codes import cosines, encode, ids_of, joined


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def tokens(vectors, ids=None, known=None):
    count = len(vectors)
    return TokenVectors(
        ids=np.arange(count) if ids is None else np.array(ids),
        vectors=vectors,
        known=np.ones(count, dtype=bool) if known is None else np.array(known),
    )


def drawn(seed, count, dimension):
    return unit(np.random.default_rng(seed).standard_normal((count, dimension)))


def test_a_token_takes_six_bytes_and_a_quarter_byte_per_dimension():
    assert encode(tokens(drawn(0, 5, 384))).rows.shape == (5, 6 + 96)
    assert encode(tokens(drawn(0, 5, 384))).rows.dtype == np.uint8


def test_ids_come_back_even_from_a_vocabulary_of_a_quarter_million():
    assert ids_of(encode(tokens(drawn(0, 3, 8), ids=[0, 65_536, 250_001]))).tolist() == [0, 65_536, 250_001]


def test_tokens_that_the_vocabulary_does_not_know_are_left_out():
    codes = encode(tokens(drawn(0, 3, 8), ids=[4, 100, 6], known=[True, False, True]))
    assert ids_of(codes).tolist() == [4, 6]


def test_a_text_without_tokens_has_no_rows_and_matches_nothing():
    codes = encode(tokens(np.zeros((0, 384), dtype=np.float32)))
    assert codes.rows.shape == (0, 102)
    assert cosines(drawn(0, 2, 384), codes).shape == (2, 0)


def test_the_cosine_of_a_vector_with_itself_is_1():
    vectors = drawn(1, 40, 384)
    assert np.diag(cosines(vectors, encode(tokens(vectors)))) == pytest.approx(1, abs=1e-3)


def test_other_cosines_err_by_about_a_third_of_one_over_the_root_of_the_dimension():
    question, vectors = drawn(2, 30, 384), drawn(3, 700, 384)
    errors = cosines(question, encode(tokens(vectors))) - question @ vectors.T
    assert abs(errors.mean()) < 0.001
    assert errors.std() == pytest.approx(0.35 / np.sqrt(384), rel=0.1)


def test_a_vector_with_one_large_coordinate_is_kept_as_well_as_any():
    # Models have such dimensions; without the rotation all others would fall on one step.
    spiky = drawn(4, 50, 384)
    spiky[:, 7] = 3.0
    spiky = unit(spiky)
    errors = cosines(spiky[:10], encode(tokens(spiky))) - spiky[:10] @ spiky.T
    assert np.abs(errors).max() < 0.09


def test_texts_can_be_matched_together_or_one_by_one():
    question, first, second = drawn(5, 4, 64), encode(tokens(drawn(6, 3, 64))), encode(tokens(drawn(7, 600, 64)))
    together = cosines(question, joined([first, second]))
    assert np.allclose(together[:, :3], cosines(question, first), atol=1e-6)
    assert np.allclose(together[:, 3:], cosines(question, second), atol=1e-6)


def test_codes_stay_the_same_between_versions():
    # Stored codes and those made now must come from one rotation: change CODEC where these change.
    codes = encode(tokens(np.eye(8, dtype=np.float32)[:2], ids=[1, 258]))
    assert codes.rows.tobytes().hex() == "010000004a3593a0020100004a356f5c"


@given(st.integers(1, 40), st.integers(0, 12), st.integers(0, 2**32 - 1))
def test_any_dimension_and_number_of_tokens_can_be_kept(dimension, count, seed):
    vectors = drawn(seed, count, dimension)
    codes = encode(tokens(vectors))
    assert codes.rows.shape == (count, 6 + -(-dimension // 4))
    assert np.diag(cosines(vectors, codes)) == pytest.approx(1, abs=2e-3)

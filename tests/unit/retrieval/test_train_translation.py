import numpy as np
import pytest

from retrieval.train.translation import expected_rows, filled, learn_translations

# 0 house, 1 red, 2 the; rows 0 房 and 1 红
CHINESE = [[1, 0], [0], [1], [0]]
ENGLISH = [[2, 1, 0], [2, 0], [2, 1], [0]]


@pytest.fixture(scope="module")
def found():
    return learn_translations(CHINESE, ENGLISH, pieces=3, rounds=20)


def share(found, row, piece):
    return float(found.share[(found.row == row) & (found.piece == piece)].sum())


def test_each_row_finds_its_translation(found):
    assert share(found, 1, 0) > 0.8  # 房: house
    assert share(found, 2, 1) > 0.6  # 红: red


def test_a_word_that_stands_everywhere_goes_to_no_row(found):
    assert share(found, 0, 2) > 0.5
    assert share(found, 1, 2) < 0.2


def test_shares_of_a_row_sum_to_one(found):
    for row in (0, 1, 2):
        assert sum(share(found, row, piece) for piece in range(3)) == pytest.approx(1, abs=1e-5)


def test_a_start_row_lies_near_the_english_row_that_translates_it(found):
    table = np.eye(3, dtype=np.float32)
    rows = expected_rows(found, table, count=3, sharpness=1.5)
    assert rows.shape == (3, 3)
    assert rows[0].argmax() == 0
    assert rows[1].argmax() == 1
    assert rows[:2].sum(axis=1) == pytest.approx([1, 1])
    assert not rows[2].any()


def test_a_row_that_was_never_seen_takes_its_characters_and_else_the_mean():
    rows = np.array([[1, 0], [0, 1], [0, 0], [0, 0]], dtype=np.float32)
    assert filled(rows, ["密", "码", "密码", "龘"])[2:].tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert filled(rows, ["密", "码", "密密", "龘"])[2:].tolist() == [[1, 0], [0.5, 0.5]]

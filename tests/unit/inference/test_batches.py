import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.batches import by_length, mask_of, padded_length, stacked, within_budget

LENGTHS = st.lists(st.integers(1, 600), max_size=40)


def test_rows_of_one_padded_length_are_read_together_longest_first():
    # Padded to 16: 16, 32, 16, 16, 48.
    assert by_length([3, 17, 16, 1, 33], most=2, step=16) == [[4], [1], [0, 2], [3]]


def test_a_budget_counts_padding_and_a_row_longer_than_it_is_read_alone():
    # 90 alone; 40 and 30 take 80 with padding, a third row would take 120; 20 and 5 take 40.
    assert within_budget([5, 40, 90, 30, 20], tokens=80, most=10) == [[2], [1, 3], [4, 0]]
    assert within_budget([5, 5, 5], tokens=80, most=2) == [[0, 1], [2]]


@given(LENGTHS, st.integers(1, 9), st.sampled_from([1, 16]))
def test_grouping_loses_and_repeats_no_row(lengths, most, step):
    groups = by_length(lengths, most=most, step=step)
    assert sorted(at for group in groups for at in group) == list(range(len(lengths)))
    assert all(len({padded_length(lengths[at], step) for at in group}) == 1 for group in groups)


@given(LENGTHS, st.integers(1, 2_000), st.integers(1, 9))
def test_no_forward_is_over_its_budget_unless_it_holds_one_row(lengths, tokens, most):
    groups = within_budget(lengths, tokens=tokens, most=most)
    assert sorted(at for group in groups for at in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or len(group) * max(lengths[at] for at in group) <= tokens
        assert len(group) <= most


def test_rows_are_padded_with_what_the_model_fills_with_and_the_mask_tells_the_rest():
    rows = [np.array([5, 6, 7]), np.array([8])]
    assert stacked(rows, 4, fill=1).tolist() == [[5, 6, 7, 1], [8, 1, 1, 1]]
    assert mask_of(rows, 4).tolist() == [[1, 1, 1, 0], [1, 0, 0, 0]]

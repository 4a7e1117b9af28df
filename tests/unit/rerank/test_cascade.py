import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Unavailable
from core.types import Stage
from rerank.cascade import CascadeReranker, contested


class Fixed:
    """Scores by the text of a passage; ``asked`` are the texts that it was shown."""

    def __init__(self, by_text, error=None):
        self.by_text, self.error, self.asked, self.warmed = by_text, error, [], 0

    def score(self, question, hits):
        if self.error:
            raise self.error
        self.asked += [hit.chunk.text for hit in hits]
        return np.array([self.by_text[hit.chunk.text] for hit in hits], dtype=np.float32)

    def warm(self):
        self.warmed += 1


def cascade(late, sure, *, survivors=10, settle=10, reach=0.5):
    return CascadeReranker(Fixed(late), Fixed(sure), survivors=survivors, settle=settle, reach=reach)


def test_the_cross_encoder_reads_only_where_it_can_change_the_order(make_hit):
    # a stands 2 above, d 1.5 below: b and c, .3 apart, are open, and the cross-encoder turns them round.
    late = {"a": 5.0, "b": 3.0, "c": 2.7, "d": 1.2}
    ranker = cascade(late, {"b": 0.1, "c": 0.9})
    ranked = ranker.rank("how", [make_hit(text) for text in late])
    assert ranker._judge.asked == ["b", "c"]
    # b: 3 + .5 * (2 * .1 - 1) = 2.6; c: 2.7 + .4 = 3.1.
    assert ranked.scores == pytest.approx([5.0, 2.6, 3.1, 1.2])
    assert ranked.steps[Stage.LATE_INTERACTION] == pytest.approx([5.0, 3.0, 2.7, 1.2])
    assert ranked.steps[Stage.CROSS_ENCODER] == pytest.approx([np.nan, 0.1, 0.9, np.nan], nan_ok=True)


def test_two_hits_nearly_twice_the_reach_apart_are_still_read_and_can_change_places(make_hit):
    # Reach 1: a falls to 0, b rises to .1; at 2.1 apart nothing could help b.
    late = {"a": 1.0, "b": -0.9}
    ranker = cascade(late, {"a": 0.0, "b": 1.0}, reach=1.0)
    assert ranker.score("how", [make_hit(text) for text in late]) == pytest.approx([0.0, 0.1])
    further = cascade({"a": 1.0, "b": -1.1}, {}, reach=1.0)
    assert further.score("how", [make_hit(text) for text in late]) == pytest.approx([1.0, -1.1])


def test_a_settled_order_is_not_read_at_all(make_hit):
    ranker = cascade({"退款": 3.0, "发票": 1.0, "其他": -1.0}, {})
    assert ranker.score("退款", [make_hit(text) for text in ("其他", "退款", "发票")]).tolist() == [-1.0, 3.0, 1.0]
    assert ranker._judge.asked == []


def test_what_can_only_change_places_below_those_that_count_is_not_read(make_hit):
    # Runs: a; b and c; d and e. The first two places need b and c.
    late = {"a": 9.0, "b": 5.0, "c": 4.5, "d": 1.0, "e": 0.5}
    ranker = cascade(late, {"b": 0.1, "c": 0.9}, settle=2)
    ranker.score("how", [make_hit(text) for text in late])
    assert ranker._judge.asked == ["b", "c"]
    assert contested(np.array(list(late.values())), 5, 1, 1.0).tolist() == []


def test_what_is_below_the_survivors_stays_there_unread(make_hit):
    late = {"a": 1.0, "b": 0.9, "c": 0.8}
    ranker = cascade(late, {"a": 0.0, "b": 0.2}, survivors=2)
    scores = ranker.score("how", [make_hit(text) for text in late])
    assert ranker._judge.asked == ["a", "b"]
    # a: 1 - .5; b: .9 - .3; c, unread: .8 - .5.
    assert scores == pytest.approx([0.5, 0.6, 0.3])


def test_without_its_cross_encoder_late_interaction_orders_and_says_so(make_hit):
    late = {"a": 0.1, "b": 0.2}
    judge = Fixed({}, Unavailable("out of memory"))
    cascade = CascadeReranker(Fixed(late), judge, survivors=10, settle=10, reach=1.0)
    ranked = cascade.rank("how", [make_hit(text) for text in late])
    assert ranked.scores == pytest.approx([0.1, 0.2])
    assert ranked.degraded == ("cross_encoder",)


def test_no_hits_are_no_scores():
    assert cascade({}, {}).score("how", []).shape == (0,)


def test_warming_warms_both_steps():
    ranker = cascade({}, {})
    ranker.warm()
    assert (ranker._first.warmed, ranker._judge.warmed) == (1, 1)


# Multiples of 1/16 are exact in single precision, so that no sum below is rounded.
EXACT = st.integers(-64, 64).map(lambda number: number / 16)


@given(
    st.lists(st.tuples(EXACT, st.integers(0, 16)), max_size=12),
    st.integers(1, 12),
    st.integers(1, 12),
    st.sampled_from([0.25, 1.0]),
)
def test_what_is_not_read_would_not_have_changed_the_order_that_counts(rows, first, settle, reach):
    late = np.array([score for score, _ in rows], dtype=np.float32)
    sure = np.array([share / 16 for _, share in rows], dtype=np.float32)
    head = np.argsort(-late, kind="stable")[:first]
    read = contested(late, first, settle, 2 * reach)
    assert set(read) <= set(head)
    partly = late.copy()
    partly[read] += np.float32(reach) * (2 * sure[read] - 1)
    wholly = late + np.float32(reach) * (2 * sure - 1)
    by_part, by_whole = (sorted(head.tolist(), key=lambda at, s=s: (-s[at], at)) for s in (partly, wholly))
    assert by_part[:settle] == by_whole[:settle]


@given(st.lists(EXACT, min_size=1, max_size=12), st.integers(1, 12), st.floats(0.1, 3))
def test_the_survivors_stay_above_the_rest_whatever_the_cross_encoder_says(late, survivors, reach):
    class All:
        def __init__(self, scores):
            self.scores = scores

        def score(self, question, hits):
            return np.array([self.scores] * len(hits) if np.isscalar(self.scores) else self.scores, dtype=np.float32)

    for sure in (0.0, 1.0):
        ranker = CascadeReranker(All(late), All(sure), survivors=survivors, settle=10, reach=reach)
        scores = ranker.score("", [None] * len(late))
        order = np.argsort(-np.array(late), kind="stable")
        head, tail = scores[order[:survivors]], scores[order[survivors:]]
        assert not len(tail) or head.min() >= tail.max() - 1e-5

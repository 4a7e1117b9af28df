from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rerank.holding import Bags, idf

NAMES = st.lists(st.integers(-5, 5), max_size=8)


@given(st.lists(NAMES, min_size=1, max_size=5), NAMES)
def test_each_text_is_asked_for_each_name(texts, wanted):
    bags = Bags.of([np.array(text, dtype=np.int64) for text in texts])
    expected = [[name in text for text in texts] for name in wanted]
    assert bags.holding(np.array(wanted, dtype=np.int64)).tolist() == expected


def test_idf_counts_the_texts_that_hold_a_name():
    holds = np.array([[True, True, False], [False, False, False]])
    assert idf(holds).tolist() == pytest.approx([log(1 + 1.5 / 2.5), log(1 + 3.5 / 0.5)])

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.token_codes import encode
from rerank.maxsim import TokenMatches, match_tokens, maxsim_columns


def plain_columns(matches):
    """Text by text and token by token, as the features are defined."""
    ends = np.cumsum(matches.lengths)
    spans = list(zip(ends - matches.lengths, ends, strict=True))
    seen = [sum(token in matches.held[start:end] for start, end in spans) for token in matches.asked]
    weights = np.array([np.log(1 + (len(spans) - n + 0.5) / (n + 0.5)) for n in seen])
    rare = np.argsort(-weights, kind="stable")[: max(1, len(weights) // 3)]
    rows = []
    for start, end in spans:
        cosines = matches.cosines[:, start:end]
        if 0 in cosines.shape:
            rows.append([0.0] * 5)
            continue
        best = cosines.max(axis=1)
        windows = [cosines[:, at : at + 48].max(axis=1) for at in range(0, max(1, end - start - 24), 24)]
        near = max(np.average(window, weights=weights) for window in windows)
        back = cosines.max(axis=0).mean()
        rows.append([best.mean(), np.average(best, weights=weights), best[rare].mean(), near, back])
    return np.array(rows).T


@given(
    st.lists(st.sampled_from([0, 1, 5, 23, 24, 25, 48, 49, 72, 130]), min_size=1, max_size=6),
    st.integers(0, 7),
    st.integers(0, 2**32 - 1),
)
def test_all_texts_at_once_give_what_each_alone_would(lengths, tokens, seed):
    draw = np.random.default_rng(seed)
    matches = TokenMatches(
        asked=draw.integers(0, 12, tokens),
        held=draw.integers(0, 12, sum(lengths)),
        lengths=np.array(lengths),
        cosines=draw.uniform(-1, 1, (tokens, sum(lengths))).astype(np.float32),
    )
    assert np.allclose(np.array(maxsim_columns(matches)), plain_columns(matches), atol=1e-5)


def test_packed_tokens_are_matched_as_the_exact_ones_within_their_error(encoder):
    question, *texts = encoder.embed_tokens(["reset 路由器 ?", "the 路由器 ? here", "", "reset"])
    matches = match_tokens(question, [encode(text) for text in texts])
    assert matches.asked.tolist() == question.ids[question.known].tolist()
    assert matches.lengths.tolist() == [5, 0, 1]
    exact = question.vectors[question.known] @ np.concatenate([text.vectors[text.known] for text in texts]).T
    assert matches.cosines == pytest.approx(exact, abs=0.2)
    assert matches.cosines[exact == 1] == pytest.approx(1, abs=1e-3)

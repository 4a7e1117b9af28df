import numpy as np

from rerank.token_cache import RememberedTokens


def test_a_text_is_encoded_once(encoder):
    remembered = RememberedTokens(encoder, limit=10)
    first = remembered.embed_tokens(["reset router", "退款"])
    again = remembered.embed_tokens(["退款", "blue", "reset router"])
    assert encoder.calls == [["reset router", "退款"], ["blue"]]
    assert np.array_equal(again[2].vectors, first[0].vectors)
    assert np.array_equal(again[0].ids, first[1].ids)


def test_the_same_text_twice_in_one_call_is_encoded_once_and_answered_twice(encoder):
    found = RememberedTokens(encoder, limit=10).embed_tokens(["a b", "a b"])
    assert encoder.calls == [["a b"]]
    assert [len(tokens.ids) for tokens in found] == [2, 2]


def test_the_text_used_longest_ago_is_forgotten_first(encoder):
    remembered = RememberedTokens(encoder, limit=2)
    remembered.embed_tokens(["a"])
    remembered.embed_tokens(["b"])
    remembered.embed_tokens(["a"])
    remembered.embed_tokens(["c"])
    encoder.calls.clear()
    remembered.embed_tokens(["a", "c"])
    assert encoder.calls == []
    remembered.embed_tokens(["b"])
    assert encoder.calls == [["b"]]


def test_more_texts_than_are_kept_are_all_answered(encoder):
    found = RememberedTokens(encoder, limit=1).embed_tokens(["a", "b c", "d"])
    assert [len(tokens.ids) for tokens in found] == [1, 2, 1]


def test_new_and_remembered_vectors_are_the_same_float32(encoder):
    remembered = RememberedTokens(encoder, limit=4)
    new, old = remembered.embed_tokens(["a"])[0], remembered.embed_tokens(["a"])[0]
    assert new.vectors.dtype == old.vectors.dtype == np.float32
    assert np.array_equal(new.vectors, old.vectors)

"""Vectors of questions, each text read once."""

import numpy as np
import pytest

from api import topic_board
from api.topic_board import QuestionVectors


@pytest.fixture
def read():
    return []


@pytest.fixture
def vectors(read):
    def embed(texts):
        read.extend(texts)
        return np.array([[float(len(text)), 1.0] for text in texts], np.float32)

    return QuestionVectors(embed)


def test_a_text_is_read_once_and_comes_back_in_its_place(vectors, read):
    assert vectors(["退款", "refund", "退款"])[:, 0].tolist() == [2.0, 6.0, 2.0]
    assert vectors(["sso", "退款"])[:, 0].tolist() == [3.0, 2.0]
    assert read == ["退款", "refund", "sso"]


def test_those_that_were_not_asked_for_longest_are_forgotten_first(vectors, read, monkeypatch):
    monkeypatch.setattr(topic_board, "_MOST_VECTORS", 2)
    for texts in (["a", "b"], ["a"], ["c"], ["a"], ["b"]):
        vectors(texts)
    assert read == ["a", "b", "c", "b"]

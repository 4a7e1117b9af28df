from collections.abc import Sequence

from fakes import FakeEmbedder

from core.text import count_tokens
from ingest.ingest_job import StoppableEmbedder
from ingest.token_count import counter_name, counter_of


def lengths(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


class Characters(FakeEmbedder):
    vocabulary = "characters"

    token_counter = staticmethod(lengths)


def test_an_embedder_that_tells_is_believed() -> None:
    assert counter_of(Characters())(["退款", "refund"]) == [2, 6]


def test_for_one_that_does_not_the_rule_counts() -> None:
    texts = ["退款三天。", "A refund takes three days."]
    assert counter_of(FakeEmbedder())(texts) == [count_tokens(text) for text in texts] == [5, 7]


def test_a_job_counts_as_its_embedder_does() -> None:
    assert counter_of(StoppableEmbedder(Characters(), None))(["退款", "refund"]) == [2, 6]
    assert counter_of(StoppableEmbedder(FakeEmbedder(), None))(["退款"]) == [2]


def test_passages_are_named_by_what_counted_them() -> None:
    assert counter_name(Characters()) == counter_name(StoppableEmbedder(Characters(), None)) == "characters"
    assert counter_name(FakeEmbedder()) == counter_name(StoppableEmbedder(FakeEmbedder(), None)) == "rule"

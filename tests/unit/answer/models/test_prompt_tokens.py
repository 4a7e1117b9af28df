"""Tokens by the model's own tokenizer, or an estimate that is rarely too low."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.models.token_count import counter_of, estimated_tokens, message_tokens
from core.errors import DependencyMissing, ModelRefused
from core.ports import Message

# Text, and its tokens by the vocabularies of GPT-4o, Qwen and DeepSeek.
MEASURED = [
    ("Annual plans can be refunded within 30 days of the payment.", (13, 14, 14)),
    ("电子发票在提交申请后两个工作日内开出。纸质专票每份收取快递费 15 元。", (29, 25, 24)),
    ("| Plan | Price | Storage |\n| --- | --- | --- |\n| Team | $12 | 2 TB |", (24, 25, 24)),
]


@pytest.mark.parametrize(("text", "counted"), MEASURED)
def test_the_estimate_is_above_what_tokenizers_count_and_not_far(text, counted):
    assert max(counted) <= estimated_tokens(text) <= 1.6 * max(counted)


def test_each_kind_of_text_has_its_weight():
    # 2 words (2.1), one of them longer than six letters (0.3), 3 characters (3.3), 2 digits (2), 2 signs (1.8): 9.5.
    assert estimated_tokens("Refunds in 30 天内退。!") == 10


def test_nothing_costs_nothing_and_anything_costs_a_token():
    assert estimated_tokens("") == 0
    assert estimated_tokens(" ") == 1


@given(st.text(), st.text())
def test_more_text_never_costs_less(text, more):
    assert estimated_tokens(f"{text}\n{more}") >= estimated_tokens(text)


def test_every_message_costs_what_stands_around_it():
    messages = [Message(role="system", content="a"), Message(role="user", content="b c")]
    assert message_tokens(messages, lambda text: len(text.split())) == 1 + 2 + 2 * 6


def a_tokenizer(folder):
    """A tokenizer of three words, as a model's folder holds it."""
    model = {"type": "WordLevel", "vocab": {"refund": 0, "退款": 1, "?": 2}, "unk_token": "?"}
    document = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": model,
    }
    (folder / "tokenizer.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_a_models_own_tokenizer_counts_exactly(tmp_path):
    folder = a_tokenizer(tmp_path)
    for path in (folder, folder / "tokenizer.json"):
        assert counter_of(path)("refund 退款 whatever") == 3


def test_without_a_tokenizer_it_is_the_estimate():
    assert counter_of(None) is estimated_tokens


def test_a_tokenizer_that_is_not_there_or_is_none_is_told(tmp_path):
    with pytest.raises(DependencyMissing, match=r"tokenizer\.json"):
        counter_of(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelRefused, match="is no tokenizer"):
        counter_of(tmp_path)

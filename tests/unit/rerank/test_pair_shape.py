import json
from itertools import pairwise

import pytest
from small_rerankers import save_reranker

from core.errors import InvalidInput, ModelRefused
from rerank.pair_shape import read_pair_shape
from rerank.pair_windows import PairTokenizer

CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "model_type": "bert",
    "id2label": {"0": "LABEL_0"},
    "max_position_embeddings": 512,
    "num_attention_heads": 12,
    "hidden_size": 384,
    "type_vocab_size": 2,
    "pad_token_id": 0,
}


@pytest.fixture
def described(tmp_path):
    def write(tokenizer=None, prompts=None, **config):
        (tmp_path / "config.json").write_text(json.dumps(CONFIG | config))
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(tokenizer or {}))
        (tmp_path / "config_sentence_transformers.json").write_text(json.dumps(prompts or {}))
        return tmp_path

    return write


def test_a_limit_is_the_least_of_what_positions_and_tokenizer_say(described):
    assert read_pair_shape(described()).limit == 512
    assert read_pair_shape(described({"model_max_length": 256})).limit == 256
    # A tokenizer without a limit claims 1e30: then 512, though ModernBERT has 8,192 positions.
    assert read_pair_shape(described({"model_max_length": 10**30}, max_position_embeddings=8_192)).limit == 512
    assert read_pair_shape(described({"model_max_length": 8_192}, max_position_embeddings=8_192)).limit == 8_192


def test_positions_that_begin_behind_the_padding_mark_are_fewer(described):
    positions = {"max_position_embeddings": 514, "pad_token_id": 1, "type_vocab_size": 1}
    roberta = described({"model_max_length": 514}, model_type="xlm-roberta", **positions)
    assert read_pair_shape(roberta).limit == 512
    assert read_pair_shape(roberta).pad == 1
    assert not read_pair_shape(roberta).has_types


def test_the_setting_decides_the_limit_as_far_as_the_model_reads(described):
    assert read_pair_shape(described({"model_max_length": 128}), max_tokens=300).limit == 300
    with pytest.raises(InvalidInput, match=r"rerank\.max_tokens = 513, and .* reads 512 at most"):
        read_pair_shape(described(), max_tokens=513)


def test_the_models_own_instruction_is_taken_unless_the_setting_has_one(described):
    folder = described(prompts={"prompts": {"query": "Query: ", "docs": "问题："}, "default_prompt_name": "docs"})
    assert read_pair_shape(folder).instruction == "问题："
    assert read_pair_shape(folder, instruction="").instruction == ""
    assert read_pair_shape(described(prompts={"prompts": {"query": "Query: "}})).instruction == "Query: "
    assert read_pair_shape(described()).instruction == ""


@pytest.mark.parametrize("architectures", [["BertModel"], ["BertForMaskedLM"], [], None])
def test_what_is_no_classifier_is_refused_with_its_name(described, architectures):
    with pytest.raises(ModelRefused, match="a reranker's ends in ForSequenceClassification"):
        read_pair_shape(described(architectures=architectures))


def test_three_labels_are_refused(described):
    with pytest.raises(ModelRefused, match="3 labels; a reranker has 1 or 2"):
        read_pair_shape(described(id2label={"0": "no", "1": "yes", "2": "maybe"}))


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        ({}, True),
        ({"tokenizer_class": "BertTokenizer"}, True),
        ({"tokenizer_class": "PreTrainedTokenizerFast"}, False),
        ({"tokenizer_class": "PreTrainedTokenizerFast", "model_input_names": ["input_ids", "token_type_ids"]}, True),
        ({"tokenizer_class": "BertTokenizer", "model_input_names": ["input_ids"]}, False),
    ],
)
def test_types_are_told_where_the_models_own_tokenizer_gives_them(described, tokenizer, expected):
    assert read_pair_shape(described(tokenizer)).has_types is expected


def test_a_damaged_configuration_is_refused(described):
    folder = described()
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelRefused, match=r"config\.json is no JSON"):
        read_pair_shape(folder)


def test_every_token_of_a_long_passage_is_in_a_window_and_windows_overlap(tmp_path):
    folder = save_reranker(tmp_path)
    tokenizer = PairTokenizer(folder, read_pair_shape(folder))
    passage = ["router", "pay", "card", "退", "款"] * 20
    windows, owners = tokenizer.windows("how do i", [" ".join(passage), "the"])
    assert owners[-2:] == [0, 1]
    assert max(len(window.ids) for window in windows) == 32
    # Each begins with [CLS] how do i [SEP] and ends with [SEP]; 6 tokens stand in both of two neighbours.
    read = [window.ids[5:-1].tolist() for window in windows[:-1]]
    assert [left[-6:] == right[:6] for left, right in pairwise(read)] == [True] * (len(read) - 1)
    together = read[0] + [token for window in read[1:] for token in window[6:]]
    assert len(together) == 100
    assert windows[0].types.tolist() == [0] * 5 + [1] * 27


def test_a_question_longer_than_half_of_the_window_is_cut_and_logged(tmp_path, caplog):
    folder = save_reranker(tmp_path)
    windows, _ = PairTokenizer(folder, read_pair_shape(folder)).windows("reset " * 200, ["pay card"])
    assert (windows[0].ids == 8).sum() == 16
    assert "question of 200 tokens is cut to 16" in caplog.text

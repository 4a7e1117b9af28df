import json

import numpy as np
import pytest

from core.errors import ModelRefused
from retrieval.model_files import model_folder
from retrieval.window_encoder import Shape, pooled, read_shape


@pytest.fixture
def described(tmp_path):
    """The packaged model's descriptions without its weights, to be changed."""
    for path in model_folder("").rglob("*.json"):
        if path.stat().st_size < 10_000:
            copy = tmp_path / path.relative_to(model_folder(""))
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return tmp_path


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_pooling_is_the_mean_of_all_tokens_at_length_1():
    # The mean of (3, 0) and (3, 8) is (3, 4), of length 5.
    assert pooled(np.array([[3, 0], [3, 8]], dtype=np.float32)) == pytest.approx([0.6, 0.8])
    assert pooled(np.zeros((2, 2), dtype=np.float32)).tolist() == [0, 0]


def test_the_shape_comes_from_the_descriptions(described):
    assert read_shape(described) == Shape(heads=12, width=384, limit=256)


def test_without_a_limit_of_its_own_a_model_reads_what_positions_and_tokenizer_allow(described):
    change(described / "sentence_bert_config.json", max_seq_length=None)
    change(described / "tokenizer_config.json", model_max_length=500)
    assert read_shape(described).limit == 500
    change(described / "tokenizer_config.json", model_max_length=10**30)
    assert read_shape(described).limit == 512


@pytest.mark.parametrize("mode", ["mean", ["mean"]])
def test_the_newer_way_to_name_mean_pooling_is_understood(described, mode):
    (described / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": mode}))
    assert read_shape(described).width == 384


@pytest.mark.parametrize(
    ("file", "values", "reason"),
    [
        ("config.json", {"model_type": "t5"}, "model_type 't5'"),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True}, r"pooling \['cls', 'mean'\]"),
        ("config_sentence_transformers.json", {"prompts": {"query": "query: "}}, "prompts {'query': 'query: '}"),
        ("sentence_bert_config.json", {"do_lower_case": True}, "lower-casing"),
    ],
)
def test_what_would_be_read_differently_is_refused_with_its_value(described, file, values, reason):
    change(described / file, **values)
    with pytest.raises(ModelRefused, match=reason):
        read_shape(described)


def test_a_damaged_description_is_refused_with_its_path(described):
    (described / "config.json").write_text("{")
    with pytest.raises(ModelRefused, match=r"config\.json is no JSON"):
        read_shape(described)


def test_a_layer_after_pooling_is_refused(described):
    listing = described / "modules.json"
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    listing.write_text(json.dumps([*json.loads(listing.read_text()), dense]))
    with pytest.raises(ModelRefused, match="'Dense'"):
        read_shape(described)

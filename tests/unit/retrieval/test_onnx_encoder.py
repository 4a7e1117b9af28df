import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.errors import ModelRefused
from retrieval.embedder import SentenceEmbedder
from retrieval.engine_cache import exported_model
from retrieval.model_files import find_model, model_folder
from retrieval.onnx_encoder import OnnxEncoder, Shape, pooled, read_shape

TEXTS = ["Reset the router.", "退款需要七天。", "word " * 120, "How do I change the billing address?", ""]


@pytest.fixture(scope="module")
def encoder(int8_cache):
    files = find_model("")
    return OnnxEncoder(exported_model(files, files.digest(), int8_cache), files.folder)


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


@pytest.mark.slow
def test_a_text_has_the_same_vector_to_the_bit_whatever_stands_beside_it(encoder):
    together = encoder.vectors(TEXTS, query=False)
    alone = np.concatenate([encoder.vectors([text], query=True) for text in reversed(TEXTS)])[::-1]
    assert np.array_equal(together, alone)


@pytest.mark.slow
def test_token_vectors_are_the_same_to_the_bit_whatever_stands_beside_them(encoder):
    together = encoder.tokens(TEXTS)[1].vectors
    assert np.array_equal(together, encoder.tokens([TEXTS[1]])[0].vectors)


@pytest.mark.slow
def test_questions_from_many_threads_give_the_vectors_of_one(encoder):
    expected = encoder.vectors(TEXTS, query=True)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: encoder.vectors([text], query=True)[0], TEXTS * 4))
    assert np.array_equal(np.stack(found), np.concatenate([expected] * 4))


@pytest.mark.slow
def test_vectors_are_float32_rows_of_length_1_in_the_order_of_the_texts(encoder):
    vectors = encoder.vectors(TEXTS, query=False)
    assert (vectors.shape, vectors.dtype) == ((5, 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert encoder.vectors([], query=False).shape == (0, 384)


@pytest.mark.slow
def test_int8_reads_both_languages_nearly_as_float32_does(int8_cache):
    # .98: single texts fall to .984 against torch; a wrong pooling or quantisation per tensor falls below .95.
    int8, torch = (SentenceEmbedder(engine=engine, cache=int8_cache) for engine in ("onnx", "torch"))
    cosines = (int8.embed_passages(TEXTS[:4]) * torch.embed_passages(TEXTS[:4])).sum(axis=1)
    assert cosines.min() > 0.98


@pytest.mark.slow
def test_tokens_stand_between_the_model_s_own_marks(encoder):
    read = encoder.tokens(["reset it"])[0]
    # 101 is [CLS] and 102 [SEP] in BERT's English vocabulary.
    assert read.ids.tolist() == [101, 25141, 2009, 102]
    assert read.vectors.shape == (4, 384)


@pytest.mark.slow
def test_a_window_past_the_limit_is_cut_with_its_end_mark_kept(encoder):
    ids = encoder.tokens(["word " * 700])[0].ids
    assert (len(ids), ids[-1]) == (256, 102)
    assert encoder.window == 254


@pytest.mark.slow
def test_embedding_imports_neither_torch_nor_transformers_nor_onnx(int8_cache):
    code = (
        "import sys; from pathlib import Path; from retrieval.embedder import SentenceEmbedder;"
        "e = SentenceEmbedder(engine='onnx', cache=Path(sys.argv[1])); e.fingerprint;"
        "assert 'onnxruntime' not in sys.modules;"
        "e.embed_query('how?'), e.embed_passages(['a', 'b']), e.embed_tokens(['退款']), e.legibility('a');"
        "print({'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(int8_cache)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


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


def test_a_layer_after_pooling_is_refused(described):
    listing = described / "modules.json"
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    listing.write_text(json.dumps([*json.loads(listing.read_text()), dense]))
    with pytest.raises(ModelRefused, match="'Dense'"):
        read_shape(described)

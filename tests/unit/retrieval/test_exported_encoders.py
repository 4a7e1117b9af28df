import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from inference.export_cache import exported_model
from retrieval.embedder import SentenceEmbedder
from retrieval.model_files import find_model
from retrieval.onnx_encoder import OnnxEncoder
from retrieval.openvino_encoder import OpenVinoEncoder
from retrieval.recipes import BF16, INT8

TEXTS = ["Reset the router.", "退款需要七天。", "word " * 120, "How do I change the billing address?", ""]


@pytest.fixture(scope="module", params=[(OnnxEncoder, INT8), (OpenVinoEncoder, BF16)], ids=["int8", "bf16"])
def encoder(request, int8_cache):
    kind, recipe = request.param
    files = find_model("")
    return kind(exported_model(files, files.digest(), int8_cache, recipe), files.folder)


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
@pytest.mark.parametrize(("engine", "least"), [("onnx", 0.98), ("openvino", 0.999)])
def test_both_languages_are_read_nearly_as_in_float32(int8_cache, engine, least):
    # Single texts in int8 fall to .984 against torch; a wrong pooling or quantisation per tensor falls below .95.
    exported, torch = (SentenceEmbedder(engine=name, cache=int8_cache) for name in (engine, "torch"))
    cosines = (exported.embed_passages(TEXTS[:4]) * torch.embed_passages(TEXTS[:4])).sum(axis=1)
    assert cosines.min() > least


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
@pytest.mark.parametrize(("engine", "vendor"), [("onnx", "onnxruntime"), ("openvino", "openvino")])
def test_embedding_imports_neither_torch_nor_transformers_nor_onnx_and_connects_to_nothing(int8_cache, engine, vendor):
    code = (
        "import socket, sys; from pathlib import Path; from retrieval.embedder import SentenceEmbedder;"
        "socket.socket.connect = None;"
        "e = SentenceEmbedder(engine=sys.argv[2], cache=Path(sys.argv[1])); e.fingerprint;"
        "assert sys.argv[3] not in sys.modules;"
        "e.embed_query('how?'), e.embed_passages(['a', 'b']), e.embed_tokens(['退款']), e.legibility('a');"
        "print({'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(int8_cache), engine, vendor]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.slow
def test_the_packaged_model_is_faithful_in_both_languages(int8_cache):
    (manifest,) = int8_cache.glob("*-int8-1/manifest.json")
    assert json.loads(manifest.read_text())["fidelity"] >= 0.99

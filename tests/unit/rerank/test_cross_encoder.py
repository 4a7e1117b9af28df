import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidInput, ModelRefused
from rerank.cross_encoder import CrossEncoderReranker

_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"how do i reset router pay card the".split(), *"退款发票多久"]


@pytest.fixture(scope="module")
def save_model(tmp_path_factory):
    """A random BERT of a few kilobytes, saved as people save rerankers."""
    transformers = pytest.importorskip("transformers")
    import torch

    def save(*, labels: int = 1, positions: int = 32) -> Path:
        folder = tmp_path_factory.mktemp("model")
        (folder / "vocab.txt").write_text("\n".join(_WORDS), encoding="utf-8")
        tokenizer = transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=positions)
        tokenizer.save_pretrained(folder)
        torch.manual_seed(0)
        config = transformers.BertConfig(
            vocab_size=len(_WORDS),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=positions,
            num_labels=labels,
            initializer_range=0.8,
        )
        transformers.BertForSequenceClassification(config).save_pretrained(folder)
        return folder

    return save


@pytest.fixture(scope="module")
def folder(save_model):
    return save_model()


def test_scores_are_probabilities_in_the_order_of_the_hits(folder, make_hit):
    hits = [make_hit("reset the router"), make_hit("退款多久"), make_hit("pay card")]
    reranker = CrossEncoderReranker(str(folder), batch=2)
    scores = reranker.score("how do i reset", hits)
    assert scores.shape == (3,)
    assert scores.dtype == np.float32
    assert ((scores > 0) & (scores < 1)).all()
    assert len(set(scores.round(5).tolist())) == 3
    one_by_one = [reranker.score("how do i reset", [hit])[0] for hit in hits]
    assert scores == pytest.approx(one_by_one, abs=1e-5)


def test_one_label_is_read_through_the_sigmoid(folder, make_hit):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    inputs = AutoTokenizer.from_pretrained(folder)("how do i pay", "\npay card", return_tensors="pt")
    with torch.inference_mode():
        logit = model(**inputs).logits[0, 0].item()
    score = CrossEncoderReranker(str(folder)).score("how do i pay", [make_hit("pay card")])
    assert score == pytest.approx([1 / (1 + np.exp(-logit))], abs=1e-5)


def test_two_labels_give_the_share_of_the_second(save_model, make_hit):
    scores = CrossEncoderReranker(str(save_model(labels=2))).score("how", [make_hit("pay"), make_hit("退款")])
    assert ((scores > 0) & (scores < 1)).all()


def test_three_labels_are_refused(save_model, make_hit):
    with pytest.raises(ModelRefused, match="3 labels"):
        CrossEncoderReranker(str(save_model(labels=3))).score("how", [make_hit("pay")])


def test_the_end_of_a_long_passage_is_read(folder, make_hit):
    reranker = CrossEncoderReranker(str(folder))
    filler = " ".join(["the"] * 100)
    plain, ended = reranker.score("how", [make_hit(filler), make_hit(f"{filler} 退 款")])
    assert plain != ended


def test_the_best_window_of_a_long_passage_counts(folder, make_hit, monkeypatch):
    reranker = CrossEncoderReranker(str(folder))
    read = []
    monkeypatch.setattr(
        reranker, "_probabilities", lambda windows: read.extend(windows) or windows_scores[: len(windows)]
    )
    windows_scores = np.array([0.2, 0.9, 0.4, 0.3], dtype=np.float32)
    # 32 tokens hold "how", three marks and 28 of the passage, of which 14 overlap: 56 take three windows.
    scores = reranker.score("how", [make_hit(" ".join(["the"] * 56)), make_hit("pay")])
    assert len(read) == 4
    assert scores == pytest.approx([0.9, 0.3])


def test_a_question_longer_than_the_window_is_cut_and_logged(folder, make_hit, caplog):
    scores = CrossEncoderReranker(str(folder)).score(" ".join(["reset"] * 200), [make_hit("pay card")])
    assert scores.shape == (1,)
    assert "question of 200 tokens is cut to 16" in caplog.text


def test_no_hits_need_no_model(tmp_path):
    assert CrossEncoderReranker(str(tmp_path / "absent")).score("how", []).shape == (0,)


def test_pickled_weights_are_refused(folder, tmp_path, make_hit):
    for file in folder.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelRefused, match=r"pytorch_model\.bin, a pickle"):
        CrossEncoderReranker(str(tmp_path)).score("how", [make_hit("pay")])


def test_a_folder_without_tokenizer_is_refused(folder, tmp_path, make_hit):
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(ModelRefused, match=r"no tokenizer\.json"):
        CrossEncoderReranker(str(tmp_path)).score("how", [make_hit("pay")])


def test_a_models_own_code_is_never_run(folder, tmp_path, make_hit):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    own = {"AutoConfig": "own.Config", "AutoModelForSequenceClassification": "own.Model"}
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "own", "auto_map": own}))
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ModelRefused):
        CrossEncoderReranker(str(tmp_path)).score("how", [make_hit("pay")])
    assert not (tmp_path / "ran").exists()


def test_an_empty_name_is_refused_at_once():
    with pytest.raises(InvalidInput, match=r"needs rerank\.model"):
        CrossEncoderReranker("")


def test_importing_the_room_loads_no_vendor():
    code = (
        "import sys, rerank.cross_encoder, rerank.late_interaction, rerank.identity, rerank.fit;"
        "print({'torch', 'transformers', 'scipy', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

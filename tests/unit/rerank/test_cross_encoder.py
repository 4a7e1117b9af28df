import json
import subprocess
import sys

import numpy as np
import pytest
from small_rerankers import KINDS, save_reranker

from core.errors import DependencyMissing, InvalidInput, ModelRefused
from core.settings import RerankSettings
from rerank.calibration import Platt, save_calibration
from rerank.cross_encoder import CrossEncoderReranker


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    pytest.importorskip("transformers")
    return {kind: save_reranker(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.fixture(scope="module")
def folder(folders):
    return folders["bert"]


def reranker(folder, cache=None, **settings):
    return CrossEncoderReranker(RerankSettings(kind="cross_encoder", model=str(folder), **settings), cache)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_probabilities_in_the_order_of_the_hits(folders, make_hit, kind):
    hits = [make_hit("reset the router"), make_hit("退款多久"), make_hit("pay card")]
    scores = reranker(folders[kind], batch=2).score("how do i reset", hits)
    assert (scores.shape, scores.dtype) == ((3,), np.float32)
    assert ((scores > 0) & (scores < 1)).all()
    assert len(set(scores.round(5).tolist())) == 3
    one_by_one = [reranker(folders[kind]).score("how do i reset", [hit])[0] for hit in hits]
    assert scores == pytest.approx(one_by_one, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_one_label_is_read_as_log_odds_and_as_the_vendor_reads_it(folders, make_hit, kind):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folders[kind]).eval()
    inputs = AutoTokenizer.from_pretrained(folders[kind])("how do i pay", "\npay card", return_tensors="pt")
    with torch.inference_mode():
        logit = model(**inputs).logits[0, 0].item()
    score = reranker(folders[kind]).score("how do i pay", [make_hit("pay card")])
    assert score == pytest.approx([1 / (1 + np.exp(-logit))], abs=1e-5)


def test_two_labels_give_the_share_of_the_second(tmp_path, make_hit):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = save_reranker(tmp_path, labels=2)
    inputs = AutoTokenizer.from_pretrained(folder)("how", "\n退款", return_tensors="pt")
    with torch.inference_mode():
        logits = AutoModelForSequenceClassification.from_pretrained(folder).eval()(**inputs).logits
    expected = logits.softmax(dim=1)[0, 1].item()
    assert reranker(folder).score("how", [make_hit("退款")]) == pytest.approx([expected], abs=1e-5)


def test_the_end_of_a_long_passage_is_read(folder, make_hit):
    filler = " ".join(["the"] * 100)
    plain, ended = reranker(folder).score("how", [make_hit(filler), make_hit(f"{filler} 退 款")])
    assert plain != ended


def test_the_best_window_of_a_long_passage_counts(folder, monkeypatch):
    scorer = reranker(folder)
    engine, _ = scorer._ready()
    # 32 tokens hold "how", three marks and 28 of the passage, of which 6 overlap: 56 take three windows.
    said = np.array([[-1.0], [2.0], [0.5], [-3.0]], dtype=np.float32)
    monkeypatch.setattr(type(engine), "logits", lambda self, windows: said[: len(windows)])
    assert scorer.log_odds("how", [" ".join(["the"] * 56), "pay"]).tolist() == [2.0, -3.0]


def test_the_instruction_stands_before_the_question(folder, make_hit):
    hits = [make_hit("pay card")]
    told = reranker(folder, instruction="how do ").score("i pay", hits)
    assert told == pytest.approx(reranker(folder).score("how do i pay", hits))
    assert told != pytest.approx(reranker(folder).score("i pay", hits))


def test_a_fitted_calibration_of_the_model_is_applied(folder, tmp_path, make_hit):
    plain = reranker(folder, engine="torch")
    raw = plain.log_odds("how", ["\npay"])[0]
    save_calibration(tmp_path, plain.digest, Platt(slope=2.0, intercept=-1.0), {})
    found = reranker(folder, tmp_path, engine="torch").score("how", [make_hit("pay")])
    assert found == pytest.approx([1 / (1 + np.exp(1 - 2 * raw))], abs=1e-5)


def test_no_hits_need_no_model(tmp_path):
    assert reranker(tmp_path / "absent").score("how", []).shape == (0,)


def test_cuda_by_setting_is_refused_where_there_is_none(folder, monkeypatch):
    monkeypatch.setattr("rerank.pair_engine.cuda_usable", lambda: False)
    with pytest.raises(DependencyMissing, match=r"rerank\.device = 'cuda'"):
        reranker(folder, device="cuda").warm()


def copied(folder, target, *, without=()):
    for file in folder.iterdir():
        if file.name not in without:
            (target / file.name).write_bytes(file.read_bytes())
    return target


def test_pickled_weights_are_refused(folder, tmp_path):
    copied(folder, tmp_path, without=["model.safetensors"])
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelRefused, match=r"pytorch_model\.bin is a pickle"):
        reranker(tmp_path).warm()


def test_a_folder_without_tokenizer_is_refused(folder, tmp_path):
    copied(folder, tmp_path, without=["tokenizer.json"])
    with pytest.raises(ModelRefused, match=r"no tokenizer\.json"):
        reranker(tmp_path).warm()


def test_a_damaged_tokenizer_is_refused(folder, tmp_path):
    (copied(folder, tmp_path) / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelRefused, match=r"tokenizer\.json does not load as a tokenizer"):
        reranker(tmp_path).warm()


def test_weights_that_are_no_numbers_are_refused(folder, tmp_path):
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights["classifier.weight"][0, 0] = np.nan
    save_file(weights, copied(folder, tmp_path) / "model.safetensors")
    with pytest.raises(ModelRefused, match=r"'classifier\.weight' holds NaN"):
        reranker(tmp_path).warm()


def test_a_file_that_is_not_what_the_manifest_says_is_refused_with_both_hashes(folder, tmp_path):
    manifest = {"files": {"model.safetensors": "0" * 64}}
    (copied(folder, tmp_path) / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelRefused, match=r"model\.safetensors has sha256 [0-9a-f]{64}, expected 0{64}"):
        reranker(tmp_path).warm()


def test_an_encoder_without_a_head_is_refused_and_given_no_random_one(folder, tmp_path):
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    kept = {name: each for name, each in weights.items() if not name.startswith("classifier")}
    save_file(kept, copied(folder, tmp_path) / "model.safetensors")
    with pytest.raises(ModelRefused, match=r"no weights for 'classifier\.bias' and 1 more"):
        reranker(tmp_path).warm()


def test_a_models_own_code_is_never_run(folder, tmp_path):
    config = json.loads((copied(folder, tmp_path) / "config.json").read_text())
    own = {"AutoConfig": "own.Config", "AutoModelForSequenceClassification": "own.Model"}
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "own", "auto_map": own}))
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ModelRefused, match="does not load as a cross-encoder"):
        reranker(tmp_path).warm()
    assert not (tmp_path / "ran").exists()


def test_an_empty_name_is_refused_at_once():
    with pytest.raises(InvalidInput, match=r"'cascade' needs rerank\.model"):
        CrossEncoderReranker(RerankSettings(kind="cascade"))


def test_importing_the_room_loads_no_vendor():
    code = (
        "import sys, rerank.cross_encoder, rerank.cascade, rerank.late_interaction, rerank.identity, rerank.fit;"
        "import rerank.pair_exported, rerank.pair_torch;"
        "print({'torch', 'transformers', 'scipy', 'sentence_transformers', 'tokenizers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

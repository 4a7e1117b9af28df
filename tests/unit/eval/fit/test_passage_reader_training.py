import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ranked_sentences import evidence_of
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from answer.sentences.passage_reader import PassageReader
from answer.sentences.reader_model import WINDOW, LastLayer, read_heads, reader_files, save_trained
from answer.sentences.sentences import sentences_of
from core.errors import ModelRefused
from core.types import Span
from eval.fit.lessons import Asked, Lessons, Passage, Twin, digest, read_lessons, read_twins
from eval.fit.near_passages import with_others
from eval.fit.passage_reader import Course, Plan, loss_of, read, train
from eval.fit.reader_items import Item, Items
from eval.fit.reader_network import ReaderNetwork
from retrieval.engine_torch import TorchEngine
from retrieval.model_files import find_model
from retrieval.token_counter import load_tokenizer

ROOT = Path(__file__).parents[4]
PUBLIC = "Routers are returned within 30 days. Keep the box.\n| Part | Price |\n| Fan v2. | $9 |"


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".gz":
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.write(text)
    else:
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def lessons(tmp_path) -> Lessons:
    write(tmp_path / "pairs" / "shop" / "pairs.jsonl.gz", [{"query": "Returns", "positive": PUBLIC + " "}])
    start = PUBLIC.index("| Fan")
    known = {"source": "shop", "passage": digest(PUBLIC)}
    write(
        tmp_path / "own" / "questions.en.jsonl",
        [
            {"question": "Until when?", **known, "answers": [[0, 36]]},
            {"question": "What is a fan?", **known, "answers": [[start, len(PUBLIC)]]},
            {"question": "Who pays?", **known, "answers": []},
            {"question": "Gone?", "source": "shop", "passage": "0" * 16, "answers": []},
        ],
    )
    write(tmp_path / "own" / "passages.en.jsonl", [])
    write(
        tmp_path / "own" / "questions.zh.jsonl",
        [{"question": "多久到账？", "passage": "zh-1", "answers": [[6, 13]]}],
    )
    write(
        tmp_path / "own" / "passages.zh.jsonl",
        [{"id": "zh-1", "title": "退款", "lines": ["先提交申请", "三天内到账。"]}],
    )
    return read_lessons(tmp_path / "own", tmp_path / "pairs")


def test_questions_find_their_passages_by_digest_and_by_name(lessons):
    assert [each.question for each in lessons.asked] == ["Until when?", "What is a fan?", "Who pays?", "多久到账？"]
    passage = lessons.passages[lessons.asked[0].passage]
    assert passage.sentences == (
        "Routers are returned within 30 days.",
        "Keep the box.",
        "| Part | Price |",
        "| Fan v2. | $9 |",
    )
    assert [sorted(each.answering) for each in lessons.asked] == [[0], [3], [], [1]]
    assert lessons.passages["zh-1"].sentences == ("先提交申请", "三天内到账。")


def test_the_committed_questions_without_public_passages_are_the_projects_own(tmp_path):
    own = read_lessons(ROOT / "data" / "train", tmp_path)
    assert len(own.passages) == 480
    assert {each.passage.partition("-")[0][:2] for each in own.asked} == {"en", "zh"}
    near_misses = sum(not each.answering for each in own.asked)
    assert (len(own.asked), near_misses) == (2_400, 960)


def test_a_twin_keeps_right_and_wrong_passages_apart(tmp_path):
    for name in ("dstc9_faq_en", "medquad_en", "nq_oracle_qed_en"):
        row = {"query": f"{name}?", "positive": "Parking is free.", "negatives": ["Breakfast is extra. Until ten.", ""]}
        write(tmp_path / name / "pairs.jsonl.gz", [row])
    first, *_ = read_twins(tmp_path, 5)
    assert first.right == ("Parking is free.",)
    assert first.wrong[0] == ("Breakfast is extra.", "Until ten.")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """An encoder of a few kilobytes with random weights, as a folder."""
    from transformers import BertConfig, BertModel

    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *"is parking free breakfast until who pays".split(),
        *"先提交申请三天内到账多久退款",
    ]
    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    size = {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "hidden_dropout_prob": 0.0,
    }
    BertModel(BertConfig(vocab_size=len(words), **size)).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return folder, tokenizer


def taught_by(lessons):
    twin = Twin(question="Is parking free?", right=("Parking is free.",), wrong=(("Breakfast.",),))
    # The first passage by name is held out; the question of the other is learnt.
    return with_others(replace(lessons, asked=lessons.asked * 8, twins=(twin,) * 6))


def test_training_learns_which_sentence_answers_and_repeats_itself(lessons, tiny):
    folder, tokenizer = tiny
    items = Items(tokenizer)
    course = Course(taught_by(lessons), items)
    plan = Plan(epochs=60, seed=5, twins=0.5, rate=5e-3)

    def trained():
        torch.manual_seed(1)
        network = ReaderNetwork(folder)
        return network, [*train(course, network, plan)]

    network, figures = trained()
    again, same = trained()
    assert figures == same
    assert all(np.array_equal(value, again.layers()[name]) for name, value in network.layers().items())
    assert {"questions", "auroc", "first"} <= set(figures[-1])
    network.eval()
    (asked,) = {each for each in lessons.asked if each.passage == "zh-1"}
    with torch.inference_mode():
        (numbers,) = read(network, [items.asked(asked, lessons.passages)])
    nothing, wrong, right = numbers.tolist()
    assert right > wrong + 1
    assert right > nothing


def test_embeddings_stay_those_of_the_packaged_encoder(lessons, tiny):
    folder, tokenizer = tiny
    network = ReaderNetwork(folder)
    before = {name: value.clone() for name, value in network.encoder.embeddings.state_dict().items()}
    for _ in train(Course(taught_by(lessons), Items(tokenizer)), network, Plan(epochs=1, seed=1)):
        pass
    assert all(torch.equal(before[name], value) for name, value in network.encoder.embeddings.state_dict().items())
    assert all(name.startswith("encoder.layer.") for name in network.layers())


def test_any_right_sentence_will_do_and_a_near_miss_wants_nothing():
    numbers = [torch.tensor([0.0, 2.0, 1.0]), torch.tensor([0.0, 2.0, 1.0])]
    spans = (Span(0, 1), Span(1, 2))
    items = [Item((1, 2, 3), spans, frozenset({0, 1})), Item((1, 2, 3), spans, frozenset())]
    total = 1 + np.exp(2) + np.exp(1)
    expected = -(np.log((np.exp(2) + np.exp(1)) / total) + np.log(1 / total)) / 2
    assert float(loss_of(numbers, items)) == pytest.approx(expected, rel=1e-6)


def test_the_answer_path_computes_what_was_trained(lessons, tmp_path):
    parent = find_model("", tmp_path / "models")
    tokenizer = load_tokenizer(parent.folder / "tokenizer.json")
    torch.manual_seed(2)
    network = ReaderNetwork(parent.folder).eval()
    with torch.inference_mode():
        network.answers.weight.mul_(30)
        network.nothing.weight.mul_(30)
    document = {"title": "退款", "text": "先提交申请。\n三天内到账。"}
    passage = Passage(id="p", title="退款", sentences=("先提交申请。", "三天内到账。"))
    item = Items(tokenizer).asked(Asked(question="多久到账？", passage="p", answering=frozenset()), {"p": passage})
    with torch.inference_mode():
        (numbers,) = read(network, [item])
    save_trained(network.layers(), network.heads(), tmp_path / "reader")
    files = reader_files(parent, tmp_path / "models", shipped=tmp_path / "reader")
    engine = TorchEngine(files)
    reader = PassageReader(LastLayer(engine), tokenizer, read_heads(tmp_path / "reader"), window=WINDOW)
    rows = [row for one in evidence_of(document) for row in sentences_of(one)]
    found = reader.log_odds("多久到账？", rows)
    assert found == pytest.approx((numbers[1:] - numbers[0]).numpy(), abs=0.25)  # bfloat16 there, int8 rows here
    assert abs(float(numbers[1] - numbers[2])) > 1


def test_a_changed_file_of_the_reader_is_refused(tmp_path):
    network = ReaderNetwork(find_model("", tmp_path / "models").folder)
    save_trained(network.layers(), network.heads(), tmp_path / "reader")
    layers = tmp_path / "reader" / "layers.safetensors"
    layers.write_bytes(layers.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelRefused, match="reinstall citedesk"):
        reader_files(find_model("", tmp_path / "models"), tmp_path / "models", shipped=tmp_path / "reader")

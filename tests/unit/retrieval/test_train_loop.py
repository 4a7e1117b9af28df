import json

import numpy as np
import pytest
import torch
from torch import nn
from transformers import BertConfig, BertModel

from retrieval.train.distil import RowStudent, batches_by_length, matching_loss, padded, teaching_loss
from retrieval.train.loop import Judged, Lessons, Plan, dense_ndcg, encode, learning_rate, train_rows

OWN = 6  # rows of the tiny parent; 6 and 7 are new


def tiny():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=OWN, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=16, attn_implementation="eager",
    )  # fmt: skip
    body = BertModel(config, add_pooling_layer=False).eval()
    body.requires_grad_(False)
    return body


def student(rows):
    return RowStudent(tiny(), nn.Parameter(torch.from_numpy(rows.astype(np.float32))))


@pytest.fixture
def lessons():
    """Row 6 means English row 2, row 7 means row 3; the teacher is the same body reading those."""
    teacher = encode(student(np.zeros((2, 16))), [[1, 2, 3], [1, 3, 2], [1, 2], [1, 3]])
    sentences = [np.array(each, dtype=np.uint16) for each in ([1, 6, 7], [1, 7, 6], [1, 6], [1, 7])]
    wanted = teacher.astype(np.float16)
    judged = Judged(questions=[[1, 6], [1, 7]], passages=[[1, 2], [1, 3], [1, 4]], right=[0, 1])
    return Lessons(
        sentences=sentences, wanted=wanted, held=sentences, held_wanted=wanted, judged={"tiny": judged},
        pairs={"tiny": [([1, 6], [1, 2]), ([1, 7], [1, 3])]},
    )  # fmt: skip


def lines(work):
    return [json.loads(line) for line in (work / "metrics.jsonl").read_text().splitlines()]


def test_rows_move_towards_what_they_mean_and_the_body_stays(lessons, tmp_path):
    plan = Plan(steps=60, pairs_from=40, batch=2, workers=1, check_every=1, learning_rate=0.05)
    start = np.random.default_rng(0).normal(0, 0.05, (2, 16)).astype(np.float32)
    best = train_rows(tiny, start, lessons, plan, tmp_path)
    first, last = lines(tmp_path)[0], lines(tmp_path)[-1]
    assert last["cosine"] > first["cosine"]
    assert last["step"] == 60
    assert np.load(best).shape == (2, 16)
    assert not np.allclose(np.load(best), start)


def test_a_run_that_was_stopped_goes_on_where_it_was(lessons, tmp_path):
    start = np.zeros((2, 16), dtype=np.float32)
    train_rows(tiny, start, lessons, Plan(steps=4, workers=1, batch=2, check_every=2), tmp_path)
    train_rows(tiny, start, lessons, Plan(steps=8, workers=1, batch=2, check_every=2), tmp_path)
    assert [line["step"] for line in lines(tmp_path)] == [2, 4, 6, 8]


def test_english_tokens_get_no_gradient_and_unread_rows_do_not_move():
    reader = student(np.ones((2, 16)))
    reader(padded([[1, 6], [1, 2]])).sum().backward()
    assert reader.rows.weight.grad.coalesce().indices().unique().tolist() == [0]
    assert all(parameter.grad is None for parameter in reader.body.parameters())


def test_padding_does_not_change_a_vector():
    reader = student(np.ones((2, 16)))
    alone, beside = reader(padded([[1, 6]]))[0], reader(padded([[1, 6], [1, 2, 3, 4, 5]]))[0]
    assert torch.cosine_similarity(alone, beside, dim=0).item() == pytest.approx(1, abs=1e-3)


def test_losses_are_small_where_all_is_right():
    right = torch.eye(3)
    assert teaching_loss(right, right).item() == pytest.approx(0, abs=1e-3)
    assert teaching_loss(right, right.roll(1, 0)).item() > 1
    # exp(20) against two of exp(0)
    assert matching_loss(right, right).item() == pytest.approx(2 * np.exp(-20), abs=1e-6)


def test_ndcg_of_a_first_and_a_third_rank(monkeypatch):
    vectors = {1: [1, 0], 2: [0.9, 0.1], 3: [0.8, 0.2], 4: [0, 1]}
    monkeypatch.setattr(
        "retrieval.train.loop.encode", lambda _, each: np.array([vectors[ids[0]] for ids in each], dtype=np.float32)
    )
    judged = Judged(questions=[[1], [1]], passages=[[1], [2], [3]], right=[0, 2])
    assert dense_ndcg(None, judged) == pytest.approx((1 + 0.5) / 2)


def test_batches_hold_every_sentence_once_and_like_lengths_together():
    lengths = [5, 1, 9, 1, 5, 9]
    batches = list(batches_by_length(lengths, 2, np.random.default_rng(0)))
    assert sorted(at for batch in batches for at in batch) == [0, 1, 2, 3, 4, 5]
    assert sorted({lengths[at] for at in batch} for batch in batches) == [{1}, {5}, {9}]


def test_the_learning_rate_warms_up_and_falls():
    plan = Plan(steps=1000, learning_rate=1.0)
    rates = [learning_rate(step, plan) for step in (0, 99, 500, 1000)]
    assert rates == pytest.approx([0.01, 0.976, 0.51, 0.02], abs=2e-3)

import gzip
import json

import numpy as np
import pytest

from core.errors import InvalidInput
from core.token_codes import encode
from eval.fit import reranker as fit_reranker
from eval.fit.lessons import digest
from eval.fit.reranker import Preparation, cross_validate, fit_language
from eval.fit.reranker_sets import Written, read_pairs, read_written
from rerank.features import FEATURES
from rerank.late_interaction import load_weights

_SUBJECTS = ["router", "refund", "invoice", "login", "backup", "退款", "发票", "备份"]


class PlainEncoder:
    """Each word is a direction, drawn from its own letters; a text is the sum of its words."""

    fingerprint = "plain"

    def __init__(self, words):
        self._words = words

    def embed_passages(self, texts):
        rows = np.stack([self._words.embed_tokens([text])[0].vectors.sum(axis=0) + 1e-3 for text in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def embed_query(self, text):
        return self.embed_passages([text])[0]

    def encode_passages(self, texts):
        return self.embed_passages(texts), [encode(tokens) for tokens in self.embed_tokens(texts)]

    def embed_tokens(self, texts):
        return self._words.embed_tokens(texts)

    def legibility(self, text):
        return 1.0


def write_pairs(folder, *, extra=()):
    folder.mkdir(parents=True)
    rows = [
        {"query": f"fix {subject}", "positive": f"{subject} works so", "negatives": [f"{subject} is old"], "lang": "en"}
        for subject in _SUBJECTS
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in (*rows, *extra))
    (folder / "pairs.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return folder


def write_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def test_a_sample_holds_its_questions_passages_and_enough_others(tmp_path):
    sample = read_pairs(write_pairs(tmp_path / "a"), questions=3, passages=10, seed=1)
    assert sample.name == "a"
    assert len(sample.queries) == len(sample.qrels) == 3
    assert len(sample.documents) == 10
    texts = {document.id: document.text for document in sample.documents}
    for query in sample.queries:
        (relevant,) = sample.qrels[query.id]
        assert texts[relevant] == f"{query.text.removeprefix('fix ')} works so"


def test_the_seed_decides_the_sample(tmp_path):
    folder = write_pairs(tmp_path / "a")
    first, again, other = (read_pairs(folder, questions=4, passages=8, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.queries != other.queries


def test_pairs_across_languages_are_left_out(tmp_path):
    across = {"query": "refund", "positive": "退款流程", "negatives": [], "lang": "en>zh"}
    sample = read_pairs(write_pairs(tmp_path / "a", extra=[across]), questions=99, passages=99, seed=1)
    assert "refund" not in {query.text for query in sample.queries}


def test_all_positives_of_a_question_are_relevant(tmp_path):
    second = {"query": "fix router", "positive": "unplug it", "negatives": [], "lang": "en"}
    sample = read_pairs(write_pairs(tmp_path / "a", extra=[second]), questions=99, passages=99, seed=1)
    (asked,) = [query.id for query in sample.queries if query.text == "fix router"]
    assert len(sample.qrels[asked]) == 2


@pytest.mark.parametrize("kind", ["heading", "title"])
def test_headings_and_titles_are_no_questions_but_their_passages_are_there(tmp_path, kind):
    heading = {"query": "Next steps", "positive": "see the guide", "negatives": [], "lang": "en", "kind": kind}
    sample = read_pairs(write_pairs(tmp_path / "a", extra=[heading]), questions=99, passages=99, seed=1)
    assert "Next steps" not in {query.text for query in sample.queries}
    assert "see the guide" in {document.text for document in sample.documents}


def test_written_questions_find_their_passages_by_digest(tmp_path):
    written = [
        Written(question="多久退款？", passage=digest("退款 works so")),
        Written(question="Gone?", passage="0" * 16),
    ]
    sample = read_pairs(write_pairs(tmp_path / "a"), written, questions=2, passages=0, seed=1)
    texts = {document.id: document.text for document in sample.documents}
    answered = {query.text: [texts[passage] for passage in sample.qrels[query.id]] for query in sample.queries}
    assert answered.pop("多久退款？") == ["退款 works so"]
    assert len(answered) == 2
    assert "Gone?" not in answered


def test_only_questions_with_an_answer_in_a_public_passage_are_taken(tmp_path):
    known = {"source": "docs", "passage": "p1"}
    rows = [
        {"question": "Until when?", **known, "answers": [[0, 4]]},
        {"question": "Who pays?", **known, "answers": []},
        {"question": "Where?", "passage": "own-1", "answers": [[0, 4]]},
    ]
    write_lines(tmp_path / "questions.en.jsonl", rows)
    write_lines(tmp_path / "questions.zh.jsonl", [{"question": "多久？", **known, "answers": [[0, 2]]}])
    assert [each.question for each in read_written(tmp_path)["docs"]] == ["Until when?", "多久？"]
    assert set(read_written(tmp_path)) == {"docs"}


def test_pairs_of_ones_own_need_neither_packing_nor_language(tmp_path):
    write_lines(tmp_path / "own" / "pairs.jsonl", [{"query": "如何退款？", "positive": "在订单页申请退款。"}])
    sample = read_pairs(tmp_path / "own", questions=9, passages=9, seed=1)
    assert [query.text for query in sample.queries] == ["如何退款？"]
    assert [document.text for document in sample.documents] == ["在订单页申请退款。"]


@pytest.fixture
def prepared(tmp_path, encoder):
    preparation = Preparation(PlainEncoder(encoder), candidates=4)
    samples = [
        read_pairs(write_pairs(tmp_path / name), questions=6, passages=16, seed=seed)
        for seed, name in enumerate(("a", "b"))
    ]
    return [preparation.prepare(sample) for sample in samples]


def test_candidates_are_the_first_fused_hits_and_the_rest_keeps_its_place(prepared):
    weights, _ = fit_language(prepared)
    ranked = prepared[0].ranked[0]
    assert ranked.rows.shape == (4, len(FEATURES))
    fused, reranked = ([i for i, _ in run] for run in (ranked.runs["fusion"], ranked.reranked(weights)))
    assert set(reranked[:4]) == set(fused[:4])
    assert reranked[4:] == fused[4:]


def test_a_held_out_source_is_measured_by_weights_of_the_others(prepared, monkeypatch):
    seen = []

    def spy(lists, *, strength):
        seen.append({each.source for each in lists})
        return real(lists, strength=strength)

    real = fit_reranker.fit
    monkeypatch.setattr(fit_reranker, "fit", spy)
    validated = cross_validate(prepared, strength=0.1)
    assert seen == [{"b"}, {"a"}]
    assert set(validated.figures) == {"a", "b"}
    assert all(0 <= value <= 1 for row in validated.figures.values() for value in row.values())


def test_in_doubt_the_order_stays_near_the_first_stage(prepared, monkeypatch):
    means = {0.003: 0.7009, 0.01: 0.7010, 0.03: 0.7001, 0.1: 0.6999, 0.3: 0.5}

    def measured(_, *, strength):
        return fit_reranker.Validated(strength=strength, figures={"a": {"rerank": means[strength]}})

    monkeypatch.setattr(fit_reranker, "cross_validate", measured)
    assert fit_language(prepared)[1].strength == 0.03


@pytest.fixture
def command(tmp_path, encoder, monkeypatch):
    """The command over two small sources a language, without written questions."""
    monkeypatch.setattr(fit_reranker, "SOURCES", {"en": ("a", "b"), "zh": ("a", "b")})
    monkeypatch.setattr(fit_reranker, "SentenceEmbedder", lambda cache: PlainEncoder(encoder))
    for name in ("a", "b"):
        write_pairs(tmp_path / name)
    for language in ("en", "zh"):
        write_lines(tmp_path / "written" / f"questions.{language}.jsonl", [])
    out = tmp_path / "weights.json"

    def run(*more):
        places = ["--pairs", str(tmp_path), "--written", str(tmp_path / "written"), "--out", str(out)]
        fit_reranker.main([*places, "--questions", "5", "--passages", "12", *more])
        return json.loads(out.read_text())

    return run


def test_the_command_writes_weights_that_the_reranker_reads(tmp_path, command, capsys):
    stored = command()
    assert set(load_weights(tmp_path / "weights.json")) == {"en", "zh"}
    assert stored["languages"]["zh"]["questions"] == {"a": 5, "b": 5}
    assert stored["languages"]["zh"]["settings"]["seed"] == 42
    assert "fusion" in capsys.readouterr().out


def test_the_same_command_writes_the_same_weights(command):
    assert command() == command()


def test_a_language_that_is_not_fitted_keeps_its_weights(command):
    before = command()
    after = command("--languages", "zh", "--seed", "7")
    assert after["languages"]["en"] == before["languages"]["en"]
    assert after["languages"]["zh"]["settings"]["seed"] == 7


def test_a_language_to_keep_that_has_no_weights_is_refused(command):
    with pytest.raises(InvalidInput, match="no weights of \\['en'\\] to keep"):
        command("--languages", "zh")


def test_pairs_of_ones_own_join_their_language(tmp_path, command):
    rows = [
        {"query": f"如何修复{subject}？", "positive": f"{subject}：重新启动"} for subject in ("备份", "发票", "退款")
    ]
    write_lines(tmp_path / "mine" / "pairs.jsonl", rows)
    stored = command("--own", str(tmp_path / "mine"))
    assert stored["languages"]["zh"]["questions"]["mine"] == 3
    assert "mine" not in stored["languages"]["en"]["questions"]

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder

from answer.sentences.sentence_judge import SentenceJudge
from eval.fit.judge_data import Lessons, Twin, digest, read_lessons, read_twins
from eval.fit.sentence_judge import ReadTexts, texts_of, train, with_others

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
    assert lessons.passages["zh-1"].in_context(1) == "退款\n三天内到账。"


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


def test_training_learns_which_sentence_answers_and_repeats_itself(lessons):
    twin = Twin(question="Is parking free?", right=("Parking is free.",), wrong=(("Breakfast.",),))
    # The first passage by name is held out; the question of the other is learnt.
    taught = with_others(replace(lessons, asked=lessons.asked * 8, twins=(twin,) * 6))
    texts = ReadTexts(texts_of(taught), _Wide())
    once, again = (train(taught, texts, epochs=60, seed=5) for _ in range(2))
    assert all(np.array_equal(once.weights[name], again.weights[name]) for name in once.weights)
    assert {"questions", "auroc", "first", "maxsim_auroc", "maxsim_first"} == set(once.figures[-1])
    wrong, right = (texts.tokens(lessons.passages["zh-1"].in_context(place)) for place in (0, 1))
    odds = SentenceJudge(once.weights).log_odds(texts.tokens("多久到账？"), [wrong, right])
    assert odds[1] > odds[0] + 0.5


class _Wide(FakeEmbedder):
    """As wide as the network."""

    def embed_tokens(self, texts):
        found = super().embed_tokens(texts)
        wide = 384 - found[0].vectors.shape[1]
        return [replace(each, vectors=np.pad(each.vectors, ((0, 0), (0, wide)))) for each in found]

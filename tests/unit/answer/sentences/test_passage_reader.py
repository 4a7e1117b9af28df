"""Each sentence of a passage gets the mean of its own tokens' numbers, less the passage's for "nothing"."""

import numpy as np
import pytest
from ranked_sentences import evidence_of
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from answer.sentences.passage_reader import Heads, PassageReader
from answer.sentences.reader_model import PackagedReader
from answer.sentences.sentences import sentences_of
from retrieval.model_files import find_model

QUESTION = "what costs a fan"
HEADS = Heads(
    answers=np.array([1.0, 0.0], dtype=np.float32),
    answers_bias=0.5,
    nothing=np.array([0.0, 1.0], dtype=np.float32),
    nothing_bias=-0.25,
)


class Places:
    """Of token n the vector (n, 10 * n + 1): numbers tell where a mean was taken. Keeps what it read."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        self.windows = []

    def vectors_of(self, windows):
        self.windows += windows
        return [self._of(2 + len(self.tokenizer.encode(window, add_special_tokens=False).ids)) for window in windows]

    def _of(self, size):
        places = np.arange(size, dtype=np.float32)
        return np.stack([places, 10 * places + 1], axis=1)


@pytest.fixture(scope="module")
def tokenizer():
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "[SEP]": 1}, unk_token="[UNK]"))
    words.normalizer = normalizers.BertNormalizer()
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words.add_special_tokens(["[SEP]"])
    return words


def reader_of(tokenizer, window=512):
    places = Places(tokenizer)
    return PassageReader(places, tokenizer, HEADS, window=window), places


def candidates(*texts, **given):
    return [row for item in evidence_of(*({"text": text, **given} for text in texts)) for row in sentences_of(item)]


def test_a_sentence_has_the_mean_of_its_tokens_less_the_number_of_nothing(tokenizer):
    reader, places = reader_of(tokenizer)
    rows = candidates("A fan is blue. It costs nine.", title="Fans")
    found = reader.log_odds(QUESTION, rows)
    assert places.windows == ["what costs a fan[SEP]Fans[SEP]A fan is blue. It costs nine."]
    # [CLS], four words, [SEP], one word, [SEP]: the passage begins at token 8 with two sentences of 5 and 4 tokens.
    nothing = 1 - 0.25
    assert found.tolist() == pytest.approx([10 + 0.5 - nothing, 14.5 + 0.5 - nothing])


def test_passages_are_read_apart_and_their_headings_are_read_with_them(tokenizer):
    reader, places = reader_of(tokenizer)
    rows = candidates("# Prices\nA fan costs nine.", "风扇九元。", title="Manual")
    assert [row.text for row in rows] == ["A fan costs nine.", "风扇九元。"]
    found = reader.log_odds(QUESTION, rows)
    read = [window.rpartition("[SEP]")[2] for window in places.windows]
    assert read == ["# Prices\nA fan costs nine.", "风扇九元。"]
    assert found.tolist() == pytest.approx([8 + 2 + 2 + 0.5 - 0.75, 8 + 2 + 0.5 - 0.75])


def test_a_passage_longer_than_the_window_is_read_in_parts_and_no_sentence_is_left_out(tokenizer):
    reader, places = reader_of(tokenizer, window=24)
    text = " ".join(f"Sentence {n} has five words here." for n in range(9))
    rows = candidates(text, title="Fans")
    found = reader.log_odds(QUESTION, rows)
    parts = [window.rpartition("[SEP]")[2] for window in places.windows]
    assert " ".join(parts) == text
    # Two sentences of seven tokens fit beside eight tokens in front and one behind.
    assert [part.count("Sentence") for part in parts] == [2, 2, 2, 2, 1]
    assert found.tolist() == pytest.approx([11 - 0.25, 18 - 0.25] * 4 + [11 - 0.25])


def test_a_sentence_longer_than_the_window_is_read_as_far_as_it_goes(tokenizer):
    reader, places = reader_of(tokenizer, window=24)
    rows = candidates("Short one. " + "word " * 200 + "end. Last one.", title="Fans")
    found = reader.log_odds(QUESTION, rows)
    assert len(found) == len(rows) > 1
    assert np.isfinite(found).all()
    assert all(len(window.rpartition("[SEP]")[2]) > 0 for window in places.windows)


def test_a_long_question_and_a_long_heading_leave_room_for_the_passage(tokenizer):
    reader, places = reader_of(tokenizer)
    rows = candidates("A fan costs nine.", title=" ".join(["heading"] * 90))
    reader.log_odds(" ".join(["why"] * 900), rows)
    question, context, text = places.windows[0].split("[SEP]")
    assert (question.count("why"), context.count("heading"), text) == (64, 40, "A fan costs nine.")


def test_nothing_is_read_of_nothing(tokenizer):
    reader, places = reader_of(tokenizer)
    assert reader.log_odds(QUESTION, []).shape == (0,)
    assert places.windows == []


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (
            "How long do I have to send back a router I bought online?",
            "A router is returned in its original box with all cables. You may return it within 30 days of delivery.",
            1,
        ),
        (
            "网上买的路由器多少天内可以退货？",
            "路由器自签收之日起 30 天内可以退货。退回路由器时请使用原包装并附上所有线缆。",
            0,
        ),
    ],
)
def test_the_packaged_reader_tells_the_answer_from_its_neighbour_and_from_a_near_miss(
    model_cache, question, text, answer
):
    reader = PackagedReader(find_model("", model_cache), cache=model_cache)
    rows = candidates(text, title="Returns 退货")
    odds = reader.log_odds(question, rows)
    assert odds[answer] > odds[1 - answer] + 1
    beside = [row for row in rows if row is not rows[answer]]
    alone = candidates(beside[0].text, title="Returns 退货")
    assert odds[answer] > reader.log_odds(question, alone)[0] + 1

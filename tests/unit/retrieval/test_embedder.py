import shutil
import subprocess
import sys
import threading
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.token_codes import cosines, ids_of
from retrieval.embedder import SentenceEmbedder, split_windows
from retrieval.model_files import model_folder
from retrieval.onnx_encoder import OnnxEncoder


@pytest.fixture(scope="module", params=["onnx", "torch"])
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def embedder(engine, int8_cache):
    return SentenceEmbedder(engine=engine, cache=int8_cache)


@pytest.fixture
def reader():
    """For what needs the tokenizer only."""
    return SentenceEmbedder()


@cache
def packaged_tokenizer():
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(model_folder("") / "tokenizer.json"))
    found.no_truncation()
    found.no_padding()
    return found


@pytest.fixture
def tokenizer():
    return packaged_tokenizer()


@pytest.fixture
def copied(tmp_path):
    """The packaged model under another name, to be spoilt."""
    folder = tmp_path / "model"
    shutil.copytree(model_folder(""), folder)
    return folder


@pytest.mark.slow
def test_passages_become_float32_rows_of_length_1(embedder):
    vectors = embedder.embed_passages(["Reset the router.", "退款需要七天。", ""])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


@pytest.mark.slow
def test_no_passages_give_no_rows(embedder):
    assert embedder.embed_passages([]).shape == (0, 384)
    assert embedder.embed_tokens([]) == []


@pytest.mark.slow
def test_a_question_lies_nearest_to_the_passage_that_answers_it(embedder):
    passages = ["To change your password, open Settings.", "We ship within three days.", "Our office is in Oslo."]
    cosines = embedder.embed_passages(passages) @ embedder.embed_query("How do I set a new password?")
    assert cosines.argmax() == 0


@pytest.mark.slow
def test_the_batch_a_text_stands_in_does_not_change_its_vector(embedder):
    texts = ["short", "a somewhat longer text about refunds", "word " * 120]
    together = embedder.embed_passages(texts)
    alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)


@pytest.mark.slow
def test_the_end_of_a_long_text_reaches_its_vector(embedder):
    filler = "The weather report lists clouds. " * 80
    plain, ended = embedder.embed_passages([filler, f"{filler} Reset the router with a paper clip."])
    assert float(plain @ ended) < 0.999


@pytest.mark.slow
def test_token_vectors_leave_out_special_tokens_and_mark_unknown_ones(embedder):
    tokens = embedder.embed_tokens(["phone 𠮷"])[0]
    assert tokens.known.tolist() == [True, False]
    assert tokens.vectors.shape == (2, 384)
    assert tokens.vectors.dtype == np.float32
    assert np.linalg.norm(tokens.vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)


@pytest.mark.slow
def test_token_vectors_do_not_depend_on_the_neighbours_in_the_batch(embedder):
    together = embedder.embed_tokens(["reset it", "a much longer text about the router"])[0]
    alone = embedder.embed_tokens(["reset it"])[0]
    assert np.array_equal(together.ids, alone.ids)
    assert np.allclose(together.vectors, alone.vectors, atol=1e-5)


@pytest.mark.slow
def test_one_reading_gives_the_vector_and_the_token_vectors_that_two_would(embedder):
    texts = ["Reset the router.", "退款需要 seven days", "word " * 700, ""]
    vectors, codes = embedder.encode_passages(texts)
    assert np.allclose(vectors, embedder.embed_passages(texts), atol=1e-6)
    for found, tokens in zip(codes, embedder.embed_tokens(texts), strict=True):
        assert ids_of(found).tolist() == tokens.ids[tokens.known].tolist()
        cosines_with_itself = np.diag(cosines(tokens.vectors[tokens.known][:50], found)[:, :50])
        assert cosines_with_itself == pytest.approx(1, abs=2e-3)


@pytest.mark.slow
def test_no_passages_give_no_rows_and_no_codes(embedder):
    vectors, codes = embedder.encode_passages([])
    assert (vectors.shape, codes) == ((0, 384), [])


@pytest.mark.slow
def test_a_question_is_read_once_for_retrieval_and_reranking(int8_cache, monkeypatch):
    embedder = SentenceEmbedder(engine="onnx", cache=int8_cache)
    expected = embedder.embed_tokens(["How do I 重置 it?", "other"])
    vector = embedder.embed_query("How do I 重置 it?")
    assert np.array_equal(vector, embedder.embed_query("How do I 重置 it?"))
    read = []
    monkeypatch.setattr(OnnxEncoder, "tokens", lambda self, windows: read.append(list(windows)) or [])
    (again,) = embedder.embed_tokens(["How do I 重置 it?"])
    assert read == [[]]
    assert np.array_equal(again.ids, expected[0].ids)
    assert np.allclose(again.vectors, expected[0].vectors, atol=1e-6)
    assert again.known.tolist() == expected[0].known.tolist()


@pytest.mark.slow
def test_only_the_last_questions_are_remembered(int8_cache, monkeypatch):
    monkeypatch.setattr("retrieval.embedder._QUESTIONS", 16)
    embedder = SentenceEmbedder(engine="onnx", cache=int8_cache)
    for number in range(17):
        embedder.embed_query(f"question {number}")
    read = []
    real = OnnxEncoder.tokens
    monkeypatch.setattr(OnnxEncoder, "tokens", lambda self, windows: read.extend(windows) or real(self, windows))
    found = embedder.embed_tokens(["question 16", "question 0", "question 1"])
    assert read == ["question 0"]
    assert all(np.array_equal(tokens.ids[:1], found[0].ids[:1]) for tokens in found)


@pytest.mark.slow
def test_every_token_of_a_long_text_has_a_vector(embedder):
    tokens = embedder.embed_tokens(["word " * 700, ""])
    assert [len(each.ids) for each in tokens] == [700, 0]
    assert tokens[0].vectors.shape == (700, 384)


@pytest.mark.slow
def test_threads_share_one_model(embedder, engine, int8_cache):
    fresh, found = SentenceEmbedder(engine=engine, cache=int8_cache), {}

    def work(number):
        found[number] = fresh.embed_query("How do I reset the router?")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    expected = embedder.embed_query("How do I reset the router?")
    assert all(np.allclose(vector, expected, atol=1e-6) for vector in found.values())


def test_both_languages_are_legible_and_the_english_package_reads_one(reader):
    assert reader.legibility("How do I reset my password?") == 1.0
    assert reader.legibility("") == 1.0
    assert reader.legibility("  \n ") == 1.0
    assert reader.legibility("中国票贷") == reader.legibility("中國票貸") == 1.0
    # 0.5: of the four characters the English vocabulary holds 中 and 国, and neither 票 nor 贷.
    assert SentenceEmbedder("minilm-en").legibility("中国票贷") == 0.5


def test_the_packaged_model_has_a_constant_fingerprint(reader):
    assert reader.fingerprint == "a4785245d886c2dc23644b36df67952b/1"


@pytest.mark.slow
def test_vectors_of_different_arithmetic_have_different_fingerprints(int8_cache):
    int8 = SentenceEmbedder(engine="onnx", cache=int8_cache).fingerprint
    assert int8 == "a4785245d886c2dc23644b36df67952b/1/int8-1"
    assert SentenceEmbedder(engine="torch", cache=int8_cache).fingerprint == "a4785245d886c2dc23644b36df67952b/1"


@pytest.mark.slow
def test_special_tokens_written_out_in_a_text_are_left_out_like_the_model_s_own(embedder):
    assert len(embedder.embed_tokens(["reset [SEP] it"])[0].ids) == 2


def test_the_fingerprint_of_a_folder_follows_its_weights_and_not_its_place(copied, tmp_path):
    before = SentenceEmbedder(str(copied)).fingerprint
    moved = copied.rename(tmp_path / "elsewhere")
    assert SentenceEmbedder(str(moved)).fingerprint == before
    with (moved / "model.safetensors").open("r+b") as file:
        file.seek(-4, 2)
        file.write(b"\x01\x02\x03\x04")
    assert SentenceEmbedder(str(moved)).fingerprint != before


def test_tokens_are_counted_without_special_ones_and_add_up_over_sentences(reader):
    # hello, world, ##ly and the full stop; some pairs of Chinese characters are one.
    assert reader.token_counter(["Hello worldly.", "退款需要七天。", ""]) == [4, 5, 0]
    parts = ["Reset the router.", "退款需要七天。", "- Error E-1042: see support@example.com!"]
    assert sum(reader.token_counter(parts)) == reader.token_counter(["\n\n".join(parts)])[0]


def test_fingerprint_and_legibility_load_no_torch():
    code = (
        "import sys; from retrieval.embedder import SentenceEmbedder; e = SentenceEmbedder();"
        "e.fingerprint, e.legibility('how?'); print({'torch', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_windows_are_cut_where_words_start(tokenizer):
    # "unbelievability" is five word pieces: with the three words before it, eight.
    windows = split_windows("it is a unbelievability", tokenizer, 6)
    assert windows == ["it is a ", "unbelievability"]


def test_a_text_that_fits_is_one_window(tokenizer):
    assert split_windows("it is", tokenizer, 2) == ["it is"]
    assert split_windows("", tokenizer, 2) == [""]


def test_a_word_longer_than_a_window_is_cut(tokenizer):
    windows = split_windows("x1" * 40, tokenizer, 8)
    assert "".join(windows) == "x1" * 40
    assert len(windows) > 1


@given(st.text(alphabet="ab cd.é退款 \n", max_size=200), st.integers(4, 12))
def test_windows_put_together_are_the_text(text, size):
    assert "".join(split_windows(text, packaged_tokenizer(), size)) == text


@pytest.mark.slow
def test_a_question_that_was_read_lately_is_not_read_again(int8_cache, monkeypatch):
    embedder = SentenceEmbedder(engine="onnx", cache=int8_cache)
    first = embedder.embed_query("退款要多久？")
    monkeypatch.setattr(type(embedder), "_windows_of", lambda *_: pytest.fail("the question was read again"))

    assert embedder.embed_query("退款要多久？") is first

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from core.errors import ModelRefused
from retrieval.chinese_rows import compose, extended_tokenizer, read_vocabulary, save_rows
from retrieval.model_files import ENGLISH, find_model

VOCABULARY = [["码", "碼"], ["我"], ["的"], ["密码", "密碼"], ["发票", "發票"], ["发", "發", "髮"], ["票"], ["密"]]
FIRST = 30_522
PARENT = find_model(ENGLISH).folder
PARENT_TEXT = json.loads((PARENT / "tokenizer.json").read_text(encoding="utf-8"))


def tokenizer_of(content):
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


PLAIN = tokenizer_of(PARENT_TEXT)
EXTENDED = tokenizer_of(extended_tokenizer(PARENT_TEXT, VOCABULARY))


def pieces(text, tokenizer=EXTENDED):
    return tokenizer.encode(text, add_special_tokens=False)


def new_rows(text):
    return [token - FIRST for token in pieces(text).ids]


def test_the_longest_known_word_is_one_row_wherever_it_stands():
    assert new_rows("密码") == [3]
    assert new_rows("我的密码") == [1, 2, 3]
    assert new_rows("发票码") == [4, 0]


def test_traditional_spellings_share_the_row_of_the_simplified_one():
    assert new_rows("我的密碼") == new_rows("我的密码")
    assert new_rows("髮") == new_rows("发")


def test_an_unknown_character_is_unknown_alone():
    tokens = pieces("我龘的密码").tokens
    assert tokens == ["我", "[UNK]", "的", "##密码"]


def test_latin_words_inside_chinese_are_read_as_words():
    tokens = pieces("我的API密码").tokens
    assert tokens == ["我", "##的", "api", "密码"]


def test_a_very_long_run_of_characters_is_read_to_its_end():
    assert new_rows("我" * 250) == [1] * 250


def test_offsets_point_at_the_characters():
    encoding = pieces("Use 我的密码!")
    assert encoding.offsets == [(0, 3), (4, 5), (5, 6), (6, 8), (8, 9)]


def test_chinese_marks_share_the_rows_of_english_ones():
    assert pieces("，。？").ids == pieces(",.?", PLAIN).ids


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="，。、；：？！（）【】《》「」『』〈〉")))
def test_a_text_without_new_spellings_is_cut_exactly_as_before(text):
    text = "".join(character for character in text if not any(character in each for row in VOCABULARY for each in row))
    before, after = PLAIN.encode(text), EXTENDED.encode(text)
    assert (after.ids, after.offsets) == (before.ids, before.offsets)


def test_a_spelling_given_twice_is_refused(tmp_path):
    path = tmp_path / "vocabulary.tsv"
    path.write_text("我\n的\t我\n", encoding="utf-8")
    with pytest.raises(ModelRefused, match="'我' twice"):
        read_vocabulary(path)


@pytest.fixture
def small_parent(tmp_path):
    """A parent with a table of three rows of width two."""
    folder = tmp_path / "parent"
    folder.mkdir()
    tensors = {
        "embeddings.word_embeddings.weight": np.arange(6, dtype=np.float32).reshape(3, 2) / 7,
        "encoder.weight": np.array([0.1, 0.2], dtype=np.float32),
    }
    save_file(tensors, folder / "model.safetensors")
    (folder / "tokenizer.json").write_text(json.dumps({**PARENT_TEXT, "model": {"vocab": {"a": 0, "b": 1, ",": 2}}}))
    (folder / "config.json").write_text('{"vocab_size": 3}')
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    return folder


def test_composing_appends_rows_and_changes_no_other_bit(small_parent, tmp_path):
    rows = np.array([[1, 2], [3, 4]], dtype=np.float32)
    save_rows(rows, [["我"], ["码", "碼"]], tmp_path / "addition")
    compose(small_parent, tmp_path / "addition", tmp_path / "made")
    before, after = (load_file(folder / "model.safetensors") for folder in (small_parent, tmp_path / "made"))
    table = after["embeddings.word_embeddings.weight"]
    assert table[:3].tobytes() == before["embeddings.word_embeddings.weight"].tobytes()
    assert table[3:].tolist() == [[1, 2], [3, 4]]
    assert after["encoder.weight"].tobytes() == before["encoder.weight"].tobytes()
    assert json.loads((tmp_path / "made" / "config.json").read_text()) == {"vocab_size": 5}
    vocabulary = json.loads((tmp_path / "made" / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    assert vocabulary["碼"] == vocabulary["##码"] == 4
    assert vocabulary["，"] == 2


def test_rows_that_do_not_fit_the_vocabulary_are_refused_with_both_shapes(small_parent, tmp_path):
    save_rows(np.zeros((2, 5), dtype=np.float32), [["我"], ["码"]], tmp_path / "addition")
    with pytest.raises(ModelRefused, match=r"shape \(2, 5\).*need \(2, 2\)"):
        compose(small_parent, tmp_path / "addition", tmp_path / "made")


def test_a_missing_folder_of_rows_is_an_error(small_parent, tmp_path):
    with pytest.raises(FileNotFoundError):
        compose(small_parent, Path(tmp_path / "nowhere"), tmp_path / "made")

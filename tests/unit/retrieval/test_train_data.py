import gzip
import json

import pytest

from core.errors import InvalidInput
from retrieval.train import data
from retrieval.train.data import read_pairs, read_parallel, read_running_text, sentence_sources


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def sentence(english, chinese, source="a/b"):
    return {"en": english, "zh": chinese, "source": source, "licence": "MIT"}


def test_a_sentence_is_read_once_and_only_where_it_is_chinese(tmp_path):
    rows = [sentence("Reset it", "重置 它"), sentence("reset  it", "重置 它"), sentence("OK", "OK")]
    write(tmp_path / "parallel_en_zh" / "pairs.jsonl.gz", rows)
    (found,) = read_parallel(tmp_path, seed=1)
    assert (found.english, found.chinese, found.short) == ("Reset it", "重置 它", True)
    assert sentence_sources([found]) == [{"source": "a/b", "licence": "MIT", "sentences": 1}]


def test_a_source_that_repeats_itself_is_capped(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "_MOST_OF_ONE", {"long": 2})
    rows = [sentence(f"{source} {at}", f"第{at}行", source) for at in range(5) for source in ("long", "other")]
    write(tmp_path / "parallel_en_zh" / "pairs.jsonl.gz", rows)
    found = [pair.source for pair in read_parallel(tmp_path, seed=1)]
    assert (found.count("long"), found.count("other")) == (2, 5)


def test_the_order_depends_on_the_seed_alone(tmp_path):
    write(tmp_path / "parallel_en_zh" / "pairs.jsonl.gz", [sentence(f"Line {at}", f"第{at}行") for at in range(50)])
    assert read_parallel(tmp_path, seed=1) == read_parallel(tmp_path, seed=1)
    assert read_parallel(tmp_path, seed=1) != read_parallel(tmp_path, seed=2)


def test_pairs_with_an_english_question_are_left_out(tmp_path):
    rows = [{"query": "怎样退款？", "positive": "七天内。", "negatives": ["x"]}, {"query": "API", "positive": "接口"}]
    write(tmp_path / "docs_zh" / "pairs.jsonl.gz", rows)
    write(tmp_path / "docs_en" / "pairs.jsonl.gz", rows)
    (pair,) = read_pairs(tmp_path)["docs_zh"]
    assert (pair.query, pair.passage, pair.others) == ("怎样退款？", "七天内。", ("x",))


def test_running_text_is_a_text_a_line(tmp_path):
    (tmp_path / "parallel_en_zh").mkdir()
    (tmp_path / "parallel_en_zh" / "zh_text.txt.gz").write_bytes(gzip.compress("一。\n二。\n".encode()))
    assert read_running_text(tmp_path) == ["一。", "二。"]


def test_a_folder_without_the_files_is_named(tmp_path):
    with pytest.raises(InvalidInput, match=r"pairs\.jsonl\.gz cannot be read"):
        read_parallel(tmp_path, seed=1)
    with pytest.raises(InvalidInput, match="no set of Chinese pairs"):
        read_pairs(tmp_path)

"""Judged sets are read whole or refused with the file and the line."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound
from eval.sets.dataset import CorpusDocument, Query, load_dataset

JUDGED = Path(__file__).parents[4] / "data" / "judged"
DEV = Path(os.environ.get("CITEDESK_EVAL_SETS") or Path(__file__).parents[5] / "shared" / "data" / "dev")

WriteSet = Callable[..., Path]


def test_a_set_is_read_in_file_order_with_its_grades(write_set: WriteSet) -> None:
    dataset = load_dataset(write_set())
    assert dataset.name == "set"
    assert dataset.documents[0] == CorpusDocument(id="a", title="Refunds", text="Refunds take ten days.")
    assert dataset.queries == (Query(id="q1", text="How long is a refund?"), Query(id="q2", text="退款多久"))
    assert dataset.qrels == {"q1": {"a": 2}, "q2": {"b": 1}}
    assert dataset.unjudged == 0


@pytest.mark.parametrize(("name", "first"), [("tiny_en", "pair-printer"), ("tiny_zh", "绑定打印机")])
def test_the_shipped_tiny_sets_are_whole(name: str, first: str) -> None:
    dataset = load_dataset(JUDGED / name)
    assert (len(dataset.documents), len(dataset.queries), dataset.unjudged) == (24, 10, 0)
    assert dataset.documents[0].id == first
    assert sum(len(grades) for grades in dataset.qrels.values()) == 19


def test_the_two_tiny_sets_are_parallel() -> None:
    english, chinese = load_dataset(JUDGED / "tiny_en"), load_dataset(JUDGED / "tiny_zh")
    grades = [[list(qrels.values()) for qrels in dataset.qrels.values()] for dataset in (english, chinese)]
    assert grades[0] == grades[1]


def test_the_beir_place_of_the_judgements_is_read_too(write_set: WriteSet) -> None:
    folder = write_set()
    (folder / "qrels").mkdir()
    (folder / "qrels.tsv").rename(folder / "qrels" / "test.tsv")
    assert load_dataset(folder).qrels == {"q1": {"a": 2}, "q2": {"b": 1}}


def test_a_query_says_its_language_and_tags_or_its_language_is_guessed(write_set: WriteSet) -> None:
    queries = [
        {"_id": "q1", "text": "Drucker", "language": "de", "tags": ["printer", "硬件", "printer"], "answers": ["x"]},
        {"_id": "q2", "text": "退款多久", "language": None},
    ]
    first, second = load_dataset(write_set(queries=queries)).queries
    assert (first.language, first.tags) == ("de", ("printer", "硬件"))
    assert (second.language, second.tags) == ("zh", ())


def test_packed_files_are_read_and_give_the_same_set(write_set: WriteSet) -> None:
    folder = write_set()
    plain = load_dataset(folder)
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
        (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes()))
        (folder / name).unlink()
    assert load_dataset(folder) == plain


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: b"not packed"])
def test_a_damaged_packed_file_is_named(write_set: WriteSet, damage: Callable[[bytes], bytes]) -> None:
    folder = write_set()
    packed = gzip.compress((folder / "corpus.jsonl").read_bytes())
    (folder / "corpus.jsonl").unlink()
    (folder / "corpus.jsonl.gz").write_bytes(damage(packed))
    with pytest.raises(InvalidInput, match=r"corpus\.jsonl\.gz is no whole gzip file"):
        load_dataset(folder)


def test_numbers_as_ids_and_a_byte_order_mark_are_accepted(write_set: WriteSet) -> None:
    folder = write_set(
        corpus=['\ufeff{"_id": 7, "text": "Refunds"}'],
        queries=[{"_id": 1, "text": "refund"}],
        qrels="\ufeffquery-id\tcorpus-id\tscore\n1\t7\t1\n",
    )
    dataset = load_dataset(folder)
    assert dataset.documents == (CorpusDocument(id="7", title="", text="Refunds"),)
    assert dataset.qrels == {"1": {"7": 1}}


def test_queries_without_a_relevant_document_are_kept_out_and_counted(write_set: WriteSet) -> None:
    folder = write_set(
        queries=[{"_id": name, "text": name} for name in ("q1", "q2", "q3")],
        qrels="query-id\tcorpus-id\tscore\nq1\ta\t1\nq2\tb\t0\n",
    )
    dataset = load_dataset(folder)
    assert [query.id for query in dataset.queries] == ["q1"]
    assert list(dataset.qrels) == ["q1"]
    assert dataset.unjudged == 2


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(write_set: WriteSet, missing: str) -> None:
    folder = write_set()
    (folder / missing).unlink()
    with pytest.raises(NotFound, match=missing):
        load_dataset(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        load_dataset(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"corpus": ['{"_id": "a", "text": "x"}', '{"_id": "b", "te']}, r"corpus\.jsonl, line 2: Invalid JSON"),
        ({"corpus": [{"_id": "a"}]}, r"corpus\.jsonl, line 1: text: Field required"),
        ({"corpus": [{"_id": "a b", "text": "x"}]}, r"corpus\.jsonl, line 1: _id: "),
        ({"queries": [{"_id": "q1", "text": "  "}]}, r"queries\.jsonl, line 1: text: "),
        (
            {"corpus": [{"_id": "a", "text": "x"}, {"_id": "a", "text": "y"}]},
            r"line 2: id 'a' already stands",
        ),
        ({"corpus": []}, r"corpus\.jsonl: no documents"),
        ({"queries": []}, r"queries\.jsonl: no queries"),
        ({"queries": [{"_id": "q1", "text": "x", "tags": "printer"}]}, r"queries\.jsonl, line 1: tags: "),
        ({"queries": [{"_id": "q1", "text": "x", "language": ""}]}, r"queries\.jsonl, line 1: language: "),
        ({"qrels": "q1\ta\t1\n"}, r"qrels\.tsv, line 1: the header is 'q1"),
        ({"qrels": "query-id\tcorpus-id\tscore\nq1\ta\t0.5\n"}, r"qrels\.tsv, line 2: .* whole number"),
        ({"qrels": "query-id\tcorpus-id\tscore\nq1\ta\n"}, r"qrels\.tsv, line 2: "),
        ({"qrels": "query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\ta\t2\n"}, r"line 3: 'q1' and 'a' are 1 and 2"),
        ({"qrels": "query-id\tcorpus-id\tscore\nq1\ta\t0\n"}, r"no query has a relevant document"),
        (
            {"qrels": "query-id\tcorpus-id\tscore\nq1\tx\t1\nq2\ty\t1\n"},
            r"2 unknown documents.* \['x', 'y'\]",
        ),
        ({"qrels": "query-id\tcorpus-id\tscore\nnobody\ta\t1\n"}, r"1 unknown queries, among them \['nobody'\]"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(write_set: WriteSet, change: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        load_dataset(write_set(**change))


def test_a_corrected_judgement_changes_the_digest_but_not_that_of_the_corpus(write_set: WriteSet) -> None:
    folder = write_set()
    before = load_dataset(folder)
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta\t1\nq2\tb\t1\n", encoding="utf-8")
    after = load_dataset(folder)
    assert after.digest != before.digest
    assert after.corpus_digest == before.corpus_digest


def test_a_changed_document_changes_both_digests(write_set: WriteSet) -> None:
    folder = write_set()
    before = load_dataset(folder)
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"_id": "d", "text": "new"}) + "\n")
    after = load_dataset(folder)
    assert after.digest != before.digest
    assert after.corpus_digest != before.corpus_digest


@pytest.mark.skipif(not DEV.is_dir(), reason="the development sets are not beside this checkout")
@pytest.mark.parametrize(("name", "documents", "queries"), [("cranfield", 1_400, 225), ("support_faq_zh", 1_850, 249)])
def test_the_development_sets_are_read(name: str, documents: int, queries: int) -> None:
    dataset = load_dataset(DEV / name)
    assert (len(dataset.documents), len(dataset.queries) + dataset.unjudged) == (documents, queries)


def test_a_file_in_another_encoding_is_told_with_the_way_out(write_set: WriteSet) -> None:
    folder = write_set()
    (folder / "queries.jsonl").write_bytes('{"_id": "q1", "text": "退款多久到账？"}'.encode("gb18030"))
    with pytest.raises(InvalidInput, match=r"queries.jsonl, line 1: this is not UTF-8; convert the file"):
        load_dataset(folder)

"""What is kept of answers, and for how long."""

import threading
from dataclasses import replace

import pytest
from filter_home import FilterHome
from sqlalchemy import insert, select

from core.errors import NotFound, RecordError
from store.catalog import Catalog
from store.tables import indexes
from store.traces import TraceRow, Traces


def a_row(trace_id="t1", *, kb="kb", at=100.0, question="退款要多久？", status="answered"):
    return TraceRow(
        trace_id=trace_id, kb=kb, created_at=at, status=status, question=question, document={"stand_alone": question}
    )


@pytest.fixture
def traces(catalog):
    return Traces(catalog)


def kept(traces, kb=None):
    return [line.trace_id for line in traces.newest(kb, limit=100)]


def test_a_trace_comes_back_as_it_was_put(traces):
    row = replace(a_row(), document={"text": "退款\x00“x”", "scores": [0.1, None], "at": 1.5})
    traces.put([row])
    assert traces.get("t1") == row


def test_a_question_with_a_nul_is_listed_without_it_since_postgres_takes_none(traces):
    traces.put([a_row(question="退款\0要多久？")])
    assert [line.question for line in traces.newest(limit=1)] == ["退款要多久？"]


def test_an_unknown_trace_is_not_found(traces):
    with pytest.raises(NotFound, match=r"'nowhere'.*traces list"):
        traces.get("nowhere")


def test_the_list_is_newest_first_and_takes_one_knowledge_base_or_status(traces, catalog):
    catalog.ensure_kb("other")
    traces.put([a_row("old", at=1), a_row("new", at=3), a_row("there", kb="other", at=2, status="refused")])
    assert kept(traces) == ["new", "there", "old"]
    assert kept(traces, "kb") == ["new", "old"]
    assert [line.trace_id for line in traces.newest(limit=10, status="refused")] == ["there"]
    assert [line.trace_id for line in traces.newest(limit=1)] == ["new"]


def test_a_knowledge_base_that_is_deleted_takes_its_traces_along(traces, catalog):
    catalog.ensure_kb("other")
    traces.put([a_row("gone"), a_row("stays", kb="other")])
    catalog.delete_kb("kb")
    assert kept(traces) == ["stays"]


def test_a_trace_that_comes_after_its_knowledge_base_was_deleted_is_left_out(traces, catalog):
    catalog.delete_kb("kb")
    catalog.ensure_kb("other")
    traces.put([a_row("late"), a_row("fine", kb="other")])
    assert kept(traces) == ["fine"]


def test_writing_a_trace_again_changes_nothing(traces):
    traces.put([a_row()])
    traces.put([a_row(question="another")])
    assert traces.get("t1").question == "退款要多久？"


def test_sweeping_deletes_by_age(traces):
    traces.put([a_row("old", at=99.0), a_row("young", at=100.0)])
    assert traces.sweep(before=100.0, keep=10) == 1
    assert kept(traces) == ["young"]


def test_sweeping_keeps_the_newest_of_each_knowledge_base(traces, catalog):
    catalog.ensure_kb("other")
    traces.put([a_row(f"k{n}", at=n) for n in range(5)] + [a_row("o", kb="other", at=0)])
    assert traces.sweep(before=0.0, keep=2) == 3
    assert kept(traces) == ["k4", "k3", "o"]


def test_more_than_one_transaction_of_old_traces_goes_in_one_sweep(traces):
    traces.put([a_row(f"t{n:04}", at=n) for n in range(1_203)])
    assert traces.sweep(before=0.0, keep=1) == 1_202
    assert kept(traces) == ["t1202"]


def test_two_processes_write_and_sweep_at_once(traces, catalog, tmp_path):
    other = Catalog.open(tmp_path / "home")
    try:
        writers = [
            threading.Thread(
                target=lambda mine, name: [mine.put([a_row(f"{name}{n}", at=n)]) for n in range(20)], args=each
            )
            for each in ((traces, "a"), (Traces(other), "b"))
        ]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            traces.sweep(before=0.0, keep=1_000)
        assert len(kept(traces)) == 40
    finally:
        other.close()


def test_a_record_that_takes_nothing_says_so_without_repeating_what_was_asked(traces, catalog):
    with catalog.engine.connect() as connection:
        connection.exec_driver_sql("CREATE TRIGGER full BEFORE INSERT ON traces BEGIN SELECT RAISE(ABORT, 'full'); END")
        connection.commit()
    with pytest.raises(RecordError, match="full") as raised:
        traces.put([a_row(question="13812345678")])
    assert "138" not in str(raised.value)


def test_what_stands_now_names_the_edition_and_the_last_change(traces, put):
    assert (traces.standing("kb").edition, traces.standing("kb").change) == (None, 0)
    put("a.md", "one\n\ntwo")
    assert traces.standing("kb").change == 2
    assert traces.standing("gone").change == 0


def test_what_stands_now_names_the_newest_whole_index_of_each_arm(tmp_path):
    home = FilterHome(tmp_path)
    home.put("发票.md", "电子发票在两个工作日内开出。")
    home.indexes.catch_up("kb")
    whole = Traces(home.catalog).standing("kb")
    with home.catalog.writing() as connection:
        (first,) = connection.execute(select(indexes).where(indexes.c.arm == "lexical"))
        begun = {**first._mapping, "generation": "lexical-later", "complete": 0}
        connection.execute(insert(indexes).values(begun))

    assert set(whole.generations) == {"dense", "lexical"}
    assert Traces(home.catalog).standing("kb") == whole
    home.close()

"""What people thought of answers: one word of each author on each answer, kept with a copy of the trace."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from core.errors import InvalidInput, NotFound
from store.catalog import Catalog
from store.feedback import Answered, FeedbackRecord, Opinion, Rating, Reason, Wanted, feedback_id
from store.feedback_counts import Tally, count_feedback
from store.tables import feedback, feedback_documents
from store.traces import TraceRow, Traces

UP, DOWN = Opinion(rating=Rating.UP), Opinion(rating=Rating.DOWN, reason=Reason.OUTDATED)


def an_answer(trace_id="t1", *, kb="kb", prompt="answer.zh v2 (aa)", documents=None):
    return Answered(
        trace_id=trace_id,
        kb=kb,
        status="answered",
        language="zh",
        question="退款要多久？",
        prompt=prompt,
        documents={"d-1": "退款.md"} if documents is None else documents,
        trace={"trace_id": trace_id, "text": "三天“x”"},
    )


@pytest.fixture
def record(catalog):
    return FeedbackRecord(catalog)


def rows(catalog, table=feedback):
    with catalog.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def at(catalog, number, moment):
    with catalog.writing() as connection:
        connection.execute(update(feedback).where(feedback.c.id == number).values(updated_at=moment))


def test_feedback_comes_back_as_it_was_given(record):
    opinion = Opinion(
        rating=Rating.DOWN,
        reason=Reason.WRONG,
        comment="不对",
        corrected_answer="七天",
        missing_document=True,
    )
    kept, is_new = record.put(an_answer(), "小王", opinion)
    assert is_new
    assert kept.opinion == opinion
    assert record.get(kept.id) == kept
    assert (kept.kb, kept.trace_id, kept.status, kept.language) == ("kb", "t1", "answered", "zh")
    assert (kept.question, kept.prompt) == ("退款要多久？", "answer.zh v2 (aa)")
    assert kept.created_at == pytest.approx(kept.updated_at)
    assert record.trace(kept.id) == {"trace_id": "t1", "text": "三天“x”"}
    assert record.documents(kept.id) == {"d-1": "退款.md"}


def test_an_author_has_one_word_on_an_answer_and_the_last_holds(record, catalog):
    first, _ = record.put(an_answer(), "小王", UP)
    again, is_new = record.put(an_answer(), "小王", DOWN)
    assert not is_new
    assert (again.id, again.created_at, again.opinion) == (first.id, first.created_at, DOWN)
    assert rows(catalog) == rows(catalog, feedback_documents) == 1


def test_two_authors_and_two_answers_are_told_apart(record, catalog):
    record.put(an_answer(), "小王", UP)
    record.put(an_answer(), "Ann", DOWN)
    record.put(an_answer("t2"), "小王", UP)
    assert rows(catalog) == 3


@given(st.text(), st.text(), st.text(), st.text())
def test_two_pairs_of_trace_and_author_have_two_ids(trace, author, other_trace, other_author):
    trace, other_trace = (text.replace("\0", "") for text in (trace, other_trace))
    same = (trace, author) == (other_trace, other_author)
    assert (feedback_id(trace, author) == feedback_id(other_trace, other_author)) == same


def test_who_said_it_is_kept_as_a_digest_only(record, catalog):
    kept, _ = record.put(an_answer(), "wang@example.com", UP)
    with catalog.engine.connect() as connection:
        row = connection.execute(select(feedback)).one()
    assert not any("wang" in str(value) for value in row if not isinstance(value, bytes))
    assert kept.author == record.put(an_answer("t2"), "wang@example.com", UP)[0].author
    assert kept.author != record.put(an_answer("t2"), "li@example.com", UP)[0].author


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"comment": "  ", "corrected_answer": "\n"},
        {"reason": Reason.WRONG},
        {"rating": Rating.UP, "reason": Reason.WRONG},
    ],
)
def test_an_opinion_that_says_nothing_or_contradicts_itself_is_refused(said):
    with pytest.raises(InvalidInput):
        Opinion(**said)


def test_feedback_outlives_its_trace_and_dies_with_its_knowledge_base(record, catalog):
    Traces(catalog).put(
        [TraceRow(trace_id="t1", kb="kb", created_at=1.0, status="answered", question="?", document={})]
    )
    kept, _ = record.put(an_answer(), "小王", UP)
    assert Traces(catalog).sweep(before=2.0, keep=10) == 1
    assert record.trace(kept.id)["text"] == "三天“x”"
    catalog.delete_kb("kb")
    assert rows(catalog) == rows(catalog, feedback_documents) == 0


def test_another_process_sees_it(record, tmp_path, catalog):
    kept, _ = record.put(an_answer(), "小王", UP)
    other = Catalog.open(tmp_path / "home")
    assert FeedbackRecord(other).get(kept.id) == kept
    other.close()


def test_the_list_is_newest_first_and_goes_on_behind_the_last(record, catalog):
    ids = [record.put(an_answer(f"t{n}"), "小王", UP)[0].id for n in range(5)]
    for number, moment in zip(ids, (10.0, 30.0, 20.0, 20.0, 40.0), strict=True):
        at(catalog, number, moment)
    wanted = Wanted(kbs=["kb"])
    same = sorted(ids[2:4], reverse=True)
    first = record.page(wanted, limit=3)
    assert [each.id for each in first] == [ids[4], ids[1], same[0]]
    rest = record.page(wanted, limit=3, before=(first[-1].updated_at, first[-1].id))
    assert [each.id for each in rest] == [same[1], ids[0]]


def test_the_list_takes_what_is_asked_for_only(record, catalog):
    catalog.ensure_kb("other")
    up, _ = record.put(an_answer("t1"), "a", UP)
    down, _ = record.put(an_answer("t2"), "a", DOWN)
    lacking, _ = record.put(an_answer("t3"), "a", Opinion(missing_document=True))
    better, _ = record.put(an_answer("t4"), "a", replace(UP, corrected_answer="七天"))
    there, _ = record.put(an_answer("t5", kb="other"), "a", UP)

    def found(**wanted):
        return {each.id for each in record.page(Wanted(**{"kbs": ["kb"], **wanted}), limit=10)}

    assert found() == {up.id, down.id, lacking.id, better.id}
    assert found(kbs=["kb", "other"], rating=Rating.UP) == {up.id, better.id, there.id}
    assert found(reason=Reason.OUTDATED) == {down.id}
    assert found(missing_document=True) == {lacking.id}
    assert found(corrected=True) == {better.id}
    assert found(corrected=False, rating=Rating.UP) == {up.id}
    assert found(kbs=[]) == found(since=up.updated_at + 3600) == set()


def test_what_was_deleted_is_gone(record, catalog):
    kept, _ = record.put(an_answer(), "小王", UP)
    record.delete(kept.id)
    assert rows(catalog) == rows(catalog, feedback_documents) == 0
    for call in (record.get, record.trace, record.delete):
        with pytest.raises(NotFound, match=kept.id):
            call(kept.id)


def test_feedback_is_counted_by_reason_prompt_and_document(record, catalog):
    both = {"d-1": "退款.md", "d-2": "refunds.md"}
    record.put(an_answer("t1", documents=both), "a", DOWN)
    record.put(an_answer("t1", documents=both), "b", replace(DOWN, missing_document=True))
    record.put(an_answer("t2", prompt=""), "a", replace(UP, corrected_answer="七天"))
    record.put(an_answer("t3", prompt="", documents={}), "a", Opinion(comment="hm"))

    counts = count_feedback(catalog, Wanted(kbs=["kb"]))

    assert counts.total == Tally(total=4, up=1, down=2, corrected=1, missing_document=1)
    assert counts.reasons == {"outdated": 2}
    assert [(each.prompt, each.total, each.down) for each in counts.prompts] == [
        ("", 2, 0),
        ("answer.zh v2 (aa)", 2, 2),
    ]
    assert [(each.source, each.document_id, each.kb, each.up, each.down) for each in counts.documents] == [
        ("退款.md", "d-1", "kb", 1, 2),
        ("refunds.md", "d-2", "kb", 0, 2),
    ]
    assert len(count_feedback(catalog, Wanted(kbs=["kb"]), documents=1).documents) == 1
    nothing = count_feedback(catalog, Wanted(kbs=[]))
    assert (nothing.total.total, nothing.total.up, nothing.prompts) == (0, 0, ())

"""What differs between an answer of before and one of now, in words."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.traces.replay import compare
from answer.traces.trace import Ending, Origin, Trace, TracedExchange, TracedHit, Verdict
from core.types import AnswerStatus, Citation, Claim, Question, Span, Stage, Usage


def a_hit(rank, name, *, number=None, score=1.0, scores=None):
    return TracedHit(
        rank=rank,
        chunk_id=f"c-{name}",
        document_id=f"d-{name}",
        source=f"{name}.md",
        page=None,
        span=Span(0, 9),
        score=score,
        stage=Stage.RERANKED,
        scores=scores or {Stage.LEXICAL: 2.0},
        number=number,
    )


def a_claim(quote="30 天", start=5):
    citation = Citation(
        evidence=1, chunk_id="c", document_id="d", page=None, span=Span(start, start + len(quote)), quote=quote
    )
    return Claim(text=quote, citations=(citation,), support=0.9)


ENDING = Ending(
    status=AnswerStatus.ANSWERED,
    reason="",
    text="30 天",
    claims=(a_claim(),),
    probability=0.8,
    support_bar=0.5,
    degraded=(),
    dropped=0,
    usage=Usage(),
    quarantined=(),
    timings_ms={"total": 9.0},
)
EXCHANGE = TracedExchange(
    model="small",
    prompt="answer.zh v1 (aa)",
    digest="11",
    parameters={"seed": 42},
    shown=(1, 2),
    output="{}",
    finish_reason="stop",
    usage=Usage(input_tokens=10),
    error="",
)
THEN = Trace(
    trace_id="t",
    at=0.0,
    day=date(2026, 1, 1),
    question=Question(text="多久能退款？", kb="kb"),
    stand_alone="多久能退款？",
    origin=Origin(
        fingerprint="f",
        release="1",
        models={"embedder": "a"},
        settings={"answer.evidence": "8"},
        edition=1,
        generations={"dense": "g1"},
        change=7,
    ),
    hits=(a_hit(1, "one", number=1), a_hit(2, "two", number=2), a_hit(3, "three")),
    exchanges=(EXCHANGE,),
    verdicts=(Verdict(text="30 天", proven=True, support=0.9), Verdict(text="60 天", proven=False, reason="not there")),
    ending=ENDING,
)


def differences(now, why_gone=lambda hit: "deleted", then=THEN):
    replay = compare(then, now, why_gone)
    assert replay.same == (not any(stage.differences for stage in replay.stages))
    return {stage.stage: list(stage.differences) for stage in replay.stages if stage.differences}


def test_the_same_trace_at_another_time_differs_in_nothing():
    later = replace(THEN, trace_id="u", at=9e9, ending=replace(ENDING, timings_ms={"total": 1.0}))
    assert differences(later) == {}


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=3), st.floats(0, 1))
def test_scores_that_jitter_differ_in_nothing(scores, probability):
    hits = tuple(replace(hit, score=score) for hit, score in zip(THEN.hits, scores, strict=True))
    then = replace(THEN, hits=hits, ending=replace(ENDING, probability=probability))
    jittered = tuple(replace(hit, score=hit.score + 0.004) for hit in hits)
    now = replace(then, hits=jittered, ending=replace(ENDING, probability=probability - 0.004))
    assert differences(now, then=then) == {}


def test_a_passage_that_is_gone_is_named_with_the_reason():
    now = replace(THEN, hits=(replace(THEN.hits[1], rank=1, number=1), replace(THEN.hits[2], rank=2)))
    found = differences(now, lambda hit: f"{hit.source} was replaced")
    assert found["search"] == [
        "gone: hit 1, one.md, 0-9: one.md was replaced",
        "moved: hit 2 is now 1, two.md, 0-9 (its scores are the same)",
        "moved: hit 3 is now 2, three.md, 0-9 (its scores are the same)",
    ]
    assert found["evidence"] == ["[1] was one.md, 0-9, is two.md, 0-9", "[2] was two.md, 0-9, is nothing"]


def test_a_new_passage_and_a_changed_score_are_told():
    moved = replace(THEN.hits[1], scores={Stage.LEXICAL: 1.5})
    now = replace(THEN, hits=(THEN.hits[0], a_hit(2, "new"), replace(moved, rank=3), replace(THEN.hits[2], rank=4)))
    assert differences(now)["search"] == [
        "new: hit 2, new.md, 0-9",
        "moved: hit 2 is now 3, two.md, 0-9 (lexical 2.000 to 1.500)",
        "moved: hit 3 is now 4, three.md, 0-9 (its scores are the same)",
    ]


def test_a_score_that_changed_without_a_move_is_counted():
    now = replace(THEN, hits=(replace(THEN.hits[0], score=2.0), *THEN.hits[1:]))
    assert differences(now) == {"search": ["1 hit is in place with another score"]}


def test_of_many_lost_passages_ten_are_named_and_looked_for():
    asked = []
    then = replace(THEN, hits=tuple(a_hit(n, str(n)) for n in range(1, 15)))
    found = differences(replace(then, hits=()), lambda hit: asked.append(hit.rank) or "deleted", then=then)["search"]
    assert (len(found), found[-1]) == (11, "4 more are gone")
    assert asked == list(range(1, 11))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"settings": {"answer.evidence": "4"}}, "the setting answer.evidence was 8, is 4"),
        ({"settings": {}}, "the setting answer.evidence was 8, is not there"),
        ({"models": {"embedder": "b"}}, "the model embedder was a, is b"),
        ({"release": "2"}, 'the release was "1", is "2"'),
        ({"edition": 2, "generations": {}}, "another edition of the knowledge base answers: 1, now 2"),
        ({"generations": {"dense": "g2"}}, "the indexes were built anew: dense g1, now dense g2"),
        ({"change": 10}, "the record has 3 passages added, replaced or deleted since"),
    ],
)
def test_what_answers_now_is_compared(change, says):
    assert differences(replace(THEN, origin=replace(THEN.origin, **change))) == {"origin": [says]}


def test_another_day_is_told_because_passages_expire():
    assert differences(replace(THEN, day=date(2026, 1, 2))) == {
        "origin": ["validity was judged on 2026-01-01, now on 2026-01-02"]
    }


def test_a_question_that_was_redacted_is_told():
    redacted = replace(THEN, redacted=("question",))
    assert differences(redacted, then=redacted) == {
        "origin": ["the question was kept without the personal data in it, and is asked as it was kept"]
    }


def test_another_rewriting_is_told():
    assert differences(replace(THEN, stand_alone="年付多久能退款？")) == {
        "rewriting": ['the question that was searched was "多久能退款？", is "年付多久能退款？"']
    }


@pytest.mark.parametrize(
    ("change", "stage", "says"),
    [
        (
            {"prompt": "answer.zh v2 (bb)"},
            "prompt",
            'the template of prompt 1 was "answer.zh v1 (aa)", is "answer.zh v2 (bb)"',
        ),
        ({"digest": "22"}, "prompt", "the words of prompt 1 changed (11, now 22)"),
        ({"shown": (1,)}, "prompt", "prompt 1 showed the passages 1, 2, now 1"),
        ({"output": "{ }"}, "model", 'the output of request 1 was "{}", is "{ }"'),
        ({"model": "large"}, "model", 'the model of request 1 was "small", is "large"'),
        ({"parameters": {"seed": 1}}, "model", "request 1, parameter seed was 42, is 1"),
        ({"finish_reason": None}, "model", 'the end of request 1 was "stop", is "none"'),
        ({"error": "down"}, "model", 'the error of request 1 was "", is "down"'),
    ],
)
def test_prompt_and_model_are_compared(change, stage, says):
    assert differences(replace(THEN, exchanges=(replace(EXCHANGE, **change),))) == {stage: [says]}


def test_a_model_that_is_not_asked_any_more_is_told():
    assert differences(replace(THEN, exchanges=())) == {"model": ["a model was asked once, now not at all"]}


def test_verdicts_are_compared_claim_by_claim():
    now = (Verdict(text="60 天", proven=True, support=0.7), Verdict(text="Yes.", proven=False, reason="no citation"))
    assert differences(replace(THEN, verdicts=now)) == {
        "proof": [
            'not drafted any more: "30 天" (proven)',
            '"60 天": not proven: not there, now proven',
            'newly drafted: "Yes." (not proven: no citation)',
        ]
    }


def test_the_answer_itself_is_compared():
    no = replace(
        ENDING,
        status=AnswerStatus.INSUFFICIENT_EVIDENCE,
        reason="nothing_relevant",
        text="",
        claims=(),
        probability=0.1,
        degraded=("model",),
    )
    assert differences(replace(THEN, ending=no)) == {
        "answer": [
            'the status was "answered", is "insufficient_evidence"',
            'the reason was "", is "nothing_relevant"',
            'the text was "30 天", is ""',
            "the quotes lie elsewhere: d:5-9, now none",
            "the probability was 0.800, is 0.100",
            'what was done without was "", is "model"',
        ]
    }


def test_the_same_words_quoted_elsewhere_differ():
    moved = replace(ENDING, claims=(a_claim(start=50),))
    assert differences(replace(THEN, ending=moved)) == {"answer": ["the quotes lie elsewhere: d:5-9, now d:50-54"]}


def test_long_texts_show_both_ends():
    then = replace(THEN, ending=replace(ENDING, text="a" * 200 + "30"))
    now = replace(THEN, ending=replace(ENDING, text="a" * 200 + "60"))
    (said,) = differences(now, then=then)["answer"]
    assert '30", is "' in said
    assert said.endswith('60"')

"""One worked example in each language, for the OpenAPI description and the documentation."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi.openapi.models import Example

from api.schemas import JsonObject, ask_document, search_document
from api.trace_examples import replayed, traced
from core.explanation import ConditionLeft, Explanation, HitAccount, LostAt, Place, TermShare, Weights, Why
from core.types import (
    Answer,
    AnswerStatus,
    Chunk,
    ChunkKind,
    Citation,
    Claim,
    Evidence,
    Hit,
    PromptUsed,
    SearchResult,
    Span,
    Stage,
    Usage,
)

# Both have a page: the framework drops nulls from examples, and "page" is always there.
_EN = Chunk(
    id="c_0f6b1a",
    document_id="d_71c2e9",
    source="en/billing/refund-policy-2026.pdf",
    title="Refund policy",
    span=Span(230, 327),
    text="You can cancel a new annual subscription within 30 days of purchase and get the full amount back.",
    heading_path=("Refund policy", "Annual subscriptions"),
    page=1,
    kind=ChunkKind.PROSE,
    language="en",
    token_count=24,
    ordinal=1,
)
_ZH = Chunk(
    id="c_8d40c3",
    document_id="d_5be017",
    source="zh/发票/发票开具规定-2026.pdf",
    title="发票开具规定（2026 年版）",
    span=Span(304, 327),
    text="提交后 2 个工作日内开出，发送到填写的邮箱。",
    heading_path=("发票开具规定（2026 年版）", "多久能拿到"),
    page=1,
    kind=ChunkKind.PROSE,
    language="zh",
    token_count=21,
    ordinal=3,
)


def _answer(chunk: Chunk, question: str, claim: str, quote: str) -> Answer:
    start = chunk.span.start + chunk.text.index(quote)
    hit = Hit(chunk=chunk, score=0.93, stage=Stage.RERANKED, scores={Stage.LEXICAL: 11.2, Stage.FUSED: 2.4})
    citation = Citation(
        evidence=1,
        chunk_id=chunk.id,
        document_id=chunk.document_id,
        page=chunk.page,
        span=Span(start, start + len(quote)),
        quote=quote,
    )
    return Answer(
        status=AnswerStatus.ANSWERED,
        question=question,
        text=f"{claim} [1]",
        claims=(Claim(text=claim, citations=(citation,), support=0.97),),
        evidence=(Evidence(number=1, hit=hit),),
        probability=0.91,
        trace_id="3f0c2a9d8e7b4f6a",
        timings_ms={"retrieve": 7.4, "rerank": 2.1, "answer": 38.6},
        usage=Usage(input_tokens=1_204, output_tokens=88, cost=0.000234),
        prompt=PromptUsed(
            name=f"answer.{chunk.language}",
            language=chunk.language,
            version=1,
            digest="0f3a5be1c2d94876",
            variant="shipped",
        ),
    )


_ENGLISH = _answer(
    _EN,
    "How long can I cancel an annual subscription?",
    "You can cancel a new annual subscription within 30 days of purchase.",
    "cancel a new annual subscription within 30 days of purchase",
)
_CHINESE = _answer(_ZH, "发票多久能开出来？", "提交后 2 个工作日内开出。", "提交后 2 个工作日内开出")


def _both(english: JsonObject, chinese: JsonObject) -> dict[str, Example]:
    return {
        "english": Example(summary="English", value=english),
        "chinese": Example(summary="中文", value=chinese),
    }


def _without_answer(answer: Answer) -> Answer:
    return replace(
        answer,
        status=AnswerStatus.UNAVAILABLE,
        text="",
        claims=(),
        evidence=(),
        probability=0.0,
        reason="retrieval",
        degraded=("retrieval",),
    )


def _found(answer: Answer) -> SearchResult:
    hits = tuple(item.hit for item in answer.evidence)
    return SearchResult(hits=hits, timings_ms={"retrieve": 7.4, "rerank": 2.1}, passages_left=214)


def _explained(answer: Answer, *shares: TermShare, condition: str, passed_over: str) -> JsonObject:
    """Its numbers fit one another: the terms add up to the lexical score of the hit."""
    found = _found(answer)
    hit = found.hits[0]
    places = {
        Stage.LEXICAL: Place(11.2, 1),
        Stage.DENSE: Place(0.71, 2),
        Stage.FUSED: Place(2.4, 1),
        Stage.RERANKED: Place(hit.score, 1),
    }
    why = Why(
        asked=passed_over,
        lost_at=LostAt.CANDIDATES,
        reason="by words: rank 431, and the first 100 are candidates; by meaning: rank 208, …",
        chunk_id="c_91e7aa",
        source=passed_over,
        places={Stage.LEXICAL: Place(1.9, 431), Stage.DENSE: Place(0.22, 208)},
        terms=(replace(shares[-1], score=1.9),),
    )
    explanation = Explanation(
        terms=tuple(share.term for share in shares),
        candidates={Stage.LEXICAL: 100, Stage.DENSE: 100},
        passages=2_140,
        filter=(ConditionLeft(condition=condition, passages=214),),
        weights=Weights(dense=1.0, question_legible=1.0, passages_legible=0.98, identifiers=0.0),
        hits=(HitAccount(chunk_id=hit.chunk.id, places=places, terms=shares),),
        timings_ms={"embed": 2.3, "lexical": 0.4, "dense": 2.9, "fuse": 0.6, **found.timings_ms},
        why=why,
    )
    return search_document(found, explanation)


ASK_BODIES: Mapping[str, Example] = _both(
    {"question": _ENGLISH.question},
    {
        "question": "那多久能开出来？",
        "kb": "default",
        "history": [
            {"role": "user", "content": "可以开增值税专用发票吗？"},
            {"role": "assistant", "content": "可以，没有金额门槛。"},
        ],
    },
)
ANSWERS: Mapping[str, Answer] = {"english": _ENGLISH, "chinese": _CHINESE}
ASK_ANSWERS: Mapping[str, Example] = _both(ask_document(_ENGLISH), ask_document(_CHINESE))
SEARCH_BODIES: Mapping[str, Example] = _both(
    {
        "query": "cancel annual subscription",
        "k": 5,
        "filter": {"where": {"language": "en", "source": ["en/billing/", "*.pdf"]}, "as_of": "2026-03-01"},
        "explain": True,
        "why": "en/plans/trial.md",
    },
    {
        "query": "发票 多久",
        "k": 5,
        "stage": "hybrid",
        "filter": {"where": {"source": "zh/*"}, "without": {"kind": "table"}},
    },
)
SEARCH_ANSWERS: Mapping[str, Example] = _both(
    _explained(
        _ENGLISH,
        TermShare(term="cancel", score=6.3, idf=4.1, passages=35, count=1),
        TermShare(term="annual", score=4.9, idf=3.2, passages=87, count=1),
        condition="source=en/billing/ or *.pdf",
        passed_over="en/plans/trial.md",
    ),
    _explained(
        _CHINESE,
        TermShare(term="开出", score=8.1, idf=5.2, passages=11, count=1),
        TermShare(term="出", score=3.1, idf=2.6, passages=160, count=1),
        condition="source=zh/*",
        passed_over="zh/方案/试用.md",
    ),
)
KNOWLEDGE_BASES: Mapping[str, Example] = _both(
    {"kbs": [{"name": "default"}, {"name": "handbook"}]}, {"kbs": [{"name": "default"}, {"name": "产品手册"}]}
)
UNAVAILABLE_ANSWERS: Mapping[str, Example] = _both(
    ask_document(_without_answer(_ENGLISH)), ask_document(_without_answer(_CHINESE))
)
TRACES: Mapping[str, Example] = _both(traced(_ENGLISH), traced(_CHINESE))
REPLAYS: Mapping[str, Example] = _both(replayed(_ENGLISH), replayed(_CHINESE))
READY: Mapping[str, Example] = {
    "ready": Example(
        value={"status": "ready", "components": {"record": "ok", "indexes": "ok", "model": "ok"}, "degraded": []}
    ),
    "degraded": Example(
        value={
            "status": "degraded",
            "components": {"record": "ok", "indexes": "ok", "model": "qwen3 failed too often"},
            "degraded": ["model"],
        }
    ),
}
NOT_READY: Mapping[str, Example] = {
    "not_ready": Example(
        value={
            "status": "not_ready",
            "components": {"record": "ok", "indexes": "not owned by this process", "model": "ok"},
            "degraded": ["indexes"],
        }
    )
}
HEALTH: Mapping[str, Example] = {"alive": Example(value={"status": "alive"})}
EVENTS = (
    'id: 572915c5efd6daa0-1\nevent: evidence\ndata: {"question": "发票多久能开出来？", "evidence": [...]}\n\n'
    "id: 572915c5efd6daa0-2\nevent: claim\n"
    'data: {"text": "提交后 2 个工作日内开出。", "support": 0.97, "citations": [...]}\n\n'
    'id: 572915c5efd6daa0-3\nevent: final\ndata: {"status": "answered", ...}\n\n'
)

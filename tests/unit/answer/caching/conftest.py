import numpy as np
import pytest

from core.types import Answer, AnswerStatus, Chunk, ChunkKind, Citation, Claim, Evidence, Hit, Span, Stage


@pytest.fixture
def answer():
    chunk = Chunk(
        id="c1",
        document_id="d1",
        source="发票.md",
        title="发票",
        span=Span(0, 11),
        text="两个工作日内开出发票。",
        heading_path=("发票",),
        page=None,
        kind=ChunkKind.PROSE,
        language="zh",
        token_count=8,
        ordinal=0,
    )
    hit = Hit(chunk=chunk, score=np.float32(0.5), stage=Stage.RERANKED, scores={Stage.DENSE: np.float32(0.25)})
    citation = Citation(evidence=1, chunk_id="c1", document_id="d1", page=None, span=Span(0, 6), quote="两个工作日内")
    return Answer(
        status=AnswerStatus.ANSWERED,
        question="发票多久？",
        text="两个工作日内",
        claims=(Claim(text="两个工作日内", citations=(citation,), support=0.75),),
        evidence=(Evidence(number=1, hit=hit),),
        probability=0.875,
        trace_id="t1",
    )

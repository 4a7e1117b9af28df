"""A real server on a free loopback port around a desk that lives in memory."""

import asyncio
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from command_line import only_settings, run
from home import write_documents
from listening import listening
from waiting import until

from answer.health import Gauges
from answer.traces.replay import Replay, compare
from answer.traces.trace_json import trace_from
from api.app import create_app
from api.trace_examples import traced
from core import errors
from core.explanation import ConditionLeft, Explained, Explanation, HitAccount, LostAt, Place, TermShare, Weights, Why
from core.settings import AnswerSettings, ServiceSettings
from core.types import (
    Answer,
    AnswerEvent,
    AnswerStatus,
    Chunk,
    ChunkKind,
    Citation,
    Claim,
    ClaimProven,
    Evidence,
    EvidenceFound,
    Filter,
    Finished,
    Hit,
    Question,
    SearchResult,
    SearchStage,
    Span,
    Stage,
    Usage,
)
from store.traces import unknown_trace

SECRET = "http://10.0.0.3:9000 and /srv/secret/record.sqlite"
DOCUMENT = "Restore files.\nDeleted files stay for 30 days.\n删除的文件保留 30 天。"


def passage(text: str, *, language: str, page: int | None) -> Chunk:
    start = DOCUMENT.index(text)
    return Chunk(
        id=f"c-{language}",
        document_id="d-1",
        source="帮助/restore.md",
        title="Restore 恢复",
        span=Span(start, start + len(text)),
        text=text,
        heading_path=("Files", "恢复文件"),
        page=page,
        kind=ChunkKind.PROSE,
        language=language,
        token_count=8,
        ordinal=0,
    )


ENGLISH = passage("Deleted files stay for 30 days.", language="en", page=2)
CHINESE = passage("删除的文件保留 30 天。", language="zh", page=None)


def evidence_of(*chunks: Chunk) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(number=n, hit=Hit(chunk=chunk, score=2.5 / n, stage=Stage.RERANKED, scores={Stage.DENSE: 0.5}))
        for n, chunk in enumerate(chunks, start=1)
    )


def claim_of(item: Evidence, quote: str) -> Claim:
    chunk = item.hit.chunk
    start = chunk.span.start + chunk.text.index(quote)
    citation = Citation(
        evidence=item.number,
        chunk_id=chunk.id,
        document_id=chunk.document_id,
        page=chunk.page,
        span=Span(start, start + len(quote)),
        quote=quote,
    )
    return Claim(text=quote, citations=(citation,), support=0.75)


def answer_to(question: str) -> Answer:
    evidence = evidence_of(ENGLISH, CHINESE)
    english, chinese = claim_of(evidence[0], "30 days"), claim_of(evidence[1], "保留 30 天")
    return Answer(
        status=AnswerStatus.ANSWERED,
        question=question,
        text="30 days [1] 保留 30 天 [2]",
        claims=(english, chinese),
        evidence=evidence,
        probability=0.875,
        trace_id="t-1",
        dropped=1,
        usage=Usage(input_tokens=12, output_tokens=3),
        timings_ms={"retrieve": 1.23456},
    )


def without_claims(question: str, status: AnswerStatus, reason: str) -> Answer:
    return replace(answer_to(question), status=status, reason=reason, text="", claims=(), evidence=())


def explanation_of(result: SearchResult, why: str) -> Explanation:
    share = TermShare(term="恢复", score=1.5, idf=2.5, passages=3, count=1)
    places = {Stage.LEXICAL: Place(1.5, 1), Stage.DENSE: Place(0.25, None), Stage.FUSED: Place(2.5, 1)}
    hits = [HitAccount(chunk_id=hit.chunk.id, places=places, terms=(share,)) for hit in result.hits]
    told = Why(asked=why, lost_at=LostAt.RECORD, reason="替换于 2026-01-01")
    return Explanation(
        terms=("恢复",),
        candidates={Stage.LEXICAL: 2, Stage.DENSE: 100},
        passages=120,
        filter=(ConditionLeft(condition="language=zh", passages=7),),
        weights=Weights(dense=0.5, question_legible=0.75, passages_legible=1.0, identifiers=0.25),
        hits=tuple(hits),
        timings_ms={"embed": 1.23456},
        why=told if why else None,
    )


class FakeDesk:
    """Behaves as the question's text asks it to; the waits are long enough that only a test's failure meets them."""

    def __init__(self) -> None:
        self.lifecycle: list[str] = []
        self.questions: list[Question] = []
        self.searches: list[tuple[str, str, int, SearchStage]] = []
        self.filters: list[Filter | None] = []
        self.whys: list[str] = []
        self.components = {"record": "ok", "index": "ok"}
        self.figures = Gauges(index_lag={"dense": 3}, traces_lost=2, disk_free_bytes=1_000)
        self.streaming = 0
        self.closed_streams = 0
        self.flooded = 0

    def start(self) -> None:
        self.lifecycle.append(f"start in {threading.current_thread().name}")

    def close(self) -> None:
        self.lifecycle.append("close")

    def ready(self) -> dict[str, str]:
        return self.components

    def gauges(self) -> Gauges:
        return self.figures

    def knowledge_bases(self) -> list[str]:
        return ["default", "产品手册"]

    def has_kb(self, kb: str) -> bool:
        return kb in self.knowledge_bases()

    def trace(self, trace_id: str) -> dict[str, Any]:
        if trace_id != "t-1":
            raise unknown_trace(trace_id)
        return traced(answer_to("保留多久？"))

    async def replay(self, trace_id: str, *, with_settings: bool = True) -> Replay:
        then = trace_from(self.trace(trace_id))
        return compare(then, replace(then, stand_alone="如何恢复？"), lambda hit: "gone")

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        if query.startswith("raise "):
            raise named_error(query)
        self.searches.append((kb, query, k, stage))
        self.filters.append(filter)
        hits = tuple(item.hit for item in evidence_of(ENGLISH, CHINESE))
        return SearchResult(hits=hits[:k], degraded=("reranker",), timings_ms={"lexical": 0.5})

    def explain(
        self,
        kb: str,
        query: str,
        k: int,
        stage: SearchStage,
        filter: Filter | None = None,
        *,
        why: str = "",
        visible: Collection[str] | None = None,
    ) -> Explained:
        self.whys.append(why)
        result = self.search(kb, query, k, stage, filter)
        return Explained(result=result, explanation=explanation_of(result, why))

    async def ask(self, question: Question) -> Answer:
        async with aclosing(self.stream(question)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise AssertionError("no final event")

    async def stream(self, question: Question) -> AsyncIterator[AnswerEvent]:
        self.questions.append(question)
        self.streaming += 1
        try:
            # A cancel scope breaks when the generator is driven from more than one task.
            with anyio.fail_after(60):
                async for event in self._events(question.text):
                    yield event
        finally:
            self.streaming -= 1
            await asyncio.sleep(0.01)  # cleaning up may await
            self.closed_streams += 1

    async def _events(self, text: str) -> AsyncIterator[AnswerEvent]:
        final = answer_to(text)
        match text.split():
            case ["raise", _]:
                raise named_error(text)
            case ["nothing"]:
                yield Finished(answer=without_claims(text, AnswerStatus.INSUFFICIENT_EVIDENCE, "uncovered"))
                return
            case ["refuse"]:
                yield Finished(answer=without_claims(text, AnswerStatus.REFUSED, "injection"))
                return
            case ["down"]:
                yield Finished(answer=without_claims(text, AnswerStatus.UNAVAILABLE, "retrieval"))
                return
        yield EvidenceFound(question=text, evidence=final.evidence)
        match text.split():
            case ["hang"]:
                await asyncio.sleep(60)
            case ["later", name]:
                raise named_error(f"raise {name}")
            case ["cut"]:
                return
            case ["flood"]:
                while True:
                    self.flooded += 1
                    yield ClaimProven(claim=final.claims[0])
            case ["stray"]:
                stray = replace(final.claims[0].citations[0], evidence=7)
                yield ClaimProven(claim=replace(final.claims[0], citations=(stray,)))
        for claim in final.claims:
            yield ClaimProven(claim=claim)
        yield Finished(answer=final)


def named_error(text: str) -> Exception:
    name = text.split()[1]
    return getattr(errors, name)(SECRET) if hasattr(errors, name) else RuntimeError(SECRET)


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    port: int
    desk: FakeDesk
    client: httpx.Client

    def raw(self, request: bytes) -> socket.socket:
        """A connection that has sent ``request`` and not read anything."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.sendall(request)
        return connection


@contextmanager
def serving(desk: FakeDesk, **settings: Any) -> Iterator[Served]:
    settings.setdefault("service", ServiceSettings(resume_seconds=0.2))
    with listening(create_app(desk, **settings)) as port:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
            yield Served(url, port, desk, client)


@pytest.fixture(scope="module")
def no_settings_from_outside(model_cache: Path) -> Iterator[None]:
    """Whatever the environment of the tests says."""
    with only_settings(model_cache):
        yield


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    """A home with the documents of ``home.py``, read by the packaged model; to be copied."""
    home = tmp_path_factory.mktemp("ingested") / "home"
    with only_settings(model_cache):
        assert run(home, "ingest", write_documents(home.parent / "documents")).exit_code == 0
    return home


@pytest.fixture(scope="module")
def home(ingested: Path, tmp_path_factory: pytest.TempPathFactory, no_settings_from_outside: None) -> Path:
    """A copy of it for the tests of one file."""
    return shutil.copytree(ingested, tmp_path_factory.mktemp("copied") / "home")


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """One server for every test that leaves the desk as it was."""
    with serving(FakeDesk()) as one:
        yield one


@pytest.fixture
def alone() -> Iterator[Served]:
    """A server of the test's own, with small limits."""
    limits = {
        "service": ServiceSettings(max_body_bytes=1_000, resume_seconds=0.2),
        "answer": AnswerSettings(max_question_chars=100),
    }
    with serving(FakeDesk(), **limits) as one:
        yield one


@pytest.fixture
def serving_desk() -> Callable[[], AbstractContextManager[Served]]:
    """For tests of the server's own beginning and end."""
    return lambda: serving(FakeDesk())


@pytest.fixture(scope="session")
def make_desk() -> Callable[[], FakeDesk]:
    """A desk without a server around it."""
    return FakeDesk


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[..., None]:
    return until


@pytest.fixture(scope="session")
def make_answer() -> Callable[[str], Answer]:
    return answer_to


@pytest.fixture(scope="session")
def parse_events() -> Callable[[bytes], list[dict[str, str]]]:
    """Events as the WHATWG algorithm reads them: one dictionary of ``id``, ``event`` and ``data`` each."""
    return _parse_events


def _parse_events(stream: bytes) -> list[dict[str, str]]:
    text = stream.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    events, fields = [], {}
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if "data" in fields:
                events.append(fields)
            fields = {}
        elif name == "data" and "data" in fields:
            fields["data"] += "\n" + value
        elif name:
            fields[name] = value
    return events


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[Served]]:
    """Serves any desk."""
    return serving

"""The service in this process over three tenants with the same documents, around small models; and keys to it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
from fakes import FakeEmbedder, FakeJudge, FakeReranker
from filter_home import FilterHome

from answer.decision.decide import Decision
from answer.explain import SearchExplainer
from answer.health import Gauges
from answer.pipeline import Pipeline
from answer.search import Searcher
from answer.sentences.extract import ExtractiveAnswerer
from answer.traces.replay import Replay
from api.app import create_app
from api.auth import Door
from api.examples import ANSWERS
from api.key_ring import KeyRing
from api.trace_examples import traced
from core.errors import Unavailable
from core.explanation import Explained
from core.settings import AnswerSettings, JobSettings, RerankSettings
from core.types import Answer, AnswerEvent, Filter, Question, SearchResult, SearchStage
from ingest.originals import Originals, drawable
from ingest.uploads import Uploads
from store.editions import Edition, Editions
from store.jobs import Jobs
from store.kb_key import kb_key
from store.key import Scope
from store.keys import Keys
from store.pepper import read_pepper
from store.tenants import Tenants
from store.traces import unknown_trace

TENANTS = ("default", "acme", "星海")
KBS = ("faq", "手册")
TEXTS = {
    "refunds.md": "Annual plans can be refunded within 30 days.\n\nMonthly plans are not refundable.",
    "发票.md": "电子发票在提交申请后两个工作日内开出。\n\n纸质专票每份收取快递费 15 元。",
}
ALL = frozenset(Scope)


class AlwaysAnswers:
    """Never an honest no, so that every question shows what it cites."""

    def decide(self, question: object, evidence: object, ranked: object) -> Decision:
        return Decision(0.9, answers=True)


class TenantDesk(FilterHome):
    """A desk with real indexes and the real pipeline."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, candidates=20)
        self.traces: dict[str, str] = {}
        self.jobs = Jobs(self.catalog, JobSettings())
        self.originals = Originals(home / "originals", lambda: drawable(self.catalog))
        self.uploads = Uploads(home / "uploads", self.jobs.all, self.originals.keep_from)
        self._searcher = Searcher(self.retriever, FakeReranker(), RerankSettings())
        self._pipeline = Pipeline(
            searcher=self._searcher,
            extractive=ExtractiveAnswerer(FakeEmbedder(), FakeJudge()),
            decider=AlwaysAnswers(),  # type: ignore[arg-type]  # a class without a port of its own
            models=[],
            settings=AnswerSettings(),
        )

    def start(self) -> None: ...

    def ready(self) -> dict[str, str]:
        return {"record": "ok", "indexes": "/srv/citedesk/indexes is damaged"}

    def gauges(self) -> Gauges:
        return Gauges()

    def catch_up(self) -> None:
        """Bring every index up to the record."""
        for kb in self.knowledge_bases():
            self.indexes.catch_up(kb)

    def knowledge_bases(self) -> list[str]:
        return self.catalog.kb_names()

    def has_kb(self, kb: str) -> bool:
        return self.catalog.has_kb(kb)

    def search(  # type: ignore[override]  # the service's order of arguments
        self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None
    ) -> SearchResult:
        return self._searcher.search(kb, query, k, stage, filter)

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
        explainer = SearchExplainer(self.retriever, self._searcher)
        told = self.knowledge_bases() if visible is None else visible
        return explainer.explain(kb, query, k, stage, filter, why=why, visible=told)

    def roll_back(self, kb: str) -> Edition:
        return Editions(self.catalog).rollback(kb)

    def trace(self, trace_id: str) -> dict[str, Any]:
        if trace_id not in self.traces:
            raise unknown_trace(trace_id)
        trace = traced(ANSWERS["chinese"])
        question = {**trace["question"], "kb": self.traces[trace_id]}
        origin = {**trace["origin"], "settings": {"home": "/srv/citedesk"}}
        return {**trace, "trace_id": trace_id, "question": question, "origin": origin}

    @property
    def packaged_encoder(self) -> FakeEmbedder:
        return FakeEmbedder()

    async def replay(self, trace_id: str, *, with_settings: bool = True) -> Replay:
        raise Unavailable("the model that answered is down")

    async def ask(self, question: Question) -> Answer:
        return await self._pipeline.ask(question)

    async def stream(self, question: Question) -> AsyncIterator[AnswerEvent]:
        async with aclosing(self._pipeline.stream(question)) as events:
            async for event in events:
                yield event


class TenantHome:
    """The whole application, asked without a socket; ``clock`` moves on by hand."""

    def __init__(self, home: Path, *, texts: Mapping[str, str] = TEXTS, loopback: bool = False) -> None:
        self.desk = TenantDesk(home)
        self.folder, pepper = home, read_pepper(home)
        self.tenants, self.keys = Tenants(self.desk.catalog), Keys(self.desk.catalog, pepper)
        for tenant in TENANTS:
            if tenant != "default":
                self.tenants.create(tenant)
            for kb in KBS:
                for source, text in texts.items():
                    self.desk.put(source, text, kb=kb_key(tenant, kb))
        self.desk.catch_up()
        self.clock = 1_000.0
        ring = KeyRing(self.keys, pepper, clock=lambda: self.clock)
        self.door = Door(ring, loopback=loopback)
        self.app = create_app(self.desk, door=self.door)
        self._loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", trust_env=False)

    def key(self, tenant: str = "default", scopes: frozenset[Scope] = ALL, **how: Any) -> str:
        """The token of a new key."""
        return self.keys.create(tenant, scopes, **how)[1]

    def send(self, method: str, path: str, token: str = "", **request: Any) -> httpx.Response:
        """One request, with the key if one is given."""
        headers = dict(request.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self._loop.run_until_complete(self._client.request(method, path, headers=headers, **request))

    def run(self, work: Any) -> Any:
        """What a coroutine gives, in the loop of the service."""
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        """Everything that was opened."""
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self.desk.close()

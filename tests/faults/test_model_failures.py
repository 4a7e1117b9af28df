"""Every way in which a model server fails, in both languages, streamed and not: no unproven claim, a typed outcome.

``make test-models`` asks each 20 times streamed and 20 times not, and prints the table; here each is asked once.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from fakes import FakeEmbedder, FakeJudge, FakeReranker, a_document, paragraphs_of
from model_server import ModelServer

from answer.decision.decide import Decision
from answer.models.chat_model import ChatModel
from answer.models.draft import ModelDrafter
from answer.pipeline import Pipeline
from answer.search import Searcher
from answer.sentences.extract import ExtractiveAnswerer
from core.settings import AnswerSettings, ModelSettings, RerankSettings
from core.types import Answer, AnswerStatus, Claim, ClaimProven, Hit, Question, SearchResult, Stage

pytestmark = pytest.mark.slow

TURNS = int(os.environ.get("CITEDESK_TEST_MODEL_TURNS", "1"))
PASSAGES = {
    "en": "Annual plans can be refunded within 30 days. Monthly plans are not refundable. It takes 5 business days.",
    "zh": "年付套餐可在30天内退款。月付套餐不支持退款。退款需要5个工作日。",
}
QUESTIONS = {"en": "How long can annual plans be refunded?", "zh": "年付套餐多久内可以退款？"}
# What each server does, and the model of ``tests/model_server.py`` that does it.
FAILURES = {
    "connection refused": "refused",
    "connection reset": "reset",
    "too many requests": "error-429",
    "server error": "error-500",
    "web page with status 200": "html-200",
    "silent from the start": "slow-first-byte=5",
    "silent half way": "stall=5",
    "drips past its deadline": "drip=0.3",
    "connection cut": "cut",
    "ends without a reason": "no-finish",
    "length limit": "length",
    "wrong schema": "wrong-schema",
    "broken JSON": "broken-json",
    "error object in the stream": "error-in-stream",
    "broken event": "malformed-sse",
    "empty": "empty",
    "chunks twice": "repeated-chunks",
    "chunks out of order": "shuffled-chunks",
    "two choices at once": "two-choices",
    "lying quote": "lying-quote",
    "wrong number": "wrong-number",
    "invented passage": "invented-evidence-number",
}


@dataclass(slots=True)
class Tally:
    """What became of the answers of one failure."""

    answers: int = 0
    claims: int = 0
    unproven: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, answer: Answer, streamed: Sequence[Claim], text: str) -> None:
        shown = {*streamed, *answer.claims}
        self.answers += 1
        self.claims += len(shown)
        self.unproven += sum(not is_true(claim, text) for claim in shown)
        self.outcomes[f"{answer.status} {'+'.join(answer.degraded) or 'whole'}"] += 1


def is_true(claim: Claim, text: str) -> bool:
    """Judged without the proof: the claim is a sentence of the passage, quoted to the letter where it stands."""
    document = f"Before.\n\n{text}"
    located = all(citation.span.of(document) == citation.quote for citation in claim.citations)
    return located and all(part.strip(". 。") in text for part in claim.text.replace("。", ". ").split(". "))


class OnePassage:
    """A first stage that finds one passage for anything."""

    def __init__(self, text: str) -> None:
        chunk = paragraphs_of(a_document("manual.md", f"Before.\n\n{text}"))[1]
        self._found = SearchResult(hits=(Hit(chunk=chunk, score=1.0, stage=Stage.FUSED),))

    def search(self, *_: object) -> SearchResult:
        return self._found


class Yes:
    """Whatever the evidence, it answers: the model is always asked."""

    def decide(self, *_: object) -> Decision:
        return Decision(0.9, answers=True)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        ask(pipeline(running, "honest", language="en"), "en", streamed=False)  # the vendor's import takes seconds
        yield running


def pipeline(server: ModelServer, *models: str, language: str) -> Pipeline:
    return Pipeline(
        searcher=Searcher(OnePassage(PASSAGES[language]), FakeReranker(), RerankSettings()),
        extractive=ExtractiveAnswerer(FakeEmbedder(), FakeJudge()),
        decider=Yes(),
        models=[ModelDrafter(ChatModel(settings(server, model))) for model in models],
        settings=AnswerSettings(),
    )


def settings(server: ModelServer, model: str) -> ModelSettings:
    return ModelSettings(
        base_url="http://127.0.0.1:1/v1" if model == "refused" else server.base_url,
        model=model,
        first_chunk_seconds=0.5 if model.startswith("slow") else 10,
        between_chunks_seconds=0.4 if model.startswith("stall") else 10,
        total_seconds=1.0 if model.startswith("drip") else 20,
    )


def ask(asked: Pipeline, language: str, *, streamed: bool) -> tuple[Answer, list[Claim]]:
    question = Question(text=QUESTIONS[language], kb="kb")

    async def collect() -> tuple[Answer, list[Claim]]:
        if not streamed:
            return await asked.ask(question), []
        events = [event async for event in asked.stream(question)]
        return events[-1].answer, [event.claim for event in events if isinstance(event, ClaimProven)]

    return asyncio.run(collect())


@pytest.fixture(scope="module")
def table() -> Iterator[dict[str, Tally]]:
    """Printed at the end by ``-s``."""
    tallies: dict[str, Tally] = {}
    yield tallies
    print(f"\n{'failure':28} {'answers':>7} {'claims':>6} {'unproven':>8}  outcomes")
    for name, tally in tallies.items():
        outcomes = ", ".join(f"{outcome}: {count}" for outcome, count in sorted(tally.outcomes.items()))
        print(f"{name:28} {tally.answers:7} {tally.claims:6} {tally.unproven:8}  {outcomes}")


@pytest.mark.parametrize("failure", FAILURES)
def test_no_failure_of_a_model_shows_an_unproven_claim(
    server: ModelServer, table: dict[str, Tally], failure: str
) -> None:
    tally = table.setdefault(failure, Tally())
    asked = {language: pipeline(server, FAILURES[failure], language=language) for language in QUESTIONS}
    for turn in range(2 * TURNS):
        is_streamed, language = turn % 2 == 0, ("en", "zh")[(turn + turn // 2) % 2]
        answer, streamed = ask(asked[language], language, streamed=is_streamed)
        tally.add(answer, streamed, PASSAGES[language])
        assert not is_streamed or tuple(streamed) == answer.claims
    assert tally.unproven == 0
    assert set(tally.outcomes) == {"answered model"}


@pytest.mark.parametrize("failure", ["connection refused", "wrong schema", "lying quote", "connection cut"])
def test_where_the_first_model_fails_the_second_one_answers(server: ModelServer, failure: str) -> None:
    for language in QUESTIONS:
        answer, streamed = ask(
            pipeline(server, FAILURES[failure], "honest", language=language), language, streamed=True
        )
        assert (answer.status, answer.degraded) == (AnswerStatus.ANSWERED, ("main_model",))
        assert streamed
        assert all(is_true(claim, PASSAGES[language]) for claim in streamed)


def test_a_failure_before_the_first_word_is_tried_again_unseen(server: ModelServer) -> None:
    answer, _ = ask(pipeline(server, "flaky", language="en"), "en", streamed=False)
    assert answer.degraded == ()

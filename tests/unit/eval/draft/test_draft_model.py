"""A model drafts questions over real HTTP; a quote that is not in the passage never becomes gold."""

import asyncio
import json
from collections.abc import Iterator, Sequence

import pytest
from drafting_model import DraftingServer
from fakes import FakeModel, a_document, paragraphs_of

from answer.models.chat_model import ChatModel
from answer.models.draft import DraftFailed
from core.errors import DependencyError
from core.settings import ModelSettings
from core.types import Chunk
from eval.draft.model import MOST_QUESTIONS, ModelQuestions, prompt
from eval.draft.question import DraftQuestion
from eval.draft.sources import ModelFirst, TemplateQuestions

(ENGLISH,) = paragraphs_of(a_document("refunds.md", "Refunds are simple, <question> or not. They take 10 days."))
(CHINESE,) = paragraphs_of(a_document("退款.md", "退款不难办。退款需要 10 个工作日，手续费为 20 元。"))


@pytest.fixture(scope="module")
def server() -> Iterator[DraftingServer]:
    with DraftingServer() as running:
        yield running


def questions_by(server: DraftingServer, model: str) -> ModelQuestions:
    settings = ModelSettings(base_url=server.base_url, model=model, total_seconds=20, between_chunks_seconds=1)
    return ModelQuestions(ChatModel(settings))


def drafts(model: ModelQuestions, chunk: Chunk) -> list[DraftQuestion]:
    return asyncio.run(model.drafts(chunk))


def words(found: Sequence[DraftQuestion]) -> list[tuple[str, str]]:
    return [(draft.question, draft.quote) for draft in found]


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", ["honest", "fenced", "thinking", "drip=0.001"])
def test_an_honest_model_gives_questions_with_the_passages_own_words(server: DraftingServer, behaviour: str) -> None:
    model = questions_by(server, behaviour)
    assert words(drafts(model, CHINESE)) == [("退款需要怎么样？", "退款需要 10 个工作日，手续费为 20 元。")]
    assert [draft.kind for draft in drafts(model, ENGLISH)] == ["model"]
    assert model.unlocated == 0


@pytest.mark.slow
@pytest.mark.parametrize("chunk", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_a_quote_that_is_not_in_the_passage_is_dropped_and_counted(server: DraftingServer, chunk: Chunk) -> None:
    model = questions_by(server, "lying-quote")
    assert drafts(model, chunk) == []
    assert model.unlocated == 1


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", ["text-marks", "rejects-schema"])
def test_a_model_that_gives_no_quote_gives_no_draft(server: DraftingServer, behaviour: str) -> None:
    model = questions_by(server, behaviour)
    assert drafts(model, CHINESE) == []
    assert model.unlocated == 1


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", ["length", "no-finish", "broken-json"])
def test_words_that_end_badly_draft_nothing_and_the_templates_stand_in(server: DraftingServer, behaviour: str) -> None:
    with pytest.raises(DraftFailed):
        drafts(questions_by(server, behaviour), CHINESE)
    found, source = with_templates(questions_by(server, behaviour))
    assert (source.failed, source.down) == (2, "")
    assert found == template_words()


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", ["error-500", "html-200", "cut", "no-such-model"])
def test_a_server_that_cannot_be_used_is_asked_once_and_its_word_is_kept(
    server: DraftingServer, behaviour: str
) -> None:
    with pytest.raises(DependencyError):
        drafts(questions_by(server, behaviour), CHINESE)
    before = len(server.requests())
    found, source = with_templates(questions_by(server, behaviour))
    assert source.down
    assert source.failed == 0
    assert found == template_words()
    assert len(server.requests()) - before <= 2  # the chat model itself tries twice


def with_templates(model: ModelQuestions) -> tuple[list[tuple[str, str]], ModelFirst]:
    """What both passages give, by the model or else by the templates."""
    with asyncio.Runner() as runner:
        source = ModelFirst(model, TemplateQuestions(lambda _: TABLE), runner)
        return words([draft for chunk in TABLE for draft in source(chunk)]), source


def template_words() -> list[tuple[str, str]]:
    templates = TemplateQuestions(lambda _: TABLE)
    found = words([draft for chunk in TABLE for draft in templates(chunk)])
    assert found
    return found


TABLE = paragraphs_of(
    a_document(
        "价目.md", "| 套餐 | 月费 |\n| --- | --- |\n| 团队版 | 45 元 |\n| 个人版 | 20 元 |\n\n退款需要 10 个工作日。"
    )
)


def test_the_prompt_is_in_the_passages_language_and_the_passage_cannot_break_out() -> None:
    english, chinese = prompt(ENGLISH), prompt(CHINESE)
    assert f"at most {MOST_QUESTIONS} questions" in english[0].content
    assert f"最多 {MOST_QUESTIONS} 个问题" in chinese[0].content
    assert "<question>" not in english[1].content
    assert '<passage number="1" title="Manual">' in chinese[1].content
    assert CHINESE.text in chinese[1].content
    assert "$" not in english[0].content + english[1].content + chinese[0].content + chinese[1].content


def test_a_quote_is_taken_as_the_passage_writes_it() -> None:
    text = {"claims": [{"text": "多久？", "citations": [{"evidence": 1, "quote": "退款需要10个工作日"}]}]}
    model = ModelQuestions(FakeModel([json.dumps({**text, "insufficient": False}, ensure_ascii=False)]))
    assert words(drafts(model, CHINESE)) == [("多久？", "退款需要 10 个工作日")]


def test_a_passage_with_nothing_to_ask_gives_nothing() -> None:
    model = ModelQuestions(FakeModel(['{"claims": [], "insufficient": true}']))
    assert drafts(model, ENGLISH) == []


def test_a_whole_draft_of_a_stream_that_was_cut_is_not_taken() -> None:
    text = {
        "claims": [{"text": "多久？", "citations": [{"evidence": 1, "quote": CHINESE.text}]}],
        "insufficient": False,
    }
    with pytest.raises(DraftFailed, match="instead of 'stop'"):
        drafts(ModelQuestions(FakeModel([json.dumps(text)], finish_reason=None)), CHINESE)

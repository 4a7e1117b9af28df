"""A follow-up rewritten by the answer model. What it says is used only where nothing in it is made up."""

import logging
from collections.abc import Sequence
from contextlib import aclosing
from functools import cache
from importlib.resources import files

import anyio

from answer.conversation.follow_up import own_words
from answer.prompting.prompt import harmless
from answer.sentences.facts import unlicensed
from answer.sentences.question_kind import HeldNames, named
from core.errors import DependencyError
from core.ports import AnswerModel, Message
from core.text import analyse_query, is_stop_term, language_of
from core.types import Language, Question, Turn

logger = logging.getLogger(__name__)

_MOST_CHARS = 500
# Share of the question's own terms that its rewriting keeps; words such as "it" are what it replaces.
_KEPT = 0.5
_QUOTES = "\"'“”‘’「」`"


class ModelRewriter:
    """Asks a model that answers in plain text, for ``seconds`` at most."""

    def __init__(self, model: AnswerModel, *, seconds: float) -> None:
        self._model = model
        self._seconds = seconds

    async def rewrite(self, question: Question) -> str | None:
        """The question as it stands alone; None where the model is down, slow, or says what cannot be used."""
        said = ""
        try:
            with anyio.fail_after(self._seconds):
                async with aclosing(self._model.stream(rewriting_messages(question))) as deltas:
                    async for delta in deltas:
                        said += delta.text
        except (DependencyError, TimeoutError) as error:
            logger.warning("a follow-up was not rewritten by the model: %s", error or "too slow")
            return None
        rewritten = said.strip().strip(_QUOTES).strip()
        if problem := _problem(rewritten, question):
            logger.info("a rewritten follow-up is not used: %s", problem)
            return None
        return rewritten


def rewriting_messages(question: Question) -> list[Message]:
    """What the model is asked, in the language of the question; the conversation is marked as data."""
    turns = "\n".join(f"{turn.role}: {harmless(turn.content.strip())}" for turn in question.history)
    task = f"<conversation>\n{turns}\n</conversation>\n<question>\n{harmless(question.text.strip())}\n</question>"
    return [
        Message(role="system", content=_instructions(language_of(question.text))),
        Message(role="user", content=task),
    ]


def _problem(rewritten: str, question: Question) -> str:
    """Why a rewriting cannot be used; empty where it can."""
    if not rewritten or "\n" in rewritten or len(rewritten) > _MOST_CHARS + len(question.text):
        return f"no line of at most {_MOST_CHARS} characters more than the question"
    said = [question.text, *_said(question.history)]
    if made_up := unlicensed(rewritten, said):
        return f"nobody said {', '.join(sorted(made_up))}"
    if HeldNames("\n".join(said)).missing(named(rewritten)):
        return "it names what nobody named"
    asked = {term for term in analyse_query(question.text) if not is_stop_term(term)}
    kept = len(asked & set(analyse_query(rewritten))) / len(asked) if asked else 1.0
    return "it asks something else" if own_words(question.text) > 1 and kept < _KEPT else ""


def _said(history: Sequence[Turn]) -> list[str]:
    return [turn.content for turn in history]


@cache
def _instructions(language: Language) -> str:
    source = files("answer.prompting").joinpath("prompts", f"follow_up.{language}.md").read_text("utf-8")
    return source.split("---\n", 2)[2].strip()

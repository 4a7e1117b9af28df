"""``core.ports.AnswerModel`` over any server that speaks OpenAI's chat completions (vLLM, Ollama, OpenAI).

The only file that imports LangChain and the openai client, and only at the first question: that import costs 1.5 s.
"""

import random
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, nullcontext
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from pydantic import SecretStr

from answer.allowance import allowed
from answer.prompting.prompt import CLAIMS_SCHEMA, in_marks
from core.errors import DependencyError, Unavailable
from core.ports import Message, ModelDelta
from core.settings import ModelSettings
from core.types import Usage

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage, AIMessageChunk
    from langchain_core.runnables import Runnable
    from langchain_openai.chat_models.base import BaseChatOpenAI
    from openai import OpenAIError

_TEMPERATURE, _SEED = 0, 42
_CONNECT_SECONDS = 5.0
_RETRY_SECONDS = 0.25
_DETAIL_CHARS = 300

_RESPONSE_FORMAT = {"type": "json_schema", "json_schema": {"name": "claims", "strict": True, "schema": CLAIMS_SCHEMA}}
_ABOUT_SCHEMA = re.compile(r"response_?\s?format|json_?\s?schema|structured|grammar|guided", re.IGNORECASE)

_BY_STATUS: Mapping[int, tuple[type[DependencyError], str]] = {
    401: (DependencyError, "it does not accept the key: set llm.api_key (CITEDESK_LLM_API_KEY)"),
    403: (DependencyError, "the key may not do this: check llm.api_key and llm.model"),
    404: (DependencyError, "no such model or path: check llm.model, and llm.base_url, which mostly ends with /v1"),
    408: (Unavailable, "try again"),
    409: (Unavailable, "try again"),
    429: (Unavailable, "too many requests, or the quota is used up: try again later"),
}
_CLIENT_ERROR = (
    DependencyError,
    "it does not take the request: check llm.model, llm.max_tokens and answer.evidence_tokens",
)
_SERVER_ERROR = (Unavailable, "try again; its own log tells more")


class ChatModel:
    """Streams one completion per call under the claim contract.

    A server that rejects ``response_format`` is asked for ``[n]`` marks from then on. With ``tracing`` LangSmith's
    environment variables decide whether prompts are sent there; without it they never are. Without ``with_schema`` the
    server may say anything. Safe for concurrent calls and under one event loop after another. Raises
    ``DependencyError`` for a ``base_url`` that is no HTTP address.
    """

    def __init__(self, settings: ModelSettings, *, tracing: bool = False, with_schema: bool = True) -> None:
        if not (_is_http(settings.base_url) and settings.model):
            raise DependencyError(
                "a chat model needs llm.base_url, such as 'http://127.0.0.1:8000/v1', and llm.model, "
                f"got {settings.base_url!r} and {settings.model!r}"
            )
        self._settings = settings
        self._tracing = tracing
        self._takes_schema = with_schema

    @property
    def name(self) -> str:
        """As the server knows it."""
        return self._settings.model

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """Of every request."""
        return {"temperature": _TEMPERATURE, "seed": _SEED, "max_tokens": allowed(self._settings.max_tokens)}

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[ModelDelta]:
        """Text as it comes, then one delta without text that carries ``finish_reason`` and usage.

        ``finish_reason`` None in that last delta means that the stream was cut. Raises ``Unavailable`` when the
        server is down, stalls, breaks off or answers nonsense, ``DependencyError`` for what only other settings mend.
        """
        await anyio.to_thread.run_sync(lambda: self._chat)  # the import, off the event loop and before the clock starts
        ends_at = monotonic() + self._settings.total_seconds
        finish_reason: str | None = None
        usage: Usage | None = None
        chunk, chunks = await self._open(messages, ends_at)
        async with aclosing(chunks):
            while chunk is not None:
                finish_reason = chunk.response_metadata.get("finish_reason") or finish_reason
                usage = _usage(chunk) or usage
                if chunk.text:
                    yield ModelDelta(text=str(chunk.text))
                try:
                    chunk = await self._next(chunks, ends_at, self._settings.between_chunks_seconds)
                except Unavailable:
                    if finish_reason is None:
                        raise
                    break  # the answer is whole; only the usage after it is lost
        yield ModelDelta(finish_reason=finish_reason, usage=usage)

    async def _open(
        self, messages: Sequence[Message], ends_at: float
    ) -> tuple["AIMessageChunk | None", "AsyncGenerator[AIMessageChunk]"]:
        """The first chunk and the stream of the others. Tries twice: the caller has seen nothing yet."""
        retried = False
        while True:
            with_schema = self._takes_schema
            chunks = self._request(messages, with_schema)
            try:
                return await self._next(chunks, ends_at, self._settings.first_chunk_seconds), chunks
            except _SchemaRejected:
                if not with_schema:
                    raise
                self._takes_schema = False
            except Unavailable:
                if retried or monotonic() + _RETRY_SECONDS >= ends_at:
                    raise
                retried = True
                # Spread out, so that questions that failed together do not come back together.
                await anyio.sleep(_RETRY_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311  # guards no secret

    def _request(self, messages: Sequence[Message], with_schema: bool) -> "AsyncGenerator[AIMessageChunk]":
        from langchain_core.runnables import RunnableLambda

        model: Runnable[LanguageModelInput, AIMessage] = self._chat.bind(max_tokens=allowed(self._settings.max_tokens))
        if with_schema:
            # Not the response_format argument: with it the client parses the whole text again at every delta and
            # raises its own errors on a cut answer.
            model = model.bind(extra_body={"response_format": _RESPONSE_FORMAT})
        else:
            messages = in_marks(messages)
        chain = RunnableLambda(_role_and_text) | model
        return cast("AsyncGenerator[AIMessageChunk]", chain.astream(messages))

    @cached_property
    def _chat(self) -> "BaseChatOpenAI":
        from langchain_openai.chat_models.base import BaseChatOpenAI
        from openai import Timeout

        settings = self._settings
        return BaseChatOpenAI(
            base_url=settings.base_url,
            model=settings.model,
            api_key=settings.api_key or SecretStr("none"),
            temperature=_TEMPERATURE,
            seed=_SEED,
            max_retries=0,
            timeout=Timeout(settings.total_seconds, connect=min(_CONNECT_SECONDS, settings.total_seconds)),
            stream_chunk_timeout=None,
            stream_usage=True,
            use_responses_api=False,
            # A kept connection belongs to one event loop and breaks the next one's request.
            default_headers={"Connection": "close"},
        )

    async def _next(
        self, chunks: "AsyncGenerator[AIMessageChunk]", ends_at: float, patience: float
    ) -> "AIMessageChunk | None":
        """The next chunk, or None at the end; waits ``patience`` seconds but not past ``ends_at``."""
        from openai import OpenAIError

        seconds = max(0.0, min(patience, ends_at - monotonic()))
        try:
            with self._trace(), anyio.fail_after(seconds):
                return await anext(chunks, None)
        except TimeoutError as error:
            names = ("first_chunk_seconds", "between_chunks_seconds", "total_seconds")
            limits = ", ".join(f"llm.{name}={getattr(self._settings, name):g}" for name in names)
            raise Unavailable(f"{self._server} took too long: {limits} are the limits") from error
        except OpenAIError as error:
            raise self._mapped(error) from error
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            # The client and LangChain check little: what is no completion fails somewhere in their own code.
            raise Unavailable(
                f"{self._server} sent no chat completion ({self._short(str(error))}): check llm.base_url, "
                "which mostly ends with /v1"
            ) from error

    def _trace(self) -> AbstractContextManager[object]:
        from langsmith import tracing_context

        return nullcontext() if self._tracing else tracing_context(enabled=False)

    def _mapped(self, error: "OpenAIError") -> DependencyError:
        from openai import APIConnectionError, APIStatusError

        detail = self._short(_said(error))
        if isinstance(error, APIConnectionError):
            return Unavailable(f"the connection to {self._server} failed ({detail}): check it and llm.base_url")
        if not isinstance(error, APIStatusError):
            return Unavailable(f"{self._server} reported an error while it answered ({detail}): try again")
        status = error.status_code
        kind, advice = _BY_STATUS.get(status, _CLIENT_ERROR if status < 500 else _SERVER_ERROR)
        if status in {400, 422} and _ABOUT_SCHEMA.search(detail):
            kind = _SchemaRejected
        return kind(f"{self._server} answered {status} ({detail}) for model {self._settings.model!r}: {advice}")

    @property
    def _server(self) -> str:
        return "the model server at " + re.sub(r"//[^/@]*@", "//", self._settings.base_url)

    def _short(self, detail: str) -> str:
        """One line without the key, which some servers repeat."""
        key = self._settings.api_key.get_secret_value()
        return " ".join((detail.replace(key, "…") if key else detail).split())[:_DETAIL_CHARS]


class _SchemaRejected(DependencyError):
    """The server does not take ``response_format``."""


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _role_and_text(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in messages]


def _usage(chunk: "AIMessageChunk") -> Usage | None:
    counted = chunk.usage_metadata
    return counted and Usage(input_tokens=counted["input_tokens"], output_tokens=counted["output_tokens"])


def _said(error: "OpenAIError") -> str:
    """The server's own message, or else the deepest cause: "Connection refused" says more than "Connection error."."""
    body = getattr(error, "body", None)
    if isinstance(body, Mapping) and body.get("message"):
        return str(body["message"])
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return str(cause) or type(cause).__name__

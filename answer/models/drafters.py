"""The answer models of the settings, in the order in which they are asked."""

from answer.models.breaker import Breakers, GuardedModel
from answer.models.chat_model import ChatModel
from answer.models.draft import ModelDrafter
from answer.models.economy import Economy
from answer.prompting.prompt_choice import Prompts
from core.ports import AnswerModel
from core.settings import FallbackModel, ModelSettings, Settings


def drafters_of(settings: Settings, breakers: Breakers | None = None) -> tuple[ModelDrafter, ...]:
    """The configured model, then its fallbacks; none without ``llm.base_url``. Each behind its breaker, if any.

    Raises ``DependencyError`` for an address that is none, and ``InvalidInput`` for prompts that cannot be used.
    """
    if not settings.llm.base_url:
        return ()
    prompts = Prompts(settings.prompts.folder, settings.prompts.weights)
    servers = [settings.llm, *(_as_fallback(settings.llm, each) for each in settings.llm.fallbacks)]
    return tuple(ModelDrafter(asked_model(server, breakers), prompts, Economy.of(server)) for server in servers)


def asked_model(server: ModelSettings, breakers: Breakers | None = None, *, with_schema: bool = True) -> AnswerModel:
    """A server's model, behind the breaker of that server where there are breakers."""
    model = ChatModel(server, with_schema=with_schema)
    return model if breakers is None else GuardedModel(model, breakers.of(server.model, server.base_url))


def _as_fallback(first: ModelSettings, fallback: FallbackModel) -> ModelSettings:
    """Limits are the first model's. Its key goes to no other server."""
    other = bool(fallback.base_url) or bool(fallback.api_key.get_secret_value())
    return first.model_copy(
        update={
            "model": fallback.model,
            "base_url": fallback.base_url or first.base_url,
            "api_key": fallback.api_key if other else first.api_key,
            "tokenizer": fallback.tokenizer,
            "input_price": fallback.input_price,
            "output_price": fallback.output_price,
        }
    )

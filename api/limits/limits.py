"""What the settings say of limits, put together around a desk."""

from dataclasses import dataclass

from answer.assemble import Desk
from answer.caching.cache import AnswerCache
from answer.caching.cache_key import AnswerKeys
from api.limits.budgets import Budgets
from api.limits.rates import Rates
from api.limits.turnstile import Remembered, Turnstile
from store.usage import TokenUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one service: how often its routes are taken, and what holds up a question."""

    rates: Rates
    turnstile: Turnstile


def limits_of(desk: Desk) -> Limits:
    """By the desk's own settings. Raises ``InvalidInput`` for a rate that cannot be read."""
    settings = desk.settings
    usage = TokenUsage(desk.catalog)
    remembered = None
    if settings.cache.answer_bytes:
        remembered = Remembered(
            answers=AnswerCache(settings.cache.answer_bytes),
            key=AnswerKeys(desk).key,
            keep_again=desk.tracing.keep_again,
        )
    return Limits(
        rates=Rates(settings.limits),
        turnstile=Turnstile(
            desk,
            settings.limits,
            budgets=Budgets(usage, settings.limits, settings.llm),
            remembered=remembered,
        ),
    )

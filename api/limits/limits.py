"""What the settings say of limits, put together around a desk."""

from contextlib import suppress
from dataclasses import dataclass

from answer.assemble import Desk
from answer.caching.cache import AnswerCache, Answers, LayeredAnswers
from answer.caching.cache_key import AnswerKeys
from api.limits.budgets import Budgets
from api.limits.rates import Rates
from api.limits.turnstile import Remembered, Turnstile
from core.errors import Unavailable
from core.settings import LimitSettings
from store.pepper import read_pepper
from store.usage import TokenUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one service: how often its routes are taken, and what holds up a question."""

    settings: LimitSettings
    rates: Rates
    turnstile: Turnstile
    budgets: Budgets | None = None


def limits_of(desk: Desk) -> Limits:
    """By the desk's own settings. Raises ``InvalidInput`` for a rate that cannot be read."""
    settings, link = desk.settings, desk.redis
    if link is not None:
        with suppress(Unavailable):
            link.check()  # the log says so from the start, and no question has to find it out
    budgets = Budgets(TokenUsage(desk.catalog), settings.limits, settings.llm)
    answers = _answers(desk)
    remembered = None
    if answers is not None:
        remembered = Remembered(answers=answers, key=AnswerKeys(desk).key, keep_again=desk.tracing.keep_again)
    return Limits(
        settings=settings.limits,
        rates=Rates(settings.limits, link),
        turnstile=Turnstile(desk, settings.limits, budgets=budgets, remembered=remembered),
        budgets=budgets,
    )


def _answers(desk: Desk) -> Answers | None:
    """Those of this process, behind them those that Redis holds."""
    room, redis = desk.settings.cache.answer_bytes, desk.settings.redis
    near = AnswerCache(room) if room else None
    if desk.redis is None or not redis.answer_seconds:
        return near
    from answer.caching.redis_answers import RedisAnswers

    far = RedisAnswers(desk.redis, read_pepper(desk.settings.home), redis.answer_seconds)
    return far if near is None else LayeredAnswers(near, far)

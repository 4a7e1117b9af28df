"""What a search found before copies became one hit each: both arms fused into one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.settings import RetrievalSettings
from core.types import Chunk, Hit, Stage
from retrieval.arms import NOTHING, Arm
from retrieval.fusion import fitted_weights, fuse
from retrieval.indexes import View
from retrieval.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The weight of the dense arm, and the shares, 0 to 1, of the question and of the first passages that the embedder
    can read."""

    dense: float
    question_legible: float
    passages_legible: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One search of one view: the arms that were not down, and their hits in one order, best first.

    ``trust`` is None where one arm searched alone. ``timings_ms`` holds the steps of both arms, which run side by
    side.
    """

    view: View
    scope: Scope | None
    arms: Mapping[Stage, Arm]
    hits: tuple[Hit, ...]
    trust: Trust | None
    degraded: tuple[str, ...]
    timings_ms: Mapping[str, float]


class Combiner:
    """Fuses what the arms found. Thread-safe."""

    def __init__(self, settings: RetrievalSettings) -> None:
        self._settings = settings

    def hits(
        self, view: View, query: str, arms: Mapping[Stage, Arm], asked: int
    ) -> tuple[tuple[Hit, ...], Trust | None]:
        """Every passage of the arms, each ``asked`` for so many, best first, and the weight of the dense arm."""
        lexical, dense = arms.get(Stage.LEXICAL, NOTHING), arms.get(Stage.DENSE, NOTHING)
        trust = None
        if len(arms) == 1:
            only = next(iter(arms))
            fused, label = dict(arms[only].scores), only
        else:
            dense = _with_exact_cosines(lexical, dense)
            trust = self._trust(view, query, lexical, dense)
            fused, label = fuse(lexical.scores, dense.scores, trust.dense, asked=asked), Stage.FUSED
        return _ordered(fused, label, lexical, dense), trust

    def _trust(self, view: View, query: str, lexical: Arm, dense: Arm) -> Trust:
        """How far to trust the dense arm here: the embedder must read both the question and the passages."""
        passages = first_words([*lexical.chunks.values()] or [*dense.chunks.values()])
        embedder = view.embedder()
        question_legible, passages_legible = embedder.legibility(query), embedder.legibility(passages)
        legible = min(question_legible, passages_legible)
        weight = self._settings.dense_weight * fitted_weights().of(query, legible)
        return Trust(dense=weight, question_legible=question_legible, passages_legible=passages_legible)


def _with_exact_cosines(lexical: Arm, dense: Arm) -> Arm:
    """The dense arm with the cosines of passages that only the lexical arm found, from the stored vectors."""
    question = dense.vector
    if question is None:
        return dense
    exact = {i: float(question @ vector) for i, vector in lexical.vectors.items() if i not in dense.scores}
    return replace(dense, scores={**dense.scores, **exact})


def first_words(chunks: Sequence[Chunk]) -> str:
    """What of the passages is looked at to tell whether the embedder can read them."""
    return " ".join(chunk.text[:200] for chunk in chunks[:5])


def _ordered(fused: Mapping[str, float], label: Stage, lexical: Arm, dense: Arm) -> tuple[Hit, ...]:
    chunks = {**dense.chunks, **lexical.chunks}
    by_stage = {Stage.LEXICAL: lexical.scores, Stage.DENSE: dense.scores}
    return tuple(
        Hit(
            chunk=chunks[i],
            score=fused[i],
            stage=label,
            scores={arm: scores[i] for arm, scores in by_stage.items() if i in scores},
        )
        for i in sorted(fused, key=lambda i: (-fused[i], i))
    )

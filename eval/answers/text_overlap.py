"""ROUGE-L and BLEU, in both languages on the project's own tokens. The only file that imports their libraries."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from core.text import analyse, han_share

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

Tokenizer: TypeAlias = Callable[[str], Sequence[str]]


def overlap_tokens(text: str) -> list[str]:
    """Stemmed Latin words and single Chinese characters, in order: index terms without the pairs of characters."""
    return [term for term in analyse(text) if len(term) == 1 or not han_share(term)]


def rouge_l(text: str, references: Sequence[str], tokens: Tokenizer = overlap_tokens) -> float:
    """F1 of the longest common subsequence of tokens with the closest reference, 0 to 1 (Lin 2004, beta 1).

    0 without references and where neither side has a token.
    """
    own = tokens(text)
    return max((_f1(own, tokens(reference)) for reference in references), default=0.0)


def _f1(own: Sequence[str], reference: Sequence[str]) -> float:
    from rapidfuzz.distance import LCSseq

    total = len(own) + len(reference)
    return 2 * LCSseq.similarity(own, reference) / total if total else 0.0


def bleu(text: str, references: Sequence[str], tokens: Tokenizer = overlap_tokens) -> float:
    """BLEU of one text against all references together, 0 to 1 (Papineni et al. 2002, as sacrebleu computes it).

    Orders of n-grams that a text is too short for are left out; an order without a match is smoothed. 0 without
    references.
    """
    if not references:
        return 0.0
    joined = [" ".join(tokens(each)) for each in (text, *references)]
    return min(1.0, _bleu().sentence_score(joined[0], joined[1:]).score / 100)


@cache
def _bleu() -> "BLEU":
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="none", effective_order=True, force=True)

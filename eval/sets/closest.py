"""The passage that somebody probably meant with a quote that is not there: a hint to a person, never a proof."""

from collections.abc import Iterable

from core.sentences import split_sentences
from core.text import analyse, simplify

_MIN_SCORE = 60.0
_MOST_OF_A_SENTENCE = 0.4


def closest_passage(quote: str, text: str) -> tuple[str, float] | None:
    """The sentences of ``text`` that come nearest to ``quote``, and how near, 60 to 100; None where nothing does.

    The score is rapidfuzz's partial ratio: the best alignment of the quote with any stretch of the text.
    """
    from rapidfuzz.fuzz import partial_ratio_alignment

    # Simplification keeps the length, so the places are those of the text itself.
    found = partial_ratio_alignment(simplify(quote), simplify(text), score_cutoff=_MIN_SCORE)
    if found is None or found.src_end - found.src_start < len(quote.strip()) / 2:
        return None
    start, end = found.dest_start, found.dest_end
    words = set(analyse(quote))
    near = [
        span
        for span in split_sentences(text)
        if min(end, span.end) - max(start, span.start) > _MOST_OF_A_SENTENCE * len(span)
        and words.intersection(analyse(span.of(text)))
    ]
    if not near:
        return text[start:end].strip(), found.score
    return text[near[0].start : near[-1].end], found.score


def closest_name(name: str, names: Iterable[str]) -> str | None:
    """The source that ``name`` probably means: the one that it ends with or that ends with it, else the most alike."""
    from rapidfuzz.fuzz import ratio
    from rapidfuzz.process import extractOne

    plain = name.replace("\\", "/").removeprefix("./")
    known = sorted(names)
    tails = [one for one in known if plain.endswith(f"/{one}") or one.endswith(f"/{plain}") or one == plain]
    if tails:
        return tails[0]
    best = extractOne(plain, known, scorer=ratio, score_cutoff=_MIN_SCORE)
    return best[0] if best else None

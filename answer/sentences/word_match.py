"""How well each word of a question is met by each sentence, from 0 (or below) to 1.

English: the best cosine of each token among the tokens of the text (late interaction, Khattab and Zaharia 2020).
Chinese: the words of ``answer/sentences/salience.py``, chosen before the packaged encoder read Chinese.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from answer.sentences.salience import packaged_matcher
from answer.sentences.sentences import Sentence
from core.ports import TokenEmbedder, TokenVectors
from core.text import language_of
from core.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class WordMatches:
    """``weights`` of shape (t,) over the question's words; ``own`` and ``context`` of shape (n, t) over the sentences.

    ``own`` is the match in the sentence itself, ``context`` the match in what it hangs on.
    """

    weights: FloatArray
    own: FloatArray
    context: FloatArray


def match_words(question: str, sentences: Sequence[Sentence], encoder: TokenEmbedder) -> WordMatches:
    """By tokens or by words, after the language of the question. ``sentences`` must not be empty."""
    if language_of(question) == "zh":
        return _by_words(question, sentences)
    return _by_tokens(question, sentences, encoder)


def _by_words(question: str, sentences: Sequence[Sentence]) -> WordMatches:
    matcher = packaged_matcher()
    words, weights = matcher.asked(question)
    texts = _distinct(sentences)
    found = {text: matcher.match(words, text) for text in texts}
    return _arranged(weights, found, sentences)


def _by_tokens(question: str, sentences: Sequence[Sentence], encoder: TokenEmbedder) -> WordMatches:
    texts = _distinct(sentences)
    asked, *encoded = encoder.embed_tokens([question, *texts])
    known = asked.vectors[asked.known]
    found = {text: _best_cosines(known, tokens) for text, tokens in zip(texts, encoded, strict=True)}
    return _arranged(np.ones(len(known), dtype=np.float32), found, sentences)


def _distinct(sentences: Sequence[Sentence]) -> list[str]:
    """Each text once: sentences of one section share their context, and encoding is what costs here."""
    return list(dict.fromkeys(text for sentence in sentences for text in (sentence.text, sentence.context)))


def _best_cosines(question: FloatArray, tokens: TokenVectors) -> FloatArray:
    held = tokens.vectors[tokens.known]
    if not len(held):
        return np.zeros(len(question), dtype=np.float32)
    return np.asarray((question @ held.T).max(axis=1), dtype=np.float32)


def _arranged(weights: FloatArray, found: dict[str, FloatArray], sentences: Sequence[Sentence]) -> WordMatches:
    return WordMatches(
        weights=weights,
        own=np.stack([found[sentence.text] for sentence in sentences]),
        context=np.stack([found[sentence.context] for sentence in sentences]),
    )

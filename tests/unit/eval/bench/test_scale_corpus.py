"""The generated corpus: the same for everyone, nested in size, with words and neighbours like real ones."""

from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from core.text import analyse, language_of
from eval.bench.scale.corpus import AREAS, Corpus, is_in, passage_id, source_of
from eval.bench.scale.vectors import DIMENSION, passage_vectors, question_vectors
from eval.bench.scale.words import Vocabulary

TRAIN = Path(__file__).resolve().parents[4] / "data" / "train"


@pytest.fixture(scope="module")
def corpus():
    return Corpus("kb", TRAIN)


@pytest.fixture(scope="module")
def thousand(corpus):
    return [*corpus.documents(1_000)]


def test_a_corpus_is_documents_of_ten_passages_every_other_one_chinese(thousand):
    assert len(thousand) == 100
    assert {len(made.passages) for made in thousand} == {10}
    assert [language_of(made.document.text) for made in thousand[:4]] == ["en", "zh", "en", "zh"]
    assert [made.document.language for made in thousand[:2]] == ["en", "zh"]


def test_every_passage_lies_in_its_document_under_an_id_of_its_own(thousand):
    passages = [(made.document, passage) for made in thousand for passage in made.passages]
    assert all(passage.span.of(document.text) == passage.text for document, passage in passages)
    assert len({passage.id for _, passage in passages}) == 1_000
    assert len({passage.text for _, passage in passages}) == 1_000


def test_a_smaller_corpus_is_the_beginning_of_a_larger_one(corpus, thousand):
    again = [*islice(corpus.documents(3_000), 100)]
    assert [made.document for made in again] == [made.document for made in thousand]
    later = next(iter(corpus.documents(3_000, first=2_000)))
    assert later.document.source == source_of(200) == "0000200.md"


def test_vectors_without_texts_are_those_of_the_documents(corpus, thousand):
    [(ids, vectors)] = corpus.vectors(1_000)
    assert ids[17] == passage_id("0000001.md", 7) == thousand[1].passages[7].id
    assert np.array_equal(vectors[17], thousand[1].vectors[7])


def test_questions_are_in_both_languages_and_near_what_they_ask_of(corpus, thousand):
    asked = corpus.questions(1_000, 20)
    assert [language_of(each.text) for each in asked[:4]] == ["en", "zh", "en", "zh"]
    nearest = [max(float((made.vectors @ each.vector).max()) for made in thousand) for each in asked]
    assert 0.4 < np.median(nearest) < 0.85  # .64 for real questions
    assert [each.text for each in asked] == [each.text for each in corpus.questions(1_000, 20)]


def test_an_area_holds_its_share_of_the_documents():
    for area, share in AREAS.items():
        assert sum(is_in(area, number) for number in range(4_000)) / 4_000 == pytest.approx(share, rel=0.3, abs=0.001)


@pytest.mark.parametrize(("language", "first", "tenth"), [("en", 0.6, 0.2), ("zh", 0.5, 0.2)])
def test_few_words_are_everywhere_and_most_are_rare(language, first, tenth):
    vocabulary = Vocabulary(language, TRAIN)
    random = np.random.default_rng(0)
    texts = [vocabulary.written(words) for words in vocabulary.passages(random, [n // 100 for n in range(1_000)])]
    passages = Counter(term for text in texts for term in set(analyse(text)))
    shares = sorted((count / 1_000 for count in passages.values()), reverse=True)
    assert shares[0] > first
    assert shares[9] > tenth
    assert sum(share == 0.001 for share in shares) > len(shares) / 3


def test_words_of_a_passage_are_repeated_more_often_than_chance_would():
    vocabulary = Vocabulary("en", TRAIN)
    random = np.random.default_rng(0)
    passages = [words for words in vocabulary.passages(random, [7] * 200) if len(words) > 60]
    drawn = [vocabulary.draw(random, len(words)) for words in passages]
    assert _distinct(passages) < 0.9 * _distinct(drawn)


def test_neighbours_lie_as_far_as_those_of_real_passages():
    places = np.arange(4_000)
    vectors = passage_vectors(np.random.default_rng(0), places // 100, places // 10)
    assert vectors.shape == (4_000, DIMENSION)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    cosines = vectors[::20] @ vectors.T
    best = -np.sort(-cosines, axis=1)
    assert np.median(cosines) == pytest.approx(0.18, abs=0.08)  # of any two support articles
    assert np.median(best[:, 1]) == pytest.approx(0.81, abs=0.06)  # the nearest
    assert np.median(best[:, 10]) == pytest.approx(0.64, abs=0.06)  # the tenth


def test_a_question_lies_further_from_its_passage_than_the_passages_neighbour():
    places = np.arange(1_000)
    random = np.random.default_rng(0)
    vectors = passage_vectors(random, places // 100, places // 10)
    asked = question_vectors(random, vectors)
    assert np.median((asked * vectors).sum(axis=1)) == pytest.approx(0.65, abs=0.07)


def _distinct(passages):
    return np.mean([len(set(words.tolist())) / len(words) for words in passages])

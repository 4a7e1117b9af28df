"""What is asked in vain, grouped by what it is about."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.feedback.topics import EXAMPLES, InVain, Why, topics_of

# Directions of meaning: two questions on one axis have the cosine 1, on two axes 0.
AXES = {"okta": 0, "sso": 0, "menu": 1, "部署": 2, "天气": 3}


def embed(texts):
    vectors = np.zeros((len(texts), 5), np.float32)
    for row, text in zip(vectors, texts, strict=True):
        axis = next((axis for word, axis in AXES.items() if word in text.lower()), 4)
        row[axis] = 1.0
    return vectors


def asked(question, why=Why.UNANSWERED, *, kb="kb", at=1.0, trace_id=None, feedback_id=""):
    return InVain(question=question, kb=kb, why=why, at=at, trace_id=trace_id or question, feedback_id=feedback_id)


def test_questions_about_one_thing_are_one_topic_and_the_largest_comes_first():
    topics = topics_of(
        [asked("Is there a vegan menu?"), asked("Okta setup"), asked("SSO with Okta?", Why.DISLIKED, at=9.0)], embed
    )
    assert [(topic.questions, topic.unanswered, topic.disliked, topic.last_at) for topic in topics] == [
        (2, 1, 1, 9.0),
        (1, 1, 0, 1.0),
    ]
    assert {each.question for each in topics[0].examples} == {"Okta setup", "SSO with Okta?"}
    assert topics[0].label == "okta"
    assert topics[1].label == "Is there a vegan menu?"


def test_languages_and_knowledge_bases_are_never_mixed():
    topics = topics_of([asked("部署 okta 的问题在哪里"), asked("okta"), asked("okta", kb="other")], embed)
    assert sorted((topic.kb, topic.language) for topic in topics) == [("kb", "en"), ("kb", "zh"), ("other", "en")]


def test_the_same_words_are_one_example_that_counts_every_time_it_was_asked():
    (topic,) = topics_of(
        [asked("Okta?", trace_id="1", at=5.0), asked("okta?", trace_id="2", at=7.0), asked("ＯＫＴＡ?", trace_id="3")],
        embed,
    )
    (example,) = topic.examples
    assert (topic.questions, example.times, example.at) == (3, 3, 7.0)


def test_an_answer_that_was_unanswered_and_disliked_by_two_counts_once_for_what_weighs_most():
    (topic,) = topics_of(
        [
            asked("Okta?", trace_id="1"),
            asked("Okta?", Why.DISLIKED, trace_id="1", feedback_id="fb_1"),
            asked("Okta?", Why.MISSING_DOCUMENT, trace_id="1", feedback_id="fb_2"),
        ],
        embed,
    )
    assert (topic.questions, topic.unanswered, topic.disliked, topic.missing_document) == (1, 0, 0, 1)
    assert topic.examples[0].feedback_id == "fb_2"


def test_a_topic_shows_a_few_examples_and_counts_all():
    (topic,) = topics_of([asked(f"部署问题{word}") for word in "甲乙丙丁戊己庚辛"], embed)
    assert (topic.questions, len(topic.examples)) == (8, EXAMPLES)


def test_nothing_asked_is_no_topic():
    assert topics_of([], embed) == []


@given(
    st.permutations([asked(word, at=float(n)) for n, word in enumerate(("okta", "SSO now", "menu", "天气", "部署"))])
)
def test_the_order_of_the_questions_changes_nothing(questions):
    assert topics_of(questions, embed) == topics_of(sorted(questions, key=lambda each: each.at), embed)


@pytest.mark.parametrize("angle", [0.39, 0.41])
def test_two_questions_are_one_topic_from_a_cosine_of_point_four_on(angle):
    def at_an_angle(texts):
        pairs = {"okta a": (1.0, 0.0), "okta b": (angle, float(np.sqrt(1 - angle**2)))}
        return np.array([pairs[text] for text in texts], np.float32)

    assert len(topics_of([asked("okta a"), asked("okta b")], at_an_angle)) == (2 if angle < 0.4 else 1)

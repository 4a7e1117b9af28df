from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from filter_home import FilterHome

from answer.caching.cache_key import AnswerKeys, normalised
from core.types import ContextBlock, Filter, Question, Turn

ASKED = Question(text="发票多久能开出来？", kb="kb", history=(Turn(role="user", content="你好"),))


@pytest.fixture
def home(tmp_path):
    home = FilterHome(tmp_path)
    home.put("发票.md", "电子发票在两个工作日内开出。")
    home.indexes.catch_up("kb")
    yield home
    home.close()


def keys(home, *, fingerprint="f1", prompts=("p1",), today=date(2026, 11, 22)):
    drafter = SimpleNamespace(prompts_of=lambda conversation: prompts)
    desk = SimpleNamespace(
        catalog=home.catalog,
        reader_of=lambda kb: SimpleNamespace(drafters=[drafter]),
        tracing=SimpleNamespace(fingerprint=lambda reader: fingerprint),
    )
    return AnswerKeys(desk, today=lambda: today)


def test_the_same_question_has_the_same_key_and_spaces_say_nothing(home):
    key = keys(home).key(ASKED)

    assert keys(home).key(ASKED) == key
    assert keys(home).key(replace(ASKED, text=" 发票多久能开出来?　")) == key


@pytest.mark.parametrize(
    "change",
    [
        {"text": "发票多久能开出来"},
        {"history": ()},
        {"history": (Turn(role="assistant", content="你好"),)},
        {"filter": Filter(as_of=date(2025, 1, 1))},
        {"context": (ContextBlock(name="customer", data={"plan": "Team"}),)},
    ],
)
def test_whatever_is_asked_otherwise_has_another_key(home, change):
    assert keys(home).key(replace(ASKED, **change)) != keys(home).key(ASKED)


@pytest.mark.parametrize("change", [{"fingerprint": "f2"}, {"prompts": ("p2",)}, {"today": date(2026, 11, 23)}])
def test_other_settings_another_prompt_and_another_day_make_another_key(home, change):
    assert keys(home, **change).key(ASKED) != keys(home).key(ASKED)


def test_an_ingestion_makes_old_answers_unreachable_before_and_after_the_index_follows(home):
    key = keys(home)
    seen = [key.key(ASKED)]
    home.put("发票.md", "电子发票在三个工作日内开出。")
    seen.append(key.key(ASKED))
    home.indexes.catch_up("kb")
    seen.append(key.key(ASKED))
    home.catalog.delete_sources("kb", ["发票.md"])
    seen.append(key.key(ASKED))

    assert len(set(seen)) == 4


def test_an_ingestion_elsewhere_changes_nothing(home):
    key = keys(home).key(ASKED)
    home.put("other.md", "Refunds take 14 days.", kb="other")

    assert keys(home).key(ASKED) == key


def test_letters_case_and_numbers_are_kept():
    asked = Question(text="Does  the M² plan\nhelp US？", kb="kb")

    assert normalised(asked).text == "Does the M² plan help US?"

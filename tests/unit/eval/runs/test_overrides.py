"""Settings take values by their dotted names, as the model reads them, or say what is wrong."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from core.errors import InvalidInput
from core.settings import Settings
from eval.runs.overrides import overridden, setting_names


def test_values_become_what_the_setting_holds() -> None:
    changed = overridden(
        Settings(),
        [
            "retrieval.candidates=50",
            "retrieval.dense_weight = 0.25",
            "rerank.kind=identity",
            "answer.threshold=0.9",
            "retrieval.embedder=模型/小",
            "record.url=sqlite:///a=b",
        ],
    )
    assert (changed.retrieval.candidates, changed.retrieval.dense_weight) == (50, 0.25)
    assert (changed.rerank.kind, changed.answer.threshold) == ("identity", 0.9)
    assert changed.retrieval.embedder == "模型/小"
    assert changed.record.url == "sqlite:///a=b"


def test_everything_else_stays_and_the_given_settings_too() -> None:
    settings = Settings(home=Path("elsewhere"))
    changed = overridden(settings, ["ingest.chunk_tokens=90"])
    assert changed == settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"chunk_tokens": 90})})
    assert settings.ingest.chunk_tokens == Settings().ingest.chunk_tokens
    assert overridden(settings, []) is settings


def test_null_is_none_and_the_last_value_holds() -> None:
    assert overridden(Settings(), ["answer.threshold=0.9", "answer.threshold=null"]).answer.threshold is None


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("retrieval.candidate=50", r"no setting 'retrieval\.candidate'; near it are retrieval\.candidates"),
        ("candidates=50", r"no setting 'candidates'; near it are .*rerank\.candidates"),
        ("url=x", r"near it are redis\.url, record\.url"),
        ("retreival.dense_weight=2", r"near it are retrieval\.dense_weight"),
        ("检索.数量=2", r"no setting '检索\.数量'; names begin with one of record, ingest, retrieval"),
        ("home=/tmp", "no setting 'home'"),
        ("retrieval=1", "no setting 'retrieval'"),
        ("retrieval.candidates", r"'retrieval\.candidates' has no value; write it as name=value"),
        ("retrieval.candidates=many", r"setting retrieval\.candidates = 'many': Input should be a valid integer"),
        ("retrieval.candidates=0", r"setting retrieval\.candidates = '0': .*greater than or equal to 1"),
        ("rerank.kind=best", r"setting rerank\.kind = 'best': Input should be 'late_interaction'"),
        ("ingest.workers=[2", r"setting ingest\.workers = '\[2'"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(assignment: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        overridden(Settings(), [assignment])


@given(st.sampled_from(sorted(setting_names(Settings()))))
def test_every_setting_takes_its_own_value_back(name: str) -> None:
    settings = Settings()
    slice_, field = name.split(".")
    value = getattr(getattr(settings, slice_), field)
    assert overridden(settings, [f"{name}={_written(value)}"]) == settings


def _written(value: object) -> str:
    if value is None or isinstance(value, tuple):
        return json.dumps(value)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)

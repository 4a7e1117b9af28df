from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.settings import load_settings


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch):
    import os

    for name in [name for name in os.environ if name.startswith("CITEDESK_")]:
        monkeypatch.delenv(name)


def test_the_file_in_the_home_overrides_the_defaults(tmp_path):
    (tmp_path / "citedesk.toml").write_text("[retrieval]\ncandidates = 7\n")
    settings = load_settings(tmp_path)
    assert settings.retrieval.candidates == 7
    assert settings.retrieval.lexical_backend == "tantivy"


def test_the_environment_overrides_the_file(tmp_path, monkeypatch):
    (tmp_path / "citedesk.toml").write_text("[retrieval]\ncandidates = 7\ndense_weight = 2\n")
    monkeypatch.setenv("CITEDESK_RETRIEVAL__CANDIDATES", "9")
    settings = load_settings(tmp_path)
    assert (settings.retrieval.candidates, settings.retrieval.dense_weight) == (9, 2)


def test_the_home_comes_from_the_environment_unless_given(tmp_path, monkeypatch):
    monkeypatch.setenv("CITEDESK_HOME", str(tmp_path / "a"))
    assert load_settings().home == tmp_path / "a"
    assert load_settings(tmp_path / "b").home == tmp_path / "b"


def test_the_model_server_is_named_with_single_underscores(monkeypatch):
    monkeypatch.setenv("CITEDESK_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("CITEDESK_LLM_MODEL", "tiny")
    monkeypatch.setenv("CITEDESK_LLM_API_KEY", "secret")
    settings = load_settings(Path("x"))
    assert (settings.llm.base_url, settings.llm.model) == ("http://127.0.0.1:9/v1", "tiny")
    assert settings.llm.api_key.get_secret_value() == "secret"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CITEDESK_RETRIEVAL__CANDIDATES", "0", r"retrieval\.candidates = '0'"),
        ("CITEDESK_RETRIEVAL__LEXICAL_BACKEND", "lucene", r"retrieval\.lexical_backend = 'lucene'"),
        ("CITEDESK_INGEST__NO_SUCH", "1", r"ingest\.no_such"),
    ],
)
def test_a_setting_that_is_off_is_named_with_its_value(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput, match=said):
        load_settings()


def test_a_broken_settings_file_is_named(tmp_path):
    (tmp_path / "citedesk.toml").write_text("[retrieval\n")
    with pytest.raises(InvalidInput, match=r"citedesk\.toml"):
        load_settings(tmp_path)

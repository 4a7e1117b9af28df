from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import DependencyMissing
from core.settings import RetrievalSettings
from retrieval import encoders as module
from retrieval.embedder import SentenceEmbedder
from retrieval.encoders import EditionEncoders, lasting_name


@pytest.fixture
def make(model_cache):
    def make(name: str) -> EditionEncoders:
        wanted = SentenceEmbedder(name, engine="torch", cache=model_cache)
        settings = RetrievalSettings(embedder=name, engine="torch")
        return EditionEncoders(
            settings, model_cache, wanted, cut=lambda: "passages 2 of 180+1", passages={"chunk_tokens": 180}
        )

    return make


def test_the_recipe_of_the_settings_names_all_that_is_needed_to_write_by_it_again(make):
    recipe = make("minilm-en").recipe()
    assert recipe.cut == "passages 2 of 180+1"
    assert recipe.passages == {"chunk_tokens": 180}
    assert recipe.embedder == "minilm-en"
    assert recipe.fingerprint.startswith("53aa51172d142c89d9012cce15ae4d6c/")


def test_the_settings_embedder_reads_its_own_editions_and_no_other_is_looked_for(make, monkeypatch):
    home = make("minilm-en")
    monkeypatch.setattr(module, "find_model", lambda *_: pytest.fail("looked for"))
    assert home.of(replace(home.recipe(), embedder="/moved/elsewhere", cut="other")) is home.of(home.recipe())


@pytest.mark.parametrize("known_as", ["minilm-en", ""], ids=["by its name", "of a record that did not keep names"])
def test_an_edition_of_another_embedder_is_read_by_that_one(make, known_as):
    older = replace(make("minilm-en").recipe(), embedder=known_as)
    home = make("")
    found = home.of(older)
    assert found.fingerprint == older.fingerprint != home.recipe().fingerprint
    assert home.of(older) is found, "it is loaded once"


def test_an_embedder_that_is_gone_is_named_and_looked_for_once(make, monkeypatch):
    home = make("minilm-en")
    asked: list[str] = []

    def find(name, _cache):
        asked.append(name)
        raise DependencyMissing("not here")

    monkeypatch.setattr(module, "find_model", find)
    gone = replace(home.recipe(), fingerprint="feedbeef/1", embedder="/models/客服")
    for _ in range(2):
        with pytest.raises(DependencyMissing, match=r"'/models/客服' \(feedbeef/1\).*kb reindex"):
            home.of(gone)
    assert asked == ["/models/客服", "", "minilm-en"]


def test_weights_that_changed_under_the_same_name_do_not_read_the_older_edition(make):
    home = make("")
    digest = make("minilm-en").recipe().fingerprint.split("/")[0]
    with pytest.raises(DependencyMissing, match=f"{digest}/999"):
        home.of(replace(home.recipe(), fingerprint=f"{digest}/999", embedder="minilm-en"))


def test_a_folder_is_kept_by_a_name_that_holds_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "模型").mkdir()
    monkeypatch.chdir(tmp_path)
    assert lasting_name("模型") == str(Path(tmp_path / "模型").resolve())
    assert lasting_name("") == ""
    assert lasting_name("minilm-en") == "minilm-en"

from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from answer.models.drafters import drafters_of
from answer.prompting.prompt_choice import Prompts, conversation_of
from answer.prompting.prompt_files import load_variants, prompt_template
from core.errors import InvalidInput
from core.settings import FallbackModel, ModelSettings, PromptSettings, Settings
from core.types import Question, Turn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a variant ``short`` in both languages and one, ``terse``, in Chinese only."""
    for name, language, word in (
        ("short", "en", "Be short."),
        ("short", "zh", "要短。"),
        ("terse", "zh", "惜字如金。"),
    ):
        packaged = files("answer.prompting").joinpath("prompts", f"answer.{language}.md").read_text("utf-8")
        path = tmp_path / "variants" / name / f"answer.{language}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(packaged.replace("# rules\n", f"# rules\n{word}\n"), encoding="utf-8")
    return tmp_path


def asked(text: str, *history: str) -> Question:
    return Question(text=text, kb="kb", history=tuple(Turn(role="user", content=said) for said in history))


def test_without_settings_the_packaged_prompt_is_used() -> None:
    assert Prompts().template("any", "en") is prompt_template("en")


def test_variants_are_given_to_conversations_in_proportion_to_their_weights(folder: Path) -> None:
    prompts = Prompts(folder, {"shipped": 3, "short": 1, "terse": 0})
    used = Counter(
        prompts.template(conversation_of(asked(f"question {number}")), "en").variant for number in range(4_000)
    )
    # 4,000 draws at 1 in 4: four standard deviations are 110.
    assert used["short"] == pytest.approx(1_000, abs=110)
    assert used["terse"] == 0


def test_every_turn_of_a_conversation_gets_the_same_variant(folder: Path) -> None:
    prompts = Prompts(folder, {"shipped": 1, "short": 1})
    for number in range(50):
        first = f"退款要多久 {number}？"
        variants = {
            prompts.template(conversation_of(each), "zh").variant
            for each in (asked(first), asked("还有呢？", first, "好"))
        }
        assert len(variants) == 1


def test_the_choice_is_the_same_in_every_process_and_release(folder: Path) -> None:
    # `printf 'kb\nquestion 0' | sha256sum` begins with a digit below 8 where the first variant by name is chosen.
    prompts = Prompts(folder, {"short": 1, "shipped": 1})
    chosen = [prompts.template(conversation_of(asked(f"question {number}")), "en").variant for number in range(8)]
    assert chosen == "short shipped short shipped short short short shipped".split()


def test_a_variant_that_lacks_a_language_takes_the_packaged_prompt_for_it(folder: Path) -> None:
    (terse,) = load_variants(folder, ["terse"])
    assert terse.templates["en"] is prompt_template("en")
    assert terse.templates["zh"].used.variant == "terse"
    assert terse.templates["zh"].digest != prompt_template("zh").digest


@pytest.mark.parametrize("weights", [{"shipped": 0.0}, {"shipped": 1.0, "short": -1.0}])
def test_weights_that_choose_nobody_are_refused(folder: Path, weights: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=r"prompts\.weights"):
        Prompts(folder, weights)


def test_a_weight_for_a_variant_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no prompt variant 'long'.*shipped, short, terse"):
        Prompts(folder, {"long": 1})
    with pytest.raises(InvalidInput, match=r"prompts\.folder is not set"):
        Prompts(None, {"long": 1})


def test_the_models_of_the_settings_are_asked_in_order_and_a_key_stays_with_its_server(folder: Path) -> None:
    llm = ModelSettings(
        base_url="http://one.test/v1",
        model="big",
        api_key="first-key",
        fallbacks=(FallbackModel(model="small"), FallbackModel(model="far", base_url="http://two.test/v1")),
    )
    prompts = PromptSettings(folder=folder, weights={"short": 1})
    drafters = drafters_of(Settings(llm=llm, prompts=prompts))
    assert [drafter.name for drafter in drafters] == ["big", "small", "far"]
    keys = [drafter._model._settings.api_key.get_secret_value() for drafter in drafters]
    assert keys == ["first-key", "first-key", ""]
    assert drafters_of(Settings()) == ()

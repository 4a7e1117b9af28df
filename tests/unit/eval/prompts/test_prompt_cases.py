import json
from collections import Counter
from pathlib import Path

import pytest
from fakes import FakeEmbedder

from core.errors import InvalidInput, NotFound
from core.types import Usage
from eval.prompts.cases import PromptCase, load_cases
from eval.prompts.checks import judge, off_contract
from eval.prompts.run import Completion, read_completion

CASES = Path(__file__).parents[4] / "data" / "prompts" / "cases"
GOOD = """\
- id: en-one
  question: How long?
  evidence:
    - text: It takes 30 days.
  expect:
    contains: [30 days]
"""


def written(folder: Path, text: str, name: str = "cases.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def completion_of(answer: object) -> Completion:
    text = json.dumps(answer, ensure_ascii=False)
    return read_completion(text, "stop", None, Usage(output_tokens=len(text) // 4), 0.1)


def ideal(case: PromptCase) -> Completion:
    assert case.ideal is not None, case.id
    return completion_of(case.ideal.model_dump(mode="json"))


def failures(case: PromptCase, completion: Completion) -> dict[str, str]:
    return {kind: off for kind, off in judge(case, completion, FakeEmbedder).items() if off}


def test_the_committed_cases_cover_both_languages_and_every_subject():
    cases = load_cases(CASES)
    assert len(cases) >= 20
    languages = Counter(case.language for case in cases)
    assert min(languages["en"], languages["zh"]) >= 10
    tags = {tag for case in cases for tag in case.tags}
    assert tags >= {"ordinary", "followup", "conflict", "no-answer", "injection", "table", "numbers", "negation"}
    assert sum("traditional" in case.tags for case in cases) >= 3


@pytest.mark.parametrize("case", load_cases(CASES), ids=lambda case: case.id)
def test_every_committed_case_can_be_passed_and_failed(case):
    good = ideal(case)
    assert (good.problem, failures(case, good), off_contract(good)) == (None, {}, "")
    opposite = {"claims": [], "insufficient": True}
    if case.expect.abstains:
        quote = case.evidence[0].text if case.evidence else "?"
        opposite = {"claims": [{"text": quote, "citations": [{"evidence": 1, "quote": quote}]}], "insufficient": False}
    assert failures(case, completion_of(opposite))


def test_a_follow_up_stands_alone_before_the_model_is_asked():
    case = next(case for case in load_cases(CASES) if case.id == "en-followup-other-plan")
    assert case.asked.startswith("How much storage has the Business plan?")


def test_a_case_becomes_numbered_evidence(tmp_path):
    (case,) = load_cases(written(tmp_path, GOOD))
    (item,) = case.numbered
    assert (item.number, item.hit.chunk.text, item.hit.chunk.language) == (1, "It takes 30 days.", "en")
    assert case.expected_kinds == ("contains",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "  - broken", r"cases\.yaml, line 7: "),
        (GOOD + "  tags: [a\n", r"cases\.yaml, line 8: "),
        (GOOD.replace("contains:", "contain:"), r"cases\.yaml, line 6: 0\.expect\.contain: Extra inputs"),
        (GOOD.replace("[30 days]", "[no]"), r"line 6: 0\.expect\.contains\.0: Input should be a valid string"),
        (GOOD.replace("contains: [30 days]", "matches: ['(']"), r"line 6: .*'\(' is no regular expression"),
        (GOOD.replace("contains: [30 days]", "json_schema: {type: strange}"), r"line 6: .*no JSON schema"),
        (GOOD.replace("contains: [30 days]", "cites: [2]"), r"line 1: .*evidence \[2\] .* there are 1 pieces"),
        (GOOD.replace("    contains: [30 days]", "    cites: []"), "nothing is expected; give one of abstains"),
        (GOOD.replace("  question: How long?\n", ""), r"line 1: 0\.question: Field required"),
        (GOOD.replace("id: en-one", "id: ../en"), r"line 1: 0\.id: String should match"),
        (GOOD + "  question: Again?\n", r"line 7: the key 'question' stands here twice"),
        ("question: not a list\n", r"line 1: Input should be a valid list"),
        ("", r"line 1: Input should be a valid list"),
        (GOOD.replace("30 days]", "30\u0007days]"), r"cases\.yaml"),
    ],
)
def test_malformed_yaml_is_named_by_file_and_line(tmp_path, text, said):
    with pytest.raises(InvalidInput, match=said):
        load_cases(written(tmp_path, text))


def test_what_is_not_utf_8_is_named(tmp_path):
    (tmp_path / "cases.yaml").write_bytes("- id: 中文".encode("gb18030"))
    with pytest.raises(InvalidInput, match=r"cases\.yaml is not UTF-8"):
        load_cases(tmp_path)


def test_an_id_that_stands_in_two_files_is_refused_with_both(tmp_path):
    written(tmp_path, GOOD, "a.yaml")
    written(tmp_path, GOOD, "b.yaml")
    with pytest.raises(InvalidInput, match=r"b\.yaml: the case id 'en-one' stands in .*a\.yaml as well"):
        load_cases(tmp_path)


def test_a_folder_without_cases_says_what_it_should_hold(tmp_path):
    with pytest.raises(NotFound, match="prompt cases"):
        load_cases(tmp_path / "nowhere")
    with pytest.raises(NotFound, match=r"no \.yaml file"):
        load_cases(tmp_path)

import json

import pytest
from fakes import FakeEmbedder

from core.types import Usage
from eval.prompts.cases import PromptCase
from eval.prompts.checks import judge, off_contract
from eval.prompts.run import Problem, read_completion

ENGLISH, CHINESE = "Refunds take 30 days.", "退款需要 30 天。"


def case_of(**expect):
    evidence = [{"text": ENGLISH}, {"text": CHINESE}]
    return PromptCase.model_validate({"id": "x", "question": "How long?", "evidence": evidence, "expect": expect})


def wrote(text, *, tokens=50, finish_reason="stop", failure=None):
    return read_completion(text, finish_reason, failure, Usage(output_tokens=tokens), 0.1)


def claimed(*claims, insufficient=False):
    """(text, evidence, quote) for each claim."""
    listed = [{"text": text, "citations": [{"evidence": n, "quote": quote}]} for text, n, quote in claims]
    return wrote(json.dumps({"claims": listed, "insufficient": insufficient}, ensure_ascii=False))


TRUTH = claimed((ENGLISH, 1, ENGLISH))
CHINESE_TRUTH = claimed((CHINESE, 2, CHINESE))
NOTHING = claimed(insufficient=True)


def off(expect, completion, embedder=FakeEmbedder):
    (reason,) = judge(case_of(**expect), completion, embedder).values()
    return reason


@pytest.mark.parametrize(
    ("expect", "completion"),
    [
        ({"abstains": True}, NOTHING),
        ({"abstains": False}, TRUTH),
        ({"matches": [r"\b30 days\b"]}, TRUTH),
        ({"matches": ["30 天"]}, CHINESE_TRUTH),
        ({"contains": ["３０ days"]}, TRUTH),
        ({"not_contains": ["14 days"]}, TRUTH),
        ({"cites": [1]}, TRUTH),
        ({"cites_only": [1, 2]}, TRUTH),
        ({"json_schema": {"required": ["claims"]}}, TRUTH),
        ({"similar": {"to": ENGLISH, "at_least": 0.99}}, TRUTH),
        ({"max_tokens": 50}, TRUTH),
        ({"proven": True}, CHINESE_TRUTH),
        ({"proven": True}, NOTHING),
    ],
)
def test_what_is_expected_is_met(expect, completion):
    assert off(expect, completion) == ""


@pytest.mark.parametrize(
    ("expect", "completion", "said"),
    [
        ({"abstains": True}, TRUTH, "claims something: 'Refunds take 30 days.'"),
        ({"abstains": False}, NOTHING, "claims nothing"),
        ({"matches": ["30 days", "14 days"]}, TRUTH, "not found: '14 days'"),
        ({"contains": ["天数"]}, CHINESE_TRUTH, "not found: '天数'"),
        ({"not_contains": ["３０ days"]}, TRUTH, "found: '３０ days'"),
        ({"cites": [1, 2]}, TRUTH, "evidence [2] is not cited"),
        ({"cites_only": [2]}, TRUTH, "evidence [1] is cited"),
        ({"json_schema": {"required": ["answer"]}}, TRUTH, "$: 'answer' is a required property"),
        ({"json_schema": {}}, wrote("Refunds take 30 days.[1]"), "no JSON: Expecting value"),
        ({"similar": {"to": "Parking is free.", "at_least": 0.9}}, TRUTH, "is below 0.9"),
        ({"similar": {"to": ENGLISH, "at_least": 0.1}}, NOTHING, "claims nothing"),
        ({"max_tokens": 49}, TRUTH, "50 tokens, 49 at most"),
        ({"proven": True}, claimed(("Refunds take 31 days.", 1, ENGLISH)), "not in its quotes: 31"),
        ({"proven": True}, claimed((ENGLISH, 7, ENGLISH)), "evidence 7 does not exist"),
    ],
)
def test_what_is_not_met_says_what_was_off(expect, completion, said):
    assert said in off(expect, completion)


def test_an_empty_list_of_claims_is_an_abstention():
    # The answer path reads it so, whatever "insufficient" says.
    assert off({"abstains": True}, claimed()) == ""


def test_similarity_is_not_judged_by_an_embedder_that_cannot_read_the_text():
    reason = off({"similar": {"to": CHINESE, "at_least": 0.5}}, CHINESE_TRUTH, lambda: FakeEmbedder(legible=0.4))
    assert reason.startswith("the embedder reads only 40% of the text; set retrieval.embedder")


def test_the_embedder_is_not_loaded_where_nothing_is_compared():
    def never():
        raise AssertionError("the embedder was loaded")

    assert judge(case_of(contains=["30 days"]), TRUTH, never) == {"contains": ""}


def test_nothing_is_met_by_a_completion_that_never_arrived():
    down = wrote("", failure=(Problem.DOWN, "no server"))
    assert judge(case_of(abstains=True, not_contains=["x"]), down, FakeEmbedder) == {
        "abstains": "no completion",
        "not_contains": "no completion",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TRUTH.text, ""),
        ("```json\n" + TRUTH.text + "\n```", "no JSON"),
        (TRUTH.text[:-1], "no JSON"),
        ('{"claims": []}', "$: 'insufficient' is a required property"),
        ('{"claims": [], "insufficient": "no"}', "$.insufficient: 'no' is not of type 'boolean'"),
        ('{"claims": [{"text": "a", "citations": [], "x": 1}], "insufficient": false}', "$.claims[0]: Additional"),
    ],
)
def test_the_contract_is_followed_to_the_letter_or_not(text, said):
    found = off_contract(wrote(text))
    assert said in found
    assert bool(said) == bool(found)


@pytest.mark.parametrize(
    ("text", "finish_reason", "problem"),
    [
        (TRUTH.text, "stop", None),
        (TRUTH.text[:-30], "stop", Problem.MALFORMED),
        (TRUTH.text[:-30], "length", Problem.CUT),
        (TRUTH.text, None, Problem.CUT),
        ("", "stop", Problem.MALFORMED),
        ("I cannot say.", "stop", Problem.MALFORMED),
    ],
)
def test_a_completion_that_ends_badly_has_a_typed_reason(text, finish_reason, problem):
    found = wrote(text, finish_reason=finish_reason)
    assert found.problem == problem
    assert bool(found.detail) == bool(problem)
    assert found.arrived

"""Expectations judged: each gives an empty string where it is met, and else one line that says what was off."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from answer.prompting.prompt import CLAIMS_SCHEMA
from answer.proof.prove import Refusal, prove
from core.ports import Embedder
from core.text import normalise
from eval.prompts.cases import PromptCase
from eval.prompts.run import Completion

GetEmbedder = Callable[[], Embedder]
Check = Callable[[PromptCase, Completion, GetEmbedder], str]

# Below this share of text that its vocabulary knows, an embedder's cosine says nothing.
_LEGIBLE = 0.5


def judge(case: PromptCase, completion: Completion, embedder: GetEmbedder) -> dict[str, str]:
    """What was off by kind of expectation, for each that the case has. ``embedder`` is called only where one is needed.

    Nothing is met by a completion that never arrived.
    """
    if not completion.arrived:
        return dict.fromkeys(case.expected_kinds, "no completion")
    return {kind: _CHECKS[kind](case, completion, embedder) for kind in case.expected_kinds}


def off_contract(completion: Completion) -> str:
    """Where the completion breaks the claim contract's JSON schema; empty where it follows it."""
    return _off_schema(completion.text, _contract())


def claims_text(completion: Completion) -> str:
    """What a reader would see, one claim a line, full-width signs made narrow."""
    return normalise("\n".join(claim.text for claim in completion.claims))


def _abstains(case: PromptCase, completion: Completion, _: GetEmbedder) -> str:
    if case.expect.abstains:
        if completion.claims:
            return f"claims something: {completion.claims[0].text!r:.120}"
        return "" if completion.insufficient else "does not say that the evidence is insufficient"
    return "" if completion.claims else "claims nothing"


def _matches(case: PromptCase, completion: Completion, _: GetEmbedder) -> str:
    text = claims_text(completion)
    return _listed("not found", (pattern for pattern in case.expect.matches if not re.search(pattern, text)))


def _contains(case: PromptCase, completion: Completion, _: GetEmbedder) -> str:
    text = claims_text(completion)
    return _listed("not found", (words for words in case.expect.contains if normalise(words) not in text))


def _not_contains(case: PromptCase, completion: Completion, _: GetEmbedder) -> str:
    text = normalise(completion.text)
    return _listed("found", (words for words in case.expect.not_contains if normalise(words) in text))


def _cites(case: PromptCase, completion: Completion, _: GetEmbedder) -> str:
    missing = sorted(set(case.expect.cites) - _cited(completion))
    return f"evidence {missing} is not cited" if missing else ""


def _cites_only(case: PromptCase, completion: Completion, _: GetEmbedder) -> str:
    others = sorted(_cited(completion) - set(case.expect.cites_only))
    return f"evidence {others} is cited" if others else ""


def _cited(completion: Completion) -> set[int]:
    return {citation.evidence for claim in completion.claims for citation in claim.citations}


def _json_schema(case: PromptCase, completion: Completion, _: GetEmbedder) -> str:
    return _off_schema(completion.text, Draft202012Validator(case.expect.json_schema or {}))


def _similar(case: PromptCase, completion: Completion, embedder: GetEmbedder) -> str:
    wanted = case.expect.similar
    text = claims_text(completion)
    if wanted is None or not text:
        return "claims nothing"
    model = embedder()
    legible = min(model.legibility(text), model.legibility(wanted.to))
    if legible < _LEGIBLE:
        return f"the embedder reads only {legible:.0%} of the text; set retrieval.embedder, or expect words instead"
    ours, theirs = model.embed_passages([text, wanted.to])
    cosine = float(ours @ theirs)
    return "" if cosine >= wanted.at_least else f"similarity {cosine:.3f} is below {wanted.at_least:g}"


def _max_tokens(case: PromptCase, completion: Completion, _: GetEmbedder) -> str:
    most, used = case.expect.max_tokens or 0, completion.usage.output_tokens
    return f"{used} tokens, {most} at most" if used > most else ""


def _proven(case: PromptCase, completion: Completion, _: GetEmbedder) -> str:
    verdicts = [prove(claim, case.numbered) for claim in completion.claims]
    refusals = [verdict for verdict in verdicts if isinstance(verdict, Refusal)]
    return _listed("not proven", (f"{refusal.claim:.80} ({refusal.reason})" for refusal in refusals))


_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "abstains": _abstains,
        "matches": _matches,
        "contains": _contains,
        "not_contains": _not_contains,
        "cites": _cites,
        "cites_only": _cites_only,
        "json_schema": _json_schema,
        "similar": _similar,
        "max_tokens": _max_tokens,
        "proven": _proven,
    }
)


def _listed(label: str, found: Iterator[str]) -> str:
    words = ", ".join(map(repr, found))
    return f"{label}: {words}" if words else ""


def _off_schema(text: str, validator: Validator) -> str:
    try:
        document: Any = json.loads(text)
    except ValueError as error:
        return f"no JSON: {error}"
    first = min(validator.iter_errors(document), key=lambda error: list(map(str, error.absolute_path)), default=None)
    return f"{first.json_path}: {first.message:.160}" if first else ""


@cache
def _contract() -> Validator:
    return Draft202012Validator(dict(CLAIMS_SCHEMA))

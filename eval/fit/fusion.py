"""Fit ``retrieval/fusion.json``: ``python -m eval.fit.fusion --sets DIR... --home DIR --out FILE``.

What both arms find is kept in the home, so that only the first run takes minutes. Figures are nDCG@10 with numbers that
come from other sets, or from other questions of the same sets. The simplest rule that no other beats by more than noise
(paired test) is chosen; no set may lose by fusing against its better arm.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import product
from pathlib import Path

from answer.assemble import Desk
from core.settings import load_settings
from core.text import language_of
from core.types import Language
from eval.fit.fusion_arms import Asked, identifier_questions, kept, questions
from eval.fit.fusion_rules import (
    FORMS,
    WEIGHTS,
    Grid,
    Judged,
    JudgedSet,
    Values,
    by_other_questions,
    by_other_sets,
    choose,
    grid,
    is_better,
    judged,
    mean_of_sets,
    proven_losses,
    standard,
)
from eval.sets.dataset import RetrievalSet, load_dataset
from retrieval.fusion import FusionWeights

_HIDDEN = (0.15, 0.3, 0.5)
_SHARES = ((0.4, 0.5, 0.6), (0.8, 0.85, 0.9, 0.95))  # blind below one of the first, fluent from one of the second
_LEANS = (0.0, 0.5, 1.0, 1.5, 2.0)


class Gathering:
    """What both arms find for the questions of each set."""

    def __init__(self, desk: Desk, sets: Sequence[Path], most: int) -> None:
        self._desk = desk
        self._folder = desk.settings.home / "fit"
        self._datasets = [load_dataset(folder) for folder in sets]
        self._most = most

    def questions(self) -> list[JudgedSet]:
        """Of every set, its own."""
        return [self._judged(each, questions(each, self._most)) for each in self._datasets]

    def identifiers(self) -> list[JudgedSet]:
        """Of every set, those after the identifiers in its documents."""
        asked = [(each, identifier_questions(each)) for each in self._datasets]
        return [self._judged(each, own, kind="identifiers") for each, own in asked if own]

    def hidden(self, name: str) -> list[JudgedSet]:
        """Of one set, its own, read by an embedder that knows ever fewer characters."""
        one = next(each for each in self._datasets if each.name == name)
        asked = questions(one, self._most)
        return [self._judged(one, asked, kind=f"{share:.0%} hidden", hidden=share) for share in _HIDDEN]

    def facts(self) -> dict[str, object]:
        """What the numbers come from."""
        sets = {each.name: each.digest[:16] for each in self._datasets}
        return {"sets": sets, "questions_at_most": self._most, "embedder": self._desk.embedder.fingerprint}

    def _judged(self, dataset: RetrievalSet, asked: Sequence[Asked], kind: str = "", hidden: float = 0.0) -> JudgedSet:
        found = kept(self._folder, self._desk, dataset, asked, hidden)
        return JudgedSet(
            name=f"{dataset.name}, {kind}" if kind else dataset.name,
            language=language_of(" ".join(query.text for query in dataset.queries)),
            questions=[judged(each) for each in found],
        )


def fit_form(sets: Sequence[JudgedSet]) -> tuple[str, Mapping[str, Grid]]:
    """The simplest form that none beats by more than noise at one weight for all, and its grids."""
    grids = {form: {each.name: grid(each, rule) for each in sets} for form, rule in FORMS.items()}
    unseen = {form: by_other_questions(each, by_language=False) for form, each in grids.items()}
    for form, each in grids.items():
        show(f"{form}, {WEIGHTS[choose([*each.values()])]}, other sets", by_other_sets(each, by_language=False))
        show(f"{form}, other questions", unseen[form])
    best = max(unseen, key=lambda form: mean_of_sets(unseen[form]))
    chosen = next(form for form in FORMS if form == best or not is_better(unseen[best], unseen[form]))
    return chosen, grids[chosen]


def fit_weights(grids: Mapping[str, Grid]) -> dict[Language, float]:
    """One weight by language where that is better by more than noise, else the same for both."""
    same, own = (by_other_questions(grids, by_language=by_language) for by_language in (False, True))
    show("a weight by language, other sets", by_other_sets(grids, by_language=True))
    show("a weight by language, other questions", own)
    is_own = is_better(own, same)
    languages: tuple[Language, ...] = ("en", "zh")
    groups = {each: [one for one in grids.values() if not is_own or one.language == each] for each in languages}
    return {language: WEIGHTS[choose(each)] for language, each in groups.items()}


def fit_competence(weights: FusionWeights, sets: Sequence[JudgedSet]) -> FusionWeights:
    """The two shares of legible text by which the sets with hidden characters fare best."""
    tried = [replace(weights, blind=blind, fluent=fluent) for blind, fluent in product(*_SHARES)]
    return max(tried, key=lambda each: mean_of_sets(values_of(each, sets)))


def fit_lean(weights: FusionWeights, sets: Sequence[JudgedSet], identifiers: Sequence[JudgedSet]) -> FusionWeights:
    """The lean by which both kinds of questions fare best and no set of common ones is proven to lose."""
    straight = values_of(weights, sets)
    tried = [replace(weights, lean=lean) for lean in _LEANS]
    kept = [each for each in tried if not _loses(values_of(each, sets), straight)]
    return max(kept, key=lambda each: mean_of_sets(values_of(each, [*sets, *identifiers])))


def _loses(values: Mapping[str, Values], before: Mapping[str, Values]) -> bool:
    return any(proven_losses(each[None, :], before[name])[0] for name, each in values.items())


def values_of(weights: FusionWeights, sets: Sequence[JudgedSet]) -> dict[str, Values]:
    """nDCG@10 of each question of each set with fitted weights."""
    return {each.name: each.measured(standard, partial(_weight, weights, each.language)) for each in sets}


def _weight(weights: FusionWeights, language: Language, one: Judged) -> float:
    return weights.at(language, one.identifiers, one.legible)


def show(what: str, values: Mapping[str, Values]) -> None:
    """One line of the table."""
    figures = "  ".join(f"{each.mean():.4f}" for each in values.values())
    print(f"{what:44} {figures}  mean {mean_of_sets(values):.4f}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print the table, write the numbers with what they come from."""
    options = _options(arguments)
    desk = Desk(load_settings(options.home))
    try:
        desk.own()
        document = fitted(Gathering(desk, options.sets, options.questions), options.masked)
    finally:
        desk.close()
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def fitted(gathering: Gathering, masked: str) -> dict[str, object]:
    """The document that is written."""
    sets, identifiers, hidden = gathering.questions(), gathering.identifiers(), gathering.hidden(masked)
    for group in (sets, identifiers, hidden):
        print(", ".join(f"{each.name} ({len(each.questions)})" for each in group))
        for arm in ("lexical", "dense"):
            show(arm, {each.name: each.singles[arm] for each in group})
    form, grids = fit_form(sets)
    plain = FusionWeights(dense=fit_weights(grids), lean=0.0, blind=0.5, fluent=0.9)
    weights = fit_lean(fit_competence(plain, hidden), sets, identifiers)
    groups = {"questions": sets, "identifiers": identifiers, "hidden": hidden}
    figures = {name: values_of(weights, group) for name, group in groups.items()}
    for name, values in figures.items():
        show(f"fitted, {name}", values)
    print(f"form: {form}; {weights}")
    return {
        "weights": asdict(weights),
        "form": form,
        "fitted_on": gathering.facts(),
        "nDCG@10": {name: round(float(each.mean()), 4) for values in figures.values() for name, each in values.items()},
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, nargs="+", required=True, help="judged sets in the BEIR layout")
    parser.add_argument("--masked", required=True, help="the Chinese set whose characters are hidden from the embedder")
    parser.add_argument("--home", type=Path, required=True, help="where the record, the indexes and the finds are kept")
    parser.add_argument("--questions", type=int, default=1_000, help="of one set at most")
    parser.add_argument("--out", type=Path, required=True, help="the numbers, for example retrieval/fusion.json")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()

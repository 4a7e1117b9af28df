"""Agreement with people, on a handful of pairs worked out by hand."""

import io
import json

import numpy as np
import pytest
from rich.console import Console

from answer.decision.calibration import Logistic
from answer.proof.support import SupportModel, SupportModels, SupportScorer
from answer.proof.support_features import SOFT, WORDS, TermWeights
from eval.support.present import pair_json, print_support, support_json
from eval.support.report import SupportReport, report_support, word_overlap
from eval.support.sets import SupportPair

EVIDENCE = ("Refunds take 10 working days.", "退款需要十个工作日。")


def by_coverage() -> SupportScorer:
    """A scorer whose only weight is on plain coverage."""

    def model(names: tuple[str, ...]) -> Logistic:
        weights = np.array([float(name == "coverage") for name in names], dtype=np.float32)
        return Logistic(names=names, weights=weights, bias=0.0)

    each = SupportModel(full=model((*WORDS, *SOFT)), words=model(WORDS))
    terms = TermWeights(idf={}, unseen=1.0)
    return SupportScorer(None, SupportModels(terms=terms, by_language={"en": each, "zh": each}))


def pair(id_: str, claim: str, supported: bool) -> SupportPair:
    return SupportPair(
        id=id_,
        set="own",
        group=id_,
        language="zh" if id_.startswith("z") else "en",
        claim=claim,
        evidence=EVIDENCE,
        supported=supported,
    )


@pytest.fixture
def report() -> SupportReport:
    pairs = [
        pair("e1", "Refunds take 10 working days", True),
        pair("e2", "Refunds take 30 days", False),
        pair("z1", "退款需要十个工作日", True),
        pair("z2", "面单可以作废", False),
    ]
    return report_support(pairs, by_coverage(), left_out=7)


def test_word_overlap_counts_repeats_and_all_words() -> None:
    assert word_overlap("the refunds the refunds", EVIDENCE) == 0.5
    assert word_overlap("退款要多久", EVIDENCE) == pytest.approx(3 / 5)
    assert word_overlap("…", EVIDENCE) == 0.0


def test_a_score_that_orders_all_pairs_has_an_area_of_one(report: SupportReport) -> None:
    assert dict(report.overall.auroc) == {"support": 1.0, "coverage": 1.0, "word_overlap": 1.0}
    assert report.overall.intervals["support_gain"] is not None
    assert (report.overall.pairs, report.overall.supported) == (4, 2)
    assert {name: figures.pairs for name, figures in report.by_language.items()} == {"en": 2, "zh": 2}


def test_the_proof_lets_no_wrong_number_pass(report: SupportReport) -> None:
    assert [each.proven for each in report.pairs] == [True, False, True, False]
    assert (report.overall.proven_supported, report.overall.proven_unsupported) == (1.0, 0.0)


def test_one_kind_alone_has_no_area() -> None:
    only = report_support([pair("e1", "Refunds take 10 working days", True)], by_coverage())
    assert only.overall.auroc["support"] is None
    assert only.overall.proven_unsupported is None


def test_scripts_and_people_see_the_same_figures(report: SupportReport) -> None:
    found = json.loads(json.dumps(support_json(report)))
    assert (found["pairs"], found["left_out"], found["by_set"]["own"]["auroc"]["support"]) == (4, 7, 1.0)
    assert set(found["interval"]) == {"support", "coverage", "word_overlap", "support_gain"}
    line = pair_json(report.pairs[1])
    assert (line["id"], line["supported"], line["proven"]) == ("e2", False, False)
    console = Console(file=io.StringIO(), width=200)
    print_support(report, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "7 pairs were left out" in text
    assert "1.000 [1.00, 1.00]" in text

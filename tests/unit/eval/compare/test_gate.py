"""Gates: what they read, when they fail, and what they say."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInput
from eval.compare.gate import Gate, GateResult, GateStatus, judge_gates, parse_gate
from eval.compare.scores import Pair, Scores, Subject, paired
from eval.compare.words import gate_sentence


def run(label: str, values: np.ndarray, *, milliseconds: np.ndarray | None = None, measure: str = "nDCG@10") -> Scores:
    """Every other query is Chinese; every fourth is about invoices."""
    n = len(values)
    tags = [("发票",) if at % 4 == 0 else () for at in range(n)]
    return Scores(
        label=label,
        stage="",
        dataset="set",
        digest="d",
        subjects=tuple(Subject(id=f"q{at}", language=("en", "zh")[at % 2], tags=tag) for at, tag in enumerate(tags)),
        values={measure: values},
        milliseconds=np.full(n, np.nan) if milliseconds is None else milliseconds,
    )


def planted(loss: float, *, n: int = 200, spread: float = 0.1, seed: int = 1) -> Pair:
    """A baseline about .6 and a variant that loses ``loss`` on average, exactly."""
    draw = np.random.default_rng(seed)
    before, noise = draw.uniform(0.2, 1.0, n), draw.normal(0, spread, n)
    return paired(run("old", before), run("new", before - loss + noise - noise.mean()))


def judged(text: str, pair: Pair, *, strict: bool = False) -> GateResult:
    [result] = judge_gates([parse_gate(text)], [pair], strict=strict)
    return result


@pytest.mark.parametrize(
    ("text", "measure", "op", "bound", "relative", "dimension", "value"),
    [
        ("nDCG@10 >= -0.005", "nDCG@10", ">=", -0.005, False, "", ""),
        ("MRR@10>=-2%", "MRR@10", ">=", -0.02, True, "", ""),
        ("p95_ms <= +10%", "p95_ms", "<=", 0.1, True, "", ""),
        ("in zh: recall@100 > -.5", "recall@100", ">", -0.5, False, "", "zh"),
        ("in tag=发票: MAP < 1", "MAP", "<", 1.0, False, "tag", "发票"),
        (" in language = en : MAP >= 0 % ", "MAP", ">=", 0.0, True, "language", "en"),
    ],
)
def test_a_gate_is_read(
    text: str, measure: str, op: str, bound: float, relative: bool, dimension: str, value: str
) -> None:
    assert parse_gate(text) == Gate(
        text=text.strip(), measure=measure, op=op, bound=bound, relative=relative, dimension=dimension, value=value
    )


@pytest.mark.parametrize(
    "text", ["", "nDCG@10", "nDCG@10 = 0", "nDCG@10 >= low", ">= 0.1", "nDCG@10 >= 1e-3", "in : a > 1"]
)
def test_what_is_no_gate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"write it as 'nDCG@10 >= -0\.005'") as caught:
        parse_gate(text)
    assert repr(text) in str(caught.value)


def test_a_run_against_itself_passes_every_gate_that_allows_no_loss() -> None:
    pair = paired(*(run("same", planted(0).baseline.values["nDCG@10"], milliseconds=np.linspace(5, 50, 200)),) * 2)
    gates = [parse_gate(text) for text in ("nDCG@10 >= 0", "nDCG@10 >= -1%", "in zh: nDCG@10 <= 0", "p95_ms <= +0%")]
    for strict in (False, True):
        assert {result.status for result in judge_gates(gates, [pair], strict=strict)} == {GateStatus.PASSED}


def test_a_planted_loss_of_five_points_fails_the_gate() -> None:
    result = judged("nDCG@10 >= -0.005", planted(0.05))
    assert result.status is GateStatus.FAILED
    assert result.change == pytest.approx(-0.05)
    assert result.p_value < 0.001
    assert result.interval.low < -0.05 < result.interval.high < -0.005


def test_a_bound_that_is_met_to_the_digit_is_met() -> None:
    # In floating point .3 - .4 is a little less than -.1.
    pair = paired(run("old", np.full(9, 0.4)), run("new", np.full(9, 0.3)))
    assert judged("nDCG@10 >= -0.1", pair, strict=True).status is GateStatus.PASSED
    assert judged("nDCG@10 > -0.1", pair, strict=True).status is GateStatus.FAILED


def test_the_case_of_a_measure_does_not_matter() -> None:
    assert judged("ndcg@10 >= -0.005", planted(0.05)).status is GateStatus.FAILED


def test_a_loss_within_the_tolerance_passes() -> None:
    assert judged("nDCG@10 >= -0.06", planted(0.05), strict=True).status is GateStatus.PASSED


def test_a_loss_that_chance_explains_is_said_and_passes_unless_strict() -> None:
    pair = planted(0.01, spread=0.3)
    assert judged("nDCG@10 >= -0.005", pair).status is GateStatus.UNPROVEN
    assert judged("nDCG@10 >= -0.005", pair, strict=True).status is GateStatus.FAILED


def test_the_test_is_about_what_exceeds_the_tolerance_not_about_any_loss() -> None:
    # A certain loss of .05 exceeds a tolerance of .045 by little: that little is not proven.
    assert judged("nDCG@10 >= -0.045", planted(0.05)).status is GateStatus.UNPROVEN


def test_a_gate_may_fail_in_one_language_only() -> None:
    pair = planted(0.0, spread=0.05)
    values = pair.variant.values["nDCG@10"].copy()
    values[1::2] -= 0.1
    pair = Pair(baseline=pair.baseline, variant=replace(pair.variant, values={"nDCG@10": values}))
    results = [judged(f"in {name}: nDCG@10 >= -0.02", pair) for name in ("zh", "language=en", "tag=发票")]
    assert [result.status for result in results] == [GateStatus.FAILED, GateStatus.PASSED, GateStatus.PASSED]
    assert [result.queries for result in results] == [100, 100, 50]


def test_a_relative_gate_is_a_share_of_the_baseline() -> None:
    before = np.full(50, 0.4)
    pair = paired(run("old", before), run("new", before - 0.02))
    result = judged("nDCG@10 >= -3%", pair)
    assert (result.status, result.change) == (GateStatus.FAILED, pytest.approx(-0.05))
    assert (result.interval.low, result.interval.high) == pytest.approx((-0.05, -0.05))
    assert judged("nDCG@10 >= -6%", pair).status is GateStatus.PASSED


def test_a_required_gain_that_is_surely_missed_fails() -> None:
    assert judged("nDCG@10 >= +0.1", planted(-0.02)).status is GateStatus.FAILED
    assert judged("nDCG@10 > 0", planted(-0.05)).status is GateStatus.PASSED


def test_an_upper_bound_guards_what_must_not_rise() -> None:
    before = np.r_[np.zeros(150), np.ones(50)]
    after = np.r_[np.zeros(110), np.ones(90)]
    pair = paired(run("old", before, measure="false_refusal"), run("new", after, measure="false_refusal"))
    assert judged("false_refusal <= +0.05", pair).status is GateStatus.FAILED
    assert judged("false_refusal <= +0.25", pair).status is GateStatus.PASSED


def slower(factor: float, *, noise: float = 0.02) -> Pair:
    draw = np.random.default_rng(5)
    times, values = draw.uniform(10, 20, 300), np.full(300, 0.5)
    drawn = times * factor * draw.normal(1, noise, 300)
    return paired(run("old", values, milliseconds=times), run("new", values, milliseconds=drawn))


def test_a_latency_gate_fails_when_the_percentile_has_surely_risen() -> None:
    assert judged("p95_ms <= +10%", slower(1.5)).status is GateStatus.FAILED
    assert judged("p95_ms <= +10%", slower(1.0)).status is GateStatus.PASSED
    assert judged("p50_ms <= +2", slower(1.5)).status is GateStatus.FAILED
    assert judged("mean_ms <= +9", slower(1.5)).status is GateStatus.PASSED


def test_p_values_are_corrected_over_all_gates_and_pairs() -> None:
    before = np.full(6, 0.5)
    pair = paired(run("old", before), run("new", before - 0.1))
    [alone] = judge_gates([parse_gate("nDCG@10 >= 0")], [pair])
    both = judge_gates([parse_gate("nDCG@10 >= 0")] * 2, [pair, pair])
    # All six are losses: one of 64 sign patterns; two gates on two pairs are four tests.
    assert (alone.p_value, alone.status) == (1 / 64, GateStatus.FAILED)
    assert [result.p_value for result in both] == [4 / 64] * 4
    assert {result.status for result in both} == {GateStatus.UNPROVEN}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nDCG@7 >= 0", "no measure 'nDCG@7' in all runs; there are nDCG@10, and mean_ms"),
        ("in fr: nDCG@10 >= 0", "no query of slice 'fr'; there are en, zh, 发票"),
        ("in tag=zh: nDCG@10 >= 0", "no query of slice 'zh'; there are 发票"),
        ("p95_ms <= +10%", "old and new hold no times in common"),
    ],
)
def test_a_gate_that_cannot_be_judged_says_why(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        judged(text, planted(0))
    assert said in str(caught.value)
    assert repr(text) in str(caught.value)


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="the baseline's nDCG@10 is 0, which has no per cent"):
        judged("nDCG@10 >= -1%", paired(run("old", np.zeros(5)), run("new", np.ones(5))))


def test_a_gate_speaks_one_sentence_with_the_loss_and_the_evidence() -> None:
    before = np.linspace(0.4, 0.8, 200)
    sentence = gate_sentence(judged("nDCG@10 >= -0.005", paired(run("old", before), run("new", before - 0.05))))
    assert sentence == (
        "Gate 'nDCG@10 >= -0.005' FAILED: nDCG@10 of new changed by -0.050 against old (0.600 to 0.550, 95 % interval "
        "-0.050 to -0.050, 200 queries), 0.045 beyond the gate; that is real (p < 0.001, one-sided and corrected)."
    )


def test_a_loss_by_chance_is_called_one() -> None:
    pair = planted(0.01, spread=0.3)
    lenient = gate_sentence(judged("nDCG@10 >= -0.5%", pair))
    assert "passed, unproven: nDCG@10 of new changed by -1.6 %" in lenient
    assert "1.1 % beyond the gate, which chance may explain (p = 0." in lenient
    assert "but the gates are strict" in gate_sentence(judged("nDCG@10 >= -0.005", pair, strict=True))
    assert gate_sentence(judged("in zh: nDCG@10 >= -0.9", pair)).count("in zh") == 2


def test_a_latency_gate_speaks_of_milliseconds() -> None:
    sentence = gate_sentence(judged("p50_ms <= +2", slower(1.5)))
    assert "FAILED: p50_ms of new changed by +7" in sentence
    assert " ms against old (1" in sentence

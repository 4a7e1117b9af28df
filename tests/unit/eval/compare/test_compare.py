"""What a comparison says of two runs, with figures worked out by hand."""

import numpy as np
import pytest

from core.errors import InvalidInput
from eval.compare.compare import Comparison, compare
from eval.compare.differences import Difference
from eval.compare.scores import Pair, Scores, Subject, paired

Rows = dict[str, dict[str, float]]


def scores(label: str, rows: Rows, *, milliseconds: float = 10.0, digest: str = "d", stage: str = "") -> Scores:
    """``rows[query][measure]``; queries that begin with z are Chinese and tagged."""
    names = list(next(iter(rows.values())))
    subjects = tuple(
        Subject(id=query, text=f"about {query}", language="zh", tags=("发票",))
        if query.startswith("z")
        else Subject(id=query, text=f"about {query}", language="en")
        for query in rows
    )
    return Scores(
        label=label,
        stage=stage,
        dataset="set",
        digest=digest,
        subjects=subjects,
        values={name: np.array([row[name] for row in rows.values()]) for name in names},
        milliseconds=np.full(len(rows), milliseconds),
    )


def pair_of(before: list[float], after: list[float], measure: str = "nDCG@10") -> Pair:
    """Queries q0, q1 and so on."""
    sides = ({f"q{at}": {measure: value} for at, value in enumerate(side)} for side in (before, after))
    return paired(*(scores(label, rows) for label, rows in zip(("old", "new"), sides, strict=True)))


def only(comparison: Comparison) -> Difference:
    """The one difference of the one pair."""
    [found] = comparison.pairs
    [difference] = found.overall.differences
    return difference


def test_means_wins_and_effect_are_those_of_the_pairs() -> None:
    found = only(compare([pair_of([0.5, 0.5, 0.2, 1.0], [1.0, 0.5, 0.4, 0.9])]))
    assert (found.baseline, found.variant) == pytest.approx((0.55, 0.7))
    assert found.difference == pytest.approx(0.15)
    assert (found.wins, found.ties, found.losses) == (2, 1, 1)
    # Differences .5, 0, .2, -.1: mean .15, standard deviation .2646.
    assert found.effect == pytest.approx(0.15 / np.std([0.5, 0, 0.2, -0.1], ddof=1))
    # Sums of ±.5 ±.2 ±.1: .8 .6 .4 .2 and the same below 0; .6 or more: 4 of 8.
    assert found.p_value == pytest.approx(4 / 8)
    assert found.interval.low <= 0.15 <= found.interval.high


def test_a_run_against_itself_is_never_significant() -> None:
    values = list(np.random.default_rng(1).uniform(size=200))
    comparison = compare([pair_of(values, values)], by=["language"])
    [found] = comparison.pairs
    for part in (found.overall, *found.slices):
        for difference in part.differences:
            assert (difference.p_value, difference.real, difference.difference) == (1.0, False, 0.0)
            assert difference.ties == 200
    assert found.changed == ()
    assert [change.change for change in found.latency] == [0.0, 0.0]


def test_a_planted_loss_of_five_points_is_real_among_seven_measures() -> None:
    draw = np.random.default_rng(2)
    before: Rows = {f"q{at}": {f"m{m}": draw.uniform() for m in range(7)} for at in range(200)}
    after = {query: dict(row) for query, row in before.items()}
    for row in after.values():
        row["m3"] += draw.normal(-0.05, 0.1)
    comparison = compare([paired(scores("old", before), scores("new", after))])
    [found] = comparison.pairs
    assert [difference.measure for difference in found.overall.differences if difference.real] == ["m3"]
    lost = found.overall.differences[3]
    assert lost.gain < 0
    assert lost.interval.high < 0


def test_p_values_are_corrected_over_measures_and_variants() -> None:
    before: Rows = {f"q{at}": {"a": 0.5, "b": 0.5} for at in range(6)}
    better = {query: {"a": 0.6, "b": 0.5} for query in before}
    same = {query: dict(row) for query, row in before.items()}
    pairs = [paired(scores("old", before), scores(name, rows)) for name, rows in (("x", better), ("y", same))]
    comparison = compare(pairs)
    # Six equal gains: 2 of 64 sign patterns; four tests, so four times that.
    raised = comparison.pairs[0].overall.differences[0]
    assert (raised.p_value, raised.p_corrected) == pytest.approx((2 / 64, 8 / 64))


def test_slices_are_a_family_of_their_own_and_cost_the_overall_verdict_nothing() -> None:
    before: Rows = {f"{'qz'[at % 2]}{at}": {"a": 0.5} for at in range(12)}
    after = {query: {"a": 0.9 if query[0] == "z" else 0.5} for query in before}
    pair = paired(scores("old", before), scores("new", after))
    sliced = compare([pair], by=["language", "tag"])
    [found] = sliced.pairs
    assert found.overall.differences == compare([pair]).pairs[0].overall.differences
    assert [(part.name, part.queries) for part in found.slices] == [
        ("language en", 6), ("language zh", 6), ("tag 发票", 6),
    ]  # fmt: skip
    english, chinese, tagged = (part.differences[0] for part in found.slices)
    assert (english.difference, english.ties) == (0.0, 6)
    assert (chinese.difference, chinese.queries) == pytest.approx((0.4, 6))
    assert (chinese.p_value, chinese.p_corrected) == pytest.approx((2 / 64, 4 / 64))
    assert tagged.p_corrected == pytest.approx(2 / 64)


def test_a_measure_that_says_nothing_of_a_query_leaves_it_out() -> None:
    found = only(compare([pair_of([0.5, np.nan, 0.5], [1.0, np.nan, 0.5])]))
    assert (found.queries, found.baseline, found.variant) == (2, 0.5, 0.75)


def test_fewer_false_refusals_are_a_win() -> None:
    found = only(compare([pair_of([1, 1, 0], [0, 1, 0], measure="false_refusal")]))
    assert (found.wins, found.ties, found.losses) == (1, 2, 0)
    assert found.difference == pytest.approx(-1 / 3)
    assert found.gain == pytest.approx(1 / 3)


def test_queries_are_listed_by_the_change_of_the_first_measure_then_of_all_then_by_id() -> None:
    before: Rows = {name: {"a": 0.5, "b": 0.5} for name in ("q9", "q1", "q2", "q3", "q4")}
    after = {
        "q9": {"a": 0.7, "b": 0.5}, "q1": {"a": 0.3, "b": 0.5}, "q2": {"a": 0.5, "b": 1.0},
        "q3": {"a": 0.7, "b": 0.6}, "q4": {"a": 0.5, "b": 0.5},
    }  # fmt: skip
    [found] = compare([paired(scores("old", before), scores("new", after))]).pairs
    assert [query.subject.id for query in found.changed] == ["q3", "q1", "q9", "q2"]
    assert (found.changed[0].before, found.changed[0].after) == ({"a": 0.5, "b": 0.5}, {"a": 0.7, "b": 0.6})
    [found] = compare([paired(scores("old", before), scores("new", after))], changed=2).pairs
    assert len(found.changed) == 2


def test_how_far_judgements_reach_is_tested_only_on_request() -> None:
    rows: Rows = {"q1": {"nDCG@10": 0.5, "judged@10": 0.2}}
    pair = paired(scores("old", rows), scores("new", rows))
    assert compare([pair]).measures == ("nDCG@10",)
    assert compare([pair], measures=["judged@10"]).measures == ("judged@10",)


def test_a_measure_that_only_one_run_has_is_left_out_and_named() -> None:
    pair = paired(scores("old", {"q": {"a": 1.0, "b": 1.0}}), scores("new", {"q": {"a": 1.0}}))
    assert (compare([pair]).measures, compare([pair]).left_out) == (("a",), ("b",))


def test_latency_is_compared_by_percentiles() -> None:
    rows: Rows = {f"q{at}": {"a": 0.5} for at in range(20)}
    [found] = compare([paired(scores("old", rows), scores("new", rows, milliseconds=15.0))]).pairs
    assert [(change.name, change.baseline, change.variant) for change in found.latency] == [
        ("p50_ms", 10.0, 15.0), ("p95_ms", 10.0, 15.0),
    ]  # fmt: skip
    assert [change.change for change in found.latency] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"measures": ["nDCG@7"]}, "no measure 'nDCG@7' in all runs; there are nDCG@10"),
        ({"by": ["colour"]}, "no dimension 'colour'; slices are by language or tag"),
        ({"by": ["tag"]}, "no query has a tag"),
    ],
)
def test_a_wish_that_cannot_be_met_says_what_can(wish: dict[str, list[str]], said: str) -> None:
    with pytest.raises(InvalidInput, match="^" + said.replace("(", r"\(")):
        compare([pair_of([0.5], [0.6])], **wish)  # type: ignore[arg-type]


def test_runs_of_other_queries_are_refused_with_how_many_differ_and_the_first() -> None:
    old = scores("old", {f"q{at}": {"a": 1.0} for at in range(10)})
    new = scores("new", {f"q{at}": {"a": 1.0} for at in range(7, 11)})
    with pytest.raises(InvalidInput) as caught:
        paired(old, new)
    assert str(caught.value) == (
        "the query sets differ in 8 ids: 7 only in old (q0, q1, q2, q3, q4, ...); 1 only in new (q10); "
        "compare runs of one set"
    )


def test_runs_of_another_set_are_refused_with_both_digests() -> None:
    with pytest.raises(InvalidInput, match=r"old was measured on set \(d1\) and new:rerank on set \(d2\)"):
        paired(
            scores("old", {"q": {"a": 1.0}}, digest="d1"), scores("new", {"q": {"a": 1.0}}, digest="d2", stage="rerank")
        )


def test_the_same_ids_with_other_words_are_refused() -> None:
    old, new = scores("old", {"q": {"a": 1.0}}), scores("new", {"q": {"a": 1.0}})
    object.__setattr__(new, "subjects", (Subject(id="q", text="other words"),))
    with pytest.raises(InvalidInput, match=r"1 ids stand for other words or expectations in old and new \(q\)"):
        paired(old, new)


def test_runs_in_another_order_are_paired_by_id() -> None:
    pair = paired(
        scores("old", {"q1": {"a": 0.1}, "q2": {"a": 0.2}}), scores("new", {"q2": {"a": 0.6}, "q1": {"a": 0.5}})
    )
    assert pair.differences("a").tolist() == pytest.approx([0.4, 0.4])
    assert [subject.id for subject in pair.variant.subjects] == ["q1", "q2"]


def test_columns_of_another_length_than_the_subjects_are_refused() -> None:
    with pytest.raises(ValueError, match="1 subjects and columns of lengths"):
        Scores(label="x", stage="", dataset="", digest="", subjects=(Subject(id="q"),), values={"a": np.ones(2)},
               milliseconds=np.ones(1))  # fmt: skip

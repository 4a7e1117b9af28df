"""``citedesk eval compare``: is one run better than another, and did it lose what it must not lose?"""

from pathlib import Path

import click

from api.commands.evaluate.show import show_tables
from api.console import EXIT_FAILURES, Console, command

_FEWER_CHANGED = 5


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="BASELINE VARIANT...")
@click.option("--measure", "measures", multiple=True, help="Repeatable.  [default: all that the runs share]")
@click.option("--by", multiple=True, type=click.Choice(["language", "tag"]), help="Also slice by it. Repeatable.")
@click.option("--gate", "gates", multiple=True, help="For example 'nDCG@10 >= -0.005', 'in zh: MRR@10 >= -2%'.")
@click.option("--strict", is_flag=True, help="Gates fail on the figure itself, proven or not.")
@click.option("--qrels", type=click.Path(path_type=Path), help="Judgements for TREC run files.")
@click.option("--complete", is_flag=True, help="Judged queries that a TREC run file lacks count as 0.")
@click.option("--dataset", type=click.Path(path_type=Path), help="Judged set, for words and relevance marks.")
@click.option("--changed", type=click.IntRange(min=0), help="Changed queries per pair.  [default: 20, or 5 of many]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Also write Markdown.")
@command
def compare(
    console: Console,
    runs: tuple[str, ...],
    measures: tuple[str, ...],
    by: tuple[str, ...],
    gates: tuple[str, ...],
    strict: bool,
    qrels: Path | None,
    complete: bool,
    dataset: Path | None,
    changed: int | None,
    out: Path | None,
) -> int:
    """Compare runs with the first of them: folders of `eval run` (FOLDER or FOLDER:stage), TREC run files (.run, with
    --qrels) or files of `eval answers` (.jsonl).

    Exit code 1 when a gate fails: when a one-sided test, corrected for all gates, says that the loss is larger than the
    gate allows. A loss within the gate or within chance passes and is said.
    """
    from eval.compare.as_json import comparison_json
    from eval.compare.changes import RankingReader
    from eval.compare.compare import CHANGED, with_rankings
    from eval.compare.compare import compare as compare_runs
    from eval.compare.gate import GateStatus, judge_gates, parse_gate
    from eval.compare.inputs import load_pairs
    from eval.compare.markdown import to_markdown
    from eval.compare.text import print_comparison
    from eval.places import write_text
    from eval.sets.dataset import load_dataset
    from eval.sets.jsonl import require_file
    from eval.sets.qrels import read_qrels

    asked = [parse_gate(text) for text in gates]
    judged = read_qrels(require_file(qrels, "judgements")) if qrels is not None else None
    known = load_dataset(dataset) if dataset is not None else None
    inputs = load_pairs(runs, qrels=judged, dataset=known, complete=complete)
    results = judge_gates(asked, inputs.pairs, strict=strict)
    default = CHANGED if len(inputs.pairs) == 1 else _FEWER_CHANGED
    found = compare_runs(inputs.pairs, measures=measures, by=by, changed=default if changed is None else changed)
    found = with_rankings(found, RankingReader(judged, known))
    if inputs.unpaired:
        console.note(f"not in both runs, so left out: {', '.join(inputs.unpaired)}")
    if out is not None:
        write_text(out, to_markdown(found, results))
    show_tables(console, comparison_json(found, results), lambda terminal: print_comparison(found, results, terminal))
    if known is None and judged is None and any(query.before_ranking for pair in found.pairs for query in pair.changed):
        console.note("nothing is marked as relevant above: give the judged set with --dataset")
    return EXIT_FAILURES if any(result.status is GateStatus.FAILED for result in results) else 0

"""How good retrieval and answers are, with the latencies that come with it."""

from collections.abc import Iterator

from core.types import SearchStage
from eval.answers.asking import asks_of
from eval.answers.judge import judge_answers
from eval.bench.runs import Bench, Measured
from eval.present import to_json
from eval.runs.index import document_search, index_dataset
from eval.runs.run import evaluate
from eval.sets.dataset import load_dataset
from eval.sets.questions import load_questions

_KB = "bench-answers"
_WAIT_SECONDS = 20.0  # another command may hold the indexes for a moment


def retrieval(bench: Bench) -> Iterator[Measured]:
    """Every stage over every judged set."""
    bench.desk.own(wait_seconds=_WAIT_SECONDS)
    for folder in bench.sets:
        dataset = load_dataset(folder)
        kb = index_dataset(bench.desk, dataset, bench.desk.passage_recipe)
        report = evaluate(dataset, document_search(bench.desk, kb), list(SearchStage))
        yield Measured(name=dataset.name, figures=to_json(report))


def answers(bench: Bench) -> Iterator[Measured]:
    """The sample's judged questions, on which nothing was fitted."""
    bench.desk.own(wait_seconds=_WAIT_SECONDS)
    bench.desk.ingest([bench.sample / "documents"], _KB, prune=True)
    bench.desk.indexes.catch_up(_KB)
    questions = load_questions(bench.sample / "questions.jsonl")
    catalog = bench.desk.catalog
    report = judge_answers(questions, asks_of(bench.desk), lambda id_: catalog.document(id_).text, kb=_KB)
    yield Measured(name="sample", figures=to_json(report))

"""``citedesk eval calibrate``: the bars of an own knowledge base, from judged questions about it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.evaluate.documents_beside import asked_kb, documents_beside, require_one_place
from api.commands.evaluate.show import show_tables
from api.console import EXIT_FAILURES, Console, Progress, command

if TYPE_CHECKING:
    from answer.assemble import Desk
    from eval.calibrate.calibrate import CalibrationReport, Provenance


@click.command()
@click.argument("questions", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kb", default="", help="Knowledge base that the questions are about.")
@click.option("--docs", type=click.Path(path_type=Path), help="Or a folder.  [default: documents beside QUESTIONS]")
@click.option("--precision", default=0.95, type=click.FloatRange(0, 1, min_open=True, max_open=True), show_default=True)
@click.option("--confidence", default=0.9, type=click.FloatRange(0, 1, min_open=True, max_open=True), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="[default: calibration.json in the home]")
@command
def calibrate(
    console: Console,
    questions: tuple[Path, ...],
    kb: str,
    docs: Path | None,
    precision: float,
    confidence: float,
    out: Path | None,
) -> int:
    """Fit what an answer must pass, by language, on the judged questions in QUESTIONS.

    Of what is shown at least the share --precision is then answerable, held with the probability --confidence. The file
    is in force in this home where it is written by default; elsewhere the setting answer.calibration names it.
    """
    from answer.decision.calibration_file import FILE_NAME
    from core.settings import load_settings
    from eval.calibrate.calibrate import write_file
    from eval.places import writable_folder

    require_one_place(kb, docs)
    path = out or load_settings(console.home).home / FILE_NAME
    writable_folder(path.parent)
    report = _report(console, questions, kb, docs, precision, confidence)
    _show(console, report)
    if not report.changes:
        console.note("nothing was fitted, nothing is written: the shipped bars stay")
        return EXIT_FAILURES
    write_file(report, path)
    console.note(f"wrote {path}")
    return 0


def _report(
    console: Console, questions: tuple[Path, ...], kb: str, docs: Path | None, precision: float, confidence: float
) -> "CalibrationReport":
    from answer.decision.bars import shipped_bars
    from eval.calibrate import calibrate as calibration
    from eval.calibrate.bounds import Wanted
    from eval.calibrate.samples import gather_samples
    from eval.sets.questions import load_questions

    judged = [question for path in questions for question in load_questions(path)]
    with console.desk("" if kb else "evaluation") as desk:
        name = asked_kb(console, desk, kb, docs or documents_beside(questions[0]))
        samples = gather_samples(desk, name, judged, Progress(console, "questions"))
        return calibration.calibrate(
            samples,
            wanted=Wanted(precision=precision, confidence=confidence),
            shipped=shipped_bars(),
            provenance=_provenance(desk, name, questions),
        )


def _provenance(desk: "Desk", kb: str, questions: tuple[Path, ...]) -> "Provenance":
    from eval.calibrate.calibrate import Provenance, file_digest, sources_digest

    states = desk.source_states(kb)
    return Provenance(
        questions={path.name: file_digest(path) for path in questions},
        knowledge_base=kb,
        documents=sources_digest((source, state.content_hash) for source, state in states.items()),
        fingerprints=desk.reader_of(kb).fingerprints,
    )


def _show(console: Console, report: "CalibrationReport") -> None:
    from eval.calibrate.calibrate import print_table, to_json

    show_tables(console, to_json(report), lambda terminal: print_table(report, terminal))

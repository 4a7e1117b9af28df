"""``citedesk eval sweep``: many combinations of settings, each measured once."""

import os
from pathlib import Path

import click

from api.commands.evaluate.show import show_tables
from api.console import EXIT_FAILURES, Console, command

_INTERRUPTED = 130


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Results.  [default: FILE-results]")
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one per processor]")
@command
def sweep(console: Console, file: Path, out: Path | None, workers: int | None) -> int:
    """Measure every combination of settings that the YAML file FILE names, and draw quality against latency.

    \b
      datasets: [../sets/support_faq_en, ../sets/support_faq_zh]
      stages: [hybrid, rerank]
      settings:                       # every combination of these
        retrieval.candidates: [20, 50]
        rerank.candidates: [10, 30]
      variants:                       # and these as they stand
        - {name: large passages, settings: {ingest.chunk_tokens: 300}}

    What is measured is never measured again: after an interrupt the same command goes on. The first combination is what
    the others are compared with. For latencies that mean something use --workers 1 on a quiet machine.
    """
    from core.settings import load_settings
    from eval.sweep.files import write_sweep
    from eval.sweep.jobs import jobs_of
    from eval.sweep.plan import load_plan
    from eval.sweep.results import sweep_json, sweep_report
    from eval.sweep.run import Ended, run_jobs
    from eval.sweep.text import print_sweep

    settings = load_settings(console.home)
    plan = load_plan(file, settings)
    jobs = jobs_of(plan)
    folder = out if out is not None else file.with_name(f"{file.stem}-results")

    def told(end: Ended, done: int, total: int) -> None:
        how = end.reason and f"failed: {end.reason}"
        console.note(f"[{done}/{total}] {end.job.name}: {how or (f'{end.seconds:.0f} s' if end.seconds else 'known')}")

    try:
        ended = run_jobs(
            plan,
            jobs,
            folder / "runs",
            settings.home / "evaluation" / "sweeps",
            workers=workers or os.cpu_count() or 1,
            progress=told,
        )
    except KeyboardInterrupt:
        console.note("interrupted; what is measured is kept, and the same command goes on from there")
        return _INTERRUPTED
    report = sweep_report(plan, ended)
    write_sweep(folder, report)
    show_tables(console, sweep_json(report), lambda terminal: print_sweep(report, terminal))
    console.note(f"results, runs and drawings are in {folder}")
    return EXIT_FAILURES if report.failed else 0

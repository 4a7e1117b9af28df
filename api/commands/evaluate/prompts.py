"""``citedesk eval prompts``: prompt versions against cases, on the configured answer model."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.evaluate.show import show_tables
from api.console import EXIT_FAILURES, Console, Progress, command

if TYPE_CHECKING:
    from answer.assemble import Desk
    from answer.prompting.prompt_files import PromptVariant
    from eval.prompts.cases import PromptCase
    from eval.prompts.report import VariantReport


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--variant", "names", multiple=True, help="Repeatable.  [default: shipped and all in FOLDER/variants]")
@click.option("--update", is_flag=True, help="Accept what the model writes now as FOLDER/snapshots.")
@click.option("--goal", default=0.992, type=click.FloatRange(0, 1), show_default=True, help="Least schema compliance.")
@command
def prompts(console: Console, folder: Path, names: tuple[str, ...], update: bool, goal: float) -> int:
    """Ask the answer model every case of FOLDER/cases under every prompt variant and check what it writes.

    The model is the one of the settings llm.base_url and llm.model (CITEDESK_LLM_BASE_URL, CITEDESK_LLM_MODEL), at
    temperature 0 with seed 42. Ends with 1 where a case fails, words changed since the snapshots were accepted, or the
    schema is followed more rarely than the goal.
    """
    from answer.prompting.prompt_files import load_variants
    from eval.prompts.cases import load_cases
    from eval.prompts.show import print_table, to_json

    cases = load_cases(folder / "cases")
    variants = load_variants(folder, names)
    with console.desk() as desk:
        model = desk.settings.llm.model
        reports = asyncio.run(_run(console, desk, folder, cases, variants, update=update))
    show_tables(
        console,
        to_json(reports, model=model, goal=goal),
        lambda terminal: print_table(reports, terminal, goal=goal, updated=update),
    )
    return EXIT_FAILURES if any(report.fails(goal, updated=update) for report in reports) else 0


async def _run(
    console: Console,
    desk: "Desk",
    folder: Path,
    cases: "list[PromptCase]",
    variants: "list[PromptVariant]",
    *,
    update: bool,
) -> "list[VariantReport]":
    from answer.models.chat_model import ChatModel
    from core.errors import DependencyMissing
    from eval.prompts.report import SNAPSHOTS, run_variant

    settings = desk.settings.llm
    if not (settings.base_url and settings.model):
        raise DependencyMissing(
            "no answer model is configured: set llm.base_url and llm.model (CITEDESK_LLM_BASE_URL and "
            f"CITEDESK_LLM_MODEL), got {settings.base_url!r} and {settings.model!r}"
        )
    model = ChatModel(settings)
    reports = []
    for variant in variants:
        console.note(f"{variant.name}: {len(cases)} cases on {settings.model}")
        report = await run_variant(
            variant,
            cases,
            model=model,
            embedder=lambda: desk.embedder,
            snapshots=folder / SNAPSHOTS,
            update=update,
            progress=Progress(console, "cases"),
        )
        reports.append(report)
    return reports

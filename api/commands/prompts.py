"""``citedesk prompts``: what the answer model is asked with."""

from typing import TYPE_CHECKING

import click

from api.console import Console, command

if TYPE_CHECKING:
    from answer.prompting.prompt_files import PromptTemplate, PromptVariant


@click.group()
def prompts() -> None:
    """The prompts of the answer model, packaged and of your own (settings prompts.folder and prompts.weights)."""


@prompts.command(name="list")
@command
def list_(console: Console) -> None:
    """List every prompt with its version, its content's hash and the share of conversations that it gets."""
    variants, weights = _variants(console)
    rows = [
        _row(template, weights.get(variant.name, 0.0))
        for variant in variants
        for template in variant.templates.values()
        if template.variant == variant.name
    ]

    def show() -> None:
        for row in rows:
            share = f"{row['share']:.0%}"
            click.echo(f"{row['variant']:12} {row['name']} v{row['version']} ({row['digest']}) {share:>5}")
            click.echo(f"{'':12} {row['description']}")

    console.result({"prompts": rows}, show)


@prompts.command()
@click.argument("language", type=click.Choice(["en", "zh"]))
@click.option("--variant", default="shipped", show_default=True, help="Name of the variant.")
@command
def show(console: Console, language: str, variant: str) -> None:
    """Show the words of one prompt, part by part."""
    variants, weights = _variants(console, variant)
    template = variants[0].templates["zh" if language == "zh" else "en"]
    parts = {
        "context": template.context,
        "rules": template.rules,
        "json": template.json_format,
        "marks": template.marks_format,
        "task": template.task,
    }

    def tell() -> None:
        click.secho(f"{template.name}: {template.description}", bold=True)
        for name, text in parts.items():
            click.secho(f"\n# {name}", bold=True)
            click.echo(text)

    console.result({**_row(template, weights.get(variant, 0.0)), "parts": parts}, tell)


def _variants(console: Console, *names: str) -> "tuple[list[PromptVariant], dict[str, float]]":
    """The variants, all without ``names``, and the share of conversations of each. Raises ``InvalidInput``."""
    from answer.prompting.prompt_choice import Prompts
    from answer.prompting.prompt_files import load_variants
    from core.settings import load_settings

    settings = load_settings(console.home).prompts
    weights = Prompts(settings.folder, settings.weights).weights
    total = sum(weights.values())
    return load_variants(settings.folder, names), {name: weight / total for name, weight in weights.items()}


def _row(template: "PromptTemplate", share: float) -> dict[str, object]:
    used = template.used
    return {
        "name": used.name,
        "variant": used.variant,
        "language": used.language,
        "version": used.version,
        "digest": used.digest,
        "description": template.description,
        "share": share,
    }

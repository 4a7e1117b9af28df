"""``citedesk models``: which models there are, whether they serve, and which one does."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.console import Console, Progress, command
from api.show import visible

if TYPE_CHECKING:
    from answer.model_shelf import ShelfModel
    from core.settings import Settings


@click.group()
def models() -> None:
    """The embedder that retrieval reads with and the cross-encoder that reranks."""


@models.command("list")
@command
def list_models(console: Console) -> None:
    """Packaged models, those in the home's models folder, and those that the settings name."""
    from answer.model_shelf import models_of

    found = models_of(_settings(console))

    def show() -> None:
        for model in found:
            _show(model)

    console.result({"models": [_document(model) for model in found]}, show)


@models.command()
@click.argument("name")
@command
def check(console: Console, name: str) -> None:
    """Check the model NAME, a folder, hub name, `packaged` or `minilm-en`, and let it read a text.

    Exit code 3 with the reason where its weights are pickled, changed or no numbers, its tokenizer is missing, or its
    architecture is unknown.
    """
    from answer.model_shelf import checked

    model = checked(name, _settings(console))
    console.result(_document(model), lambda: _show(model))


@models.command()
@click.argument("name")
@click.option("--alone", is_flag=True, help="A reranker reads all candidates, without late interaction before it.")
@command
def use(console: Console, name: str, alone: bool) -> None:
    """Check the model NAME and write it into the home's citedesk.toml.

    A reranker orders the next question; after an embedder the next `citedesk ingest`, or a service when it starts,
    reads all passages anew while the old embedder answers, then switches in one step.
    """
    from answer.model_shelf import checked, settings_for
    from api.settings_file import write_settings

    settings = _settings(console)
    model = checked(name, settings)
    wanted = settings_for(model, alone=alone)
    path = write_settings(settings.home, wanted)
    hidden = [key for section, word in wanted if (key := f"CITEDESK_{section}__{word}".upper()) in os.environ]

    def show() -> None:
        _show(model)
        click.echo(f"{path} says now: {_assignments(wanted)}")
        for key in hidden:
            click.echo(f"{key} is set and goes before it; take it away")
        if model.kind.value == "embedder":
            click.echo("`citedesk kb reindex NAME` reads its passages anew while the old embedder answers")

    document = {**_document(model), "settings_file": str(path), "overridden_by": hidden}
    console.result(document, show)


@models.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--model", default="", help="Folder or hub name.  [default: rerank.model]")
@click.option("--questions", default=200, show_default=True, type=click.IntRange(1), help="Of the set, at most.")
@command
def calibrate(console: Console, folder: Path, model: str, questions: int) -> None:
    """Fit what a reranker's scores mean on the judged set in FOLDER (corpus.jsonl, queries.jsonl, qrels.tsv).

    Its probabilities then say how often a candidate of such a score answers. Kept beside the exported models, for
    these weights only.
    """
    from eval.fit.relevance import calibrate_reranker
    from eval.sets.dataset import load_dataset

    settings = _settings(console)
    rerank = settings.rerank.model_copy(update={"model": model or settings.rerank.model, "kind": "cross_encoder"})
    dataset = load_dataset(folder)
    done = calibrate_reranker(
        rerank, settings.models, dataset, questions=questions, progress=Progress(console, "questions")
    )
    document = {**asdict(done.curve), **done.figures, "file": str(done.path)}
    said = ", ".join(f"{name} {value}" for name, value in done.figures.items())
    line = f"probability = sigmoid({done.curve.slope:.3f} * log-odds {done.curve.intercept:+.3f})"
    console.result(document, lambda: click.echo(f"{line}\n{said}"))


def _settings(console: Console) -> "Settings":
    from core.settings import load_settings

    return load_settings(console.home)


def _document(model: "ShelfModel") -> dict[str, object]:
    return {**asdict(model), "kind": model.kind.value, "data": list(model.data)}


def _show(model: "ShelfModel") -> None:
    click.secho(visible(model.name), bold=True, nl=False)
    click.echo(f"  {model.kind.value}{', in use' if model.in_use else ''}")
    if model.problem:
        click.echo(f"   refused: {visible(model.problem)}")
        return
    click.echo(f"   {model.bytes / 1_000_000:,.1f} MB, {model.digest[:16]}{_exports(model.exports)}")
    if model.calibrated:
        click.echo("   its probabilities are calibrated")
    for label, text in (("from", model.parent), ("data", f"{len(model.data)} sources" if model.data else "")):
        if text:
            click.echo(f"   {label} {visible(text)}")
    for name, value in model.figures.items():
        click.echo(f"   {visible(name)}: {value}")


def _exports(exports: Mapping[str, float]) -> str:
    return "".join(f", {name} (fidelity {fidelity})" for name, fidelity in exports.items())


def _assignments(wanted: Mapping[tuple[str, str], str]) -> str:
    return ", ".join(f"{section}.{key} = {value!r}" for (section, key), value in wanted.items())

"""The runs that a command line names, paired with the first of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import InvalidInput
from eval.compare.files import answer_scores, folder_scores, run_file_scores, split_stage
from eval.compare.scores import Pair, Scores, Subject, paired
from eval.sets.dataset import RetrievalSet
from eval.sets.qrels import Qrels


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Pairs in the order of the sources, and stages that some run lacks."""

    pairs: tuple[Pair, ...]
    unpaired: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    path: Path
    stage: str
    label: str


def load_pairs(
    sources: Sequence[str], *, qrels: Qrels | None = None, dataset: RetrievalSet | None = None, complete: bool = False
) -> Inputs:
    """Read ``FOLDER``, ``FOLDER:stage``, ``FILE.run`` and ``FILE.jsonl`` (answers) and pair each with the first.

    A folder without a stage stands for the stage that another source names first; where none names one, each stage that
    both folders have is compared with itself. ``qrels`` judge run files, else those of ``dataset`` do; ``complete`` is
    that of ``run_file_scores``. Raises ``InvalidInput`` for fewer than two sources, one that cannot be read, and runs
    that cannot be compared.
    """
    if len(sources) < 2:
        raise InvalidInput("a comparison needs two runs at least: citedesk eval compare BASELINE VARIANT ...")
    named = _labelled(sources)
    default = next((source.stage for source in named if source.stage), "")
    judged = qrels if qrels is not None else (dataset.qrels if dataset else None)
    first, *others = (_described(_read(source, default, judged, dataset, complete), dataset) for source in named)
    pairs = [pair for other in others for pair in _paired(first, other, fixed=bool(default))]
    found = {(pair.baseline.stage, pair.variant.stage) for pair in pairs}
    stages = dict.fromkeys(stage for scores in (first, *others) for stage in scores)
    unpaired = [] if default else [stage for stage in stages if not any(stage in each for each in found)]
    return Inputs(pairs=tuple(pairs), unpaired=tuple(unpaired))


def _labelled(sources: Sequence[str]) -> list[_Source]:
    """Short names where they tell the sources apart; the same run twice is numbered."""
    parted = [split_stage(source) for source in sources]
    short = [path.resolve().name for path, _ in parted]
    paths = [path.resolve() for path, _ in parted]
    distinct = len(set(short)) == len(set(paths))
    named: list[_Source] = []
    for (path, stage), name in zip(parted, short, strict=True):
        label = name if distinct else str(path)
        again = sum(other.path.resolve() == path.resolve() and other.stage == stage for other in named)
        named.append(_Source(path=path, stage=stage, label=f"{label} ({again + 1})" if again else label))
    return named


def _read(
    source: _Source, default: str, qrels: Qrels | None, dataset: RetrievalSet | None, complete: bool
) -> dict[str, Scores]:
    """Scores by stage; files have the stage ``""``."""
    if source.path.is_dir():
        return _chosen_stage(folder_scores(source.path, source.label), source, source.stage or default)
    if source.path.suffix == ".jsonl" and source.path.is_file():
        return {"": answer_scores(source.path, source.label)}
    if qrels is None and source.path.is_file():
        raise InvalidInput(f"{source.path}: a run file is measured against judgements; give --qrels FILE or --dataset")
    subjects = _subjects(dataset)
    return {"": run_file_scores(source.path, source.label, qrels or {}, subjects=subjects, complete=complete)}


def _chosen_stage(scores: dict[str, Scores], source: _Source, stage: str) -> dict[str, Scores]:
    if not stage:
        return scores
    if stage not in scores:
        raise InvalidInput(f"{source.path} holds no stage {stage!r}; it has {', '.join(scores)}")
    return {stage: scores[stage]}


def _subjects(dataset: RetrievalSet | None) -> Mapping[str, Subject]:
    if dataset is None:
        return {}
    return {
        query.id: Subject(id=query.id, text=query.text, language=query.language, tags=query.tags)
        for query in dataset.queries
    }


def _described(scores: dict[str, Scores], dataset: RetrievalSet | None) -> dict[str, Scores]:
    """With the words of the set where the run did not keep them. Raises ``InvalidInput`` for the set of another run."""
    known = _subjects(dataset)
    for each in scores.values():
        if dataset is not None and each.digest and each.digest != dataset.digest:
            raise InvalidInput(
                f"{each.name} was measured on {each.dataset} ({each.digest[:12]}), not on {dataset.name} as it is now "
                f"({dataset.digest[:12]}); give the set that was measured"
            )
    return {
        stage: replace(each, subjects=tuple(s if s.text else known.get(s.id, s) for s in each.subjects))
        for stage, each in scores.items()
    }


def _paired(first: dict[str, Scores], other: dict[str, Scores], *, fixed: bool) -> list[Pair]:
    couples = [
        (baseline, variant)
        for stage, baseline in first.items()
        for other_stage, variant in other.items()
        if fixed or stage == other_stage or "" in (stage, other_stage)
    ]
    for baseline, variant in couples:
        if bool(baseline.answers) != bool(variant.answers):
            raise InvalidInput(f"{baseline.name} and {variant.name} are answers and rankings; compare like with like")
    if not couples:
        stages = f"{', '.join(first)} and {', '.join(other)}"
        raise InvalidInput(f"no stage in common: the runs have {stages}; name one each as FOLDER:stage")
    return [paired(baseline, variant) for baseline, variant in couples]

"""Every case under every prompt variant: run, counted and told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from answer.prompting.prompt_files import PromptVariant
from core.ports import AnswerModel
from eval.calibrate.bounds import exact_interval
from eval.prompts.cases import KINDS, PromptCase
from eval.prompts.checks import GetEmbedder, judge, off_contract
from eval.prompts.run import Completion, complete
from eval.prompts.snapshots import Snapshot, SnapshotState, compare_snapshot
from eval.runs.intervals import Interval

SNAPSHOTS = "snapshots"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One case under one variant.

    ``expectations`` says by kind what was off, empty where it was met; ``off_contract`` where the completion breaks the
    claim contract's schema.
    """

    case: PromptCase
    completion: Completion
    expectations: Mapping[str, str]
    off_contract: str
    snapshot: Snapshot

    @property
    def passed(self) -> bool:
        """Whether there is a completion that meets every expectation; its snapshot is another matter."""
        return self.completion.problem is None and not any(self.expectations.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``passed`` of ``of``, with the exact 95 % interval."""

    passed: int
    of: int

    @property
    def value(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.passed / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """None of nothing."""
        return exact_interval(self.passed, self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantReport:
    """All cases under one variant, in their order. ``prompts`` names the prompt of each language with its digest."""

    name: str
    prompts: tuple[str, ...]
    results: tuple[CaseResult, ...]

    @property
    def passed(self) -> Rate:
        """Cases."""
        return Rate(passed=sum(result.passed for result in self.results), of=len(self.results))

    @property
    def by_kind(self) -> dict[str, Rate]:
        """Expectations met, by kind; kinds that no case has are absent."""
        judged = {kind: [r.expectations[kind] for r in self.results if kind in r.expectations] for kind in KINDS}
        return {kind: Rate(passed=sum(not off for off in each), of=len(each)) for kind, each in judged.items() if each}

    @property
    def compliance(self) -> Rate:
        """Of the completions that arrived, those that follow the claim contract's schema to the letter."""
        arrived = [result for result in self.results if result.completion.arrived]
        return Rate(passed=sum(not result.off_contract for result in arrived), of=len(arrived))

    def snapshots(self, state: SnapshotState) -> int:
        """How many cases have this state."""
        return sum(result.snapshot.state is state for result in self.results)

    def fails(self, goal: float, *, updated: bool) -> bool:
        """Whether a case failed, words changed that nobody accepted, or the schema is followed too rarely."""
        share = self.compliance.value
        changed = self.snapshots(SnapshotState.CHANGED) and not updated
        return self.passed.passed < self.passed.of or bool(changed) or (share is not None and share < goal)


async def run_variant(
    variant: PromptVariant,
    cases: Sequence[PromptCase],
    *,
    model: AnswerModel,
    embedder: GetEmbedder,
    snapshots: Path,
    update: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> VariantReport:
    """Ask the cases one after the other: latencies are then of a server that does nothing else.

    ``snapshots`` holds a folder for each variant; with ``update`` completions without a problem are accepted there.
    """
    results: list[CaseResult] = []
    for case in cases:
        completion = await complete(model, variant, case)
        path = snapshots / variant.name / f"{case.id}.txt"
        results.append(
            CaseResult(
                case=case,
                completion=completion,
                expectations=judge(case, completion, embedder),
                off_contract=off_contract(completion),
                snapshot=_snapshot(path, completion, update=update),
            )
        )
        if progress is not None:
            progress(len(results), len(cases))
    prompts = tuple(template.name for template in variant.templates.values())
    return VariantReport(name=variant.name, prompts=prompts, results=tuple(results))


def _snapshot(path: Path, completion: Completion, *, update: bool) -> Snapshot:
    if completion.problem is not None:
        return Snapshot(state=SnapshotState.NONE)
    return compare_snapshot(path, completion.text, update=update)

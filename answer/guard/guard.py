"""Looks at a text in its plain form, with spaced-out letters closed up, and at what it holds encoded, to three depths.

Nothing is changed: what is found decides what is passed on (``answer.guard.screen``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from answer.guard.decoding import MAX_DEPTH, Budget, decoded_pieces
from answer.guard.finding import Detector, Finding
from answer.guard.views import View, plain_view, squeezed_views

MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Guard:
    """``detectors`` look; what they find with a confidence of ``threshold`` or more, 0..1, counts."""

    detectors: tuple[Detector, ...]
    threshold: float

    @property
    def is_on(self) -> bool:
        """Whether it looks at all."""
        return bool(self.detectors)

    def look(self, text: str) -> tuple[Finding, ...]:
        """What gives orders in ``text``, in order: of findings that overlap the surest, at most 100 in all.

        Spans lie in ``text``; of what was encoded they cover the encoded piece. Linear in the length of ``text``.
        """
        if not self.is_on:
            return ()
        return _apart(finding for finding in self._in(text, 0, Budget()) if finding.confidence >= self.threshold)

    def _in(self, text: str, depth: int, budget: Budget) -> Iterator[Finding]:
        view = plain_view(text)
        for seen in (view, *squeezed_views(view)):
            yield from self._seen(seen)
        if depth < MAX_DEPTH:
            for span, decoded in decoded_pieces(text, budget):
                yield from (replace(finding, span=span) for finding in self._in(decoded, depth + 1, budget))

    def _seen(self, view: View) -> Iterator[Finding]:
        for detector in self.detectors:
            for finding in detector.find(view.text):
                yield replace(finding, span=view.span(finding.span.start, finding.span.end))


UNGUARDED = Guard(detectors=(), threshold=1.0)
"""Finds nothing."""


def _apart(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The surest first, then without those that overlap one before them, then by place."""
    ordered = sorted(findings, key=lambda finding: (-finding.confidence, finding.span, finding.kind))
    kept: list[Finding] = []
    for finding in ordered:
        if len(kept) < MOST_FINDINGS and not any(finding.span.overlap(other.span) for other in kept):
            kept.append(finding)
    return tuple(sorted(kept, key=lambda finding: finding.span))

"""The detectors that ship, by the names that the settings know."""

from collections.abc import Collection, Mapping
from functools import cache

from answer.guard import chinese, english
from answer.guard.finding import Detector
from answer.guard.guard import Guard
from answer.guard.links import LinkDetector
from answer.guard.rules import PhraseDetector
from core.settings import DetectorName, GuardSettings

NAMES: tuple[DetectorName, ...] = ("override", "role", "extraction", "exfiltration", "task")


@cache
def shipped_detectors() -> Mapping[DetectorName, tuple[Detector, ...]]:
    """Those of each name: one of phrases in each language, and for exfiltration one of links."""
    phrases: dict[DetectorName, tuple[Detector, ...]] = {
        name: (PhraseDetector(name, "en", english.RULES), PhraseDetector(name, "zh", chinese.RULES)) for name in NAMES
    }
    return {**phrases, "exfiltration": (*phrases["exfiltration"], LinkDetector())}


def detectors_named(names: Collection[DetectorName]) -> tuple[Detector, ...]:
    """In the order of ``NAMES``."""
    return tuple(detector for name in NAMES if name in names for detector in shipped_detectors()[name])


def guard_of(settings: GuardSettings) -> Guard:
    """The guard that the settings ask for; one that finds nothing where they switch it off."""
    names = settings.detectors if settings.enabled else ()
    return Guard(detectors=detectors_named(names), threshold=settings.threshold)

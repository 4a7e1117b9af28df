"""The home of the service that is measured: generated passages under the name of the real embedder.

Their vectors are made up, so that 10,000 passages take seconds and not minutes; a search costs the same.
"""

from answer.assemble import Desk
from core.settings import Settings
from eval.bench.scale.corpus import Corpus
from eval.bench.scale.fill import TRAIN
from eval.bench.scale.home import KB, put


def fill(settings: Settings, passages: int, questions: int) -> list[str]:
    """Put the corpus into the home where it is not there yet; returns questions to it, both languages in turn."""
    corpus = Corpus(KB, TRAIN)
    desk = Desk(settings)
    try:
        if not desk.has_kb(KB):
            desk.catalog.ensure_kb(KB)
            record = desk.catalog.taking(desk.encoders.recipe().cut)
            put(record, corpus.documents(passages), desk.embedder.fingerprint)
        desk.own()
        desk.editions.bring_up(KB)
        desk.indexes.catch_up(KB)
    finally:
        desk.close()
    return [asked.text for asked in corpus.questions(passages, questions)]

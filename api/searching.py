"""One search as the ``search`` shape, for the command line, the service and whoever else asks a desk."""

from collections.abc import Collection

from api.desk_port import Searching
from api.schemas import JsonObject, search_document
from core.types import Filter, SearchStage
from store.kb_key import KbKey


def searched(
    desk: Searching,
    kb: KbKey,
    query: str,
    k: int,
    stage: SearchStage,
    filter: Filter | None = None,
    *,
    explain: bool = False,
    why: str = "",
    visible: Collection[str] | None = None,
) -> JsonObject:
    """What was found, with its explanation where ``explain`` or ``why`` asks for it. Raises as the desk does."""
    if not (explain or why):
        return search_document(desk.search(kb, query, k, stage, filter))
    explained = desk.explain(kb, query, k, stage, filter, why=why, visible=visible)
    return search_document(explained.result, explained.explanation)

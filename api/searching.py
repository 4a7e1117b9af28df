"""One search as the ``search`` shape, for the command line, the service and whoever else asks a desk."""

from api.desk_port import Desk
from api.schemas import JsonObject, search_document
from core.types import Filter, SearchStage


def searched(
    desk: Desk,
    kb: str,
    query: str,
    k: int,
    stage: SearchStage,
    filter: Filter | None = None,
    *,
    explain: bool = False,
    why: str = "",
) -> JsonObject:
    """What was found, with its explanation where ``explain`` or ``why`` asks for it. Raises as the desk does."""
    if not (explain or why):
        return search_document(desk.search(kb, query, k, stage, filter))
    explained = desk.explain(kb, query, k, stage, filter, why=why)
    return search_document(explained.result, explained.explanation)

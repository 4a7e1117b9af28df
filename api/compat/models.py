"""Knowledge bases under the names of models."""

from pydantic import Field

from api.citation_schema import Shape
from core.errors import NotFound

PREFIX = "citedesk/"


class Model(Shape):
    """A knowledge base that answers."""

    id: str = Field(description="`citedesk/` and the name of the knowledge base.")
    object: str = "model"
    created: int = Field(default=0, description="Always 0; a knowledge base has no version of its own.")
    owned_by: str = "citedesk"


class ModelList(Shape):
    """Those that the key may ask, by name."""

    object: str = "list"
    data: tuple[Model, ...]


class UnknownModel(NotFound):
    """No knowledge base of the caller has this name."""

    def __init__(self, model: str) -> None:
        super().__init__(f"The model {model[:100]!r} does not exist or you do not have access to it.")


def model_of(kb: str) -> Model:
    """The model that answers from a knowledge base."""
    return Model(id=PREFIX + kb)


def kb_of(model: str) -> str:
    """The name of its knowledge base. Raises ``UnknownModel``."""
    if not model.startswith(PREFIX):
        raise UnknownModel(model)
    return model.removeprefix(PREFIX)

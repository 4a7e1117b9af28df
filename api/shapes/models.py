"""What ``citedesk models`` prints with ``--json``."""

from typing_extensions import TypedDict


class Model(TypedDict):
    """``citedesk models check``, and an entry of ``list``. ``kind`` is embedder or reranker.

    ``digest`` names weights and configuration; ``exports`` has the fidelity, 1 at most, of each form that was made for
    the processor; ``problem`` says why the model is refused, and is empty where it is not.
    """

    name: str
    kind: str
    digest: str
    bytes: int
    in_use: bool
    parent: str
    data: list[str]
    figures: dict[str, float]
    exports: dict[str, float]
    calibrated: bool
    problem: str


class Models(TypedDict):
    """``citedesk models list``."""

    models: list[Model]


class UsedModel(Model):
    """``citedesk models use``. ``overridden_by`` names variables of the environment that go before the file."""

    settings_file: str
    overridden_by: list[str]


class CalibratedModel(TypedDict):
    """``citedesk models calibrate``: the probability is the sigmoid of ``slope`` times the log-odds plus ``intercept``.

    Log losses are in nats, means over the candidates of the set's questions.
    """

    slope: float
    intercept: float
    set: str
    candidates: int
    relevant: int
    log_loss_before: float
    log_loss: float
    file: str

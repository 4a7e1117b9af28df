"""Settings as values: one frozen slice per stage, read once from the environment and ``citedesk.toml``.

Order of precedence: arguments, environment (``CITEDESK_RETRIEVAL__CANDIDATES=80``), ``<home>/citedesk.toml``, defaults.
"""

import os
import tomllib
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from core.errors import InvalidInput


class _Slice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RecordSettings(_Slice):
    """``url`` is an SQLAlchemy URL; empty means ``<home>/record.sqlite``."""

    url: str = Field(default="", description="For example `postgresql+psycopg://user@host/name`.")
    keep_versions: int = Field(default=2, ge=1, description="Versions kept of each document, the current one included.")


class IngestSettings(_Slice):
    """Limits of one file and the size of a passage."""

    workers: int = Field(default=2, ge=1, le=64, description="Parser processes.")
    max_file_bytes: int = Field(default=100_000_000, ge=1, description="Larger files are not read.")
    parse_seconds: float = Field(default=120.0, gt=0, description="Wall-clock limit for one file.")
    parse_memory_bytes: int = Field(default=4_000_000_000, ge=200_000_000, description="Of one parser process.")
    parse_nice: int = Field(
        default=10, ge=0, le=19, description="Of parser processes, so that questions do not wait for them."
    )
    parse_cpu_seconds: int = Field(default=240, ge=1, description="Processor time for one file, over all its threads.")
    archive_bytes: int = Field(
        default=2_000_000_000,
        ge=1,
        description="Unpacked size of one archive, those inside it included; also the limit of the archive itself and "
        "of any file that a parser writes.",
    )
    archive_members: int = Field(default=20_000, ge=1, description="Of one archive, those of archives inside included.")
    archive_ratio: int = Field(default=200, ge=2, description="Unpacked to packed size, beyond the first 10 MB.")
    archive_depth: int = Field(default=5, ge=1, le=20, description="Archives and messages inside one another.")
    chunk_tokens: int = Field(
        default=180, ge=20, le=2_000, description="Of a passage, as the embedder counts, headings excluded."
    )
    overlap_sentences: int = Field(default=1, ge=0, le=5, description="Repeated at the start of the next passage.")
    embed_batch: int = Field(default=64, ge=1, le=1_024, description="Texts embedded in one call.")
    token_vectors: bool = Field(
        default=True,
        description="Kept for `late_interaction`, about 10 KB a passage; with another `rerank.kind` switch it off.",
    )


class RetrievalSettings(_Slice):
    """Candidates per arm and how many hits leave the stage."""

    embedder: str = Field(
        default="",
        description="Folder or hub name; empty means the packaged all-MiniLM-L6-v2 with rows for Chinese, `minilm-en` "
        "the same without them.",
    )
    engine: Literal["auto", "openvino", "onnx", "torch"] = Field(
        default="auto",
        description="auto: torch on CUDA, bfloat16 on OpenVINO where the processor has matrix units, else int8.",
    )
    model_cache: Path | None = Field(
        default=None, description="Exported int8 models; homes may share it. None: `models` in the home."
    )
    lexical_backend: Literal["tantivy", "rank_bm25"] = Field(
        default="tantivy", description="`rank_bm25` is the reference, for up to 10,000 passages."
    )
    chroma_url: str = Field(
        default="",
        description="Of a server that `chroma run` started, `http://127.0.0.1:8001`; homes may share it. Empty: the "
        "dense indexes are in the home.",
    )
    chroma_seconds: float = Field(
        default=2.0, gt=0, description="Longest wait for the server's answer to one search; then without the dense arm."
    )
    candidates: int = Field(default=100, ge=1, le=2_000, description="Hits taken from each index before fusion.")
    dense_weight: float = Field(
        default=1.0, ge=0, le=10, description="Times the fitted weight of the dense arm; 0 trusts words alone."
    )
    catch_up_seconds: float = Field(default=0.5, gt=0, description="How often the owner looks for new changes.")


class RerankSettings(_Slice):
    """``kind`` ``cascade`` and ``cross_encoder`` need ``model``: a local folder or hub name of a
    sequence-classification model. In a cascade it reads the first of late interaction's order, where it can still
    change that."""

    kind: Literal["late_interaction", "cascade", "cross_encoder", "identity"] = Field(
        default="late_interaction",
        description="`cascade`: late interaction, then the cross-encoder over its first; `identity` keeps the fused "
        "order.",
    )
    model: str = Field(default="", description="Of the cross-encoder: folder or hub name.")
    engine: Literal["auto", "openvino", "onnx", "torch"] = Field(
        default="auto", description="Of the cross-encoder, as `retrieval.engine` is of the embedder."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="What torch computes on; with `cpu` a GPU is left alone."
    )
    candidates: int = Field(default=30, ge=1, le=500, description="Fused hits that are scored again.")
    survivors: int = Field(
        default=10, ge=1, le=500, description="Of a cascade: hits of late interaction that the cross-encoder may read."
    )
    settle: int = Field(
        default=1,
        ge=1,
        le=500,
        description="Of a cascade: places from the top whose order counts; hits that can only change places below are "
        "not read.",
    )
    reach: float = Field(
        default=1.0,
        gt=0,
        description="Of a cascade: most that the cross-encoder adds to or takes from a late-interaction score; hits "
        "that stand more than twice that apart keep their order and are not read.",
    )
    instruction: str | None = Field(
        default=None, description="Before the question; None takes the one that the model's folder names, if any."
    )
    max_tokens: int | None = Field(
        default=None, ge=16, description="Question and passage together; None takes the model's own limit."
    )
    batch: int = Field(default=64, ge=1, le=512, description="Windows in one forward of torch.")
    batch_tokens: int = Field(
        default=16_384, ge=16, description="Tokens in one forward of torch, padding included; bounds its memory."
    )


class FallbackModel(_Slice):
    """A model that is asked where those before it fail."""

    model: str = Field(min_length=1, description="The name that the server knows.")
    base_url: str = Field(default="", description="Empty: that of `llm`.")
    api_key: SecretStr = Field(default=SecretStr(""), description="Empty with an empty `base_url`: that of `llm`.")
    tokenizer: Path | None = Field(default=None, description="As that of `llm`.")
    input_price: float | None = Field(default=None, ge=0, description="Of a million tokens; None tells no cost.")
    output_price: float | None = Field(default=None, ge=0, description="As `input_price`.")


class ModelSettings(_Slice):
    """An OpenAI-compatible server; without ``base_url`` the extractive answerer is used."""

    base_url: str = Field(default="", description="For example `http://127.0.0.1:11434/v1`.")
    model: str = Field(default="", description="The name that the server knows.")
    api_key: SecretStr = Field(default=SecretStr(""), description="Never logged or shown.")
    total_seconds: float = Field(default=60.0, gt=0, description="Deadline of one completion.")
    first_chunk_seconds: float = Field(default=30.0, gt=0, description="Longest wait for its first word.")
    between_chunks_seconds: float = Field(default=15.0, gt=0, description="Longest silence inside a stream.")
    max_tokens: int = Field(default=800, ge=16, description="Of one answer.")
    fallbacks: tuple[FallbackModel, ...] = Field(
        default=(),
        description="Asked in this order where the model fails, or says nothing that can be proven; each is a table "
        "`{model, base_url, api_key, tokenizer, input_price, output_price}`, its server that of `llm` where it names "
        "none.",
    )
    input_tokens: int = Field(default=6_000, ge=1_500, description="Of one prompt; passages that do not fit stay out.")
    passage_worth: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Probability that its best sentence answers, from which a passage is in the prompt.",
    )
    tokenizer: Path | None = Field(
        default=None, description="The model's `tokenizer.json`, or its folder; None estimates a little too high."
    )
    input_price: float | None = Field(default=None, ge=0, description="Of a million tokens; None tells no cost.")
    output_price: float | None = Field(default=None, ge=0, description="Of a million tokens, as `input_price`.")


class PromptSettings(_Slice):
    """Which words the answer model is asked with; a conversation keeps its variant."""

    folder: Path | None = Field(
        default=None, description="With `variants/NAME/answer.en.md` and `.zh.md`, as `eval prompts` takes it."
    )
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="Share of conversations by variant, `shipped` is the packaged prompt; empty: that alone.",
    )


class AnswerSettings(_Slice):
    """Evidence budget and the bars that an answer must pass.

    ``threshold`` overrides the calibrated probability below which the answer is an honest no.
    """

    evidence: int = Field(default=8, ge=1, le=50, description="Passages at most.")
    evidence_tokens: int = Field(default=2_400, ge=100, description="Budget of all passages.")
    max_question_chars: int = Field(default=4_000, ge=100, description="Longer questions are refused.")
    history_tokens: int = Field(default=1_000, ge=0, description="Of the conversation; the oldest turns are left out.")
    context_tokens: int = Field(default=400, ge=0, description="Of what the caller tells of the case.")
    rewrite_seconds: float = Field(
        default=5.0, ge=0, description="Longest wait for a model to rewrite a follow-up, then rules do; 0: only rules."
    )
    threshold: float | None = Field(default=None, ge=0, le=1, description="None takes the fitted one.")
    calibration: Path | None = Field(
        default=None, description="A file of `citedesk eval calibrate`; None: `calibration.json` in the home, if any."
    )


class TraceSettings(_Slice):
    """What is kept of each answer, so that it can be looked into and replayed."""

    enabled: bool = Field(default=True, description="Keep a trace of every answer.")
    keep_days: float = Field(default=30.0, gt=0, description="Older ones are deleted.")
    keep: int = Field(default=10_000, ge=1, description="Of each knowledge base; the oldest go first.")
    redact: bool = Field(default=True, description="Personal data and keys are replaced before a trace is written.")


DetectorName: TypeAlias = Literal["override", "role", "extraction", "exfiltration", "task"]


class GuardSettings(_Slice):
    """What is done about orders to whoever answers that hide in questions and documents."""

    enabled: bool = Field(default=True, description="Without it such words reach the model; the proof of claims stays.")
    detectors: tuple[DetectorName, ...] = Field(
        default=("override", "role", "extraction", "exfiltration", "task"), description="What is looked for."
    )
    threshold: float = Field(default=0.7, ge=0, le=1, description="Confidence from which a finding counts.")


class JobSettings(_Slice):
    """Work that outlives a command: leases, retries and what is kept of finished jobs."""

    lease_seconds: float = Field(default=30.0, gt=0, description="Without a sign of life, another worker takes over.")
    pulse_seconds: float = Field(default=0.5, gt=0, description="Between signs of life and looks for new jobs.")
    attempts: int = Field(default=5, ge=1, description="In a row without progress, then a job has failed.")
    retry_seconds: float = Field(default=2.0, ge=0, description="Before the second attempt; doubled for each further.")
    in_service: bool = Field(
        default=True,
        description="A service runs jobs itself; else `nice citedesk jobs work --wait` does beside it, and questions "
        "hardly feel them.",
    )
    keep: int = Field(default=200, ge=1, description="Finished jobs that `citedesk jobs list` shows.")


class ServiceSettings(_Slice):
    """Where the service listens."""

    host: str = Field(
        default="127.0.0.1", description="One that other machines reach needs an API key: `citedesk keys create`."
    )
    port: int = Field(default=8000, ge=0, le=65_535, description="0 takes a free one.")
    max_body_bytes: int = Field(default=1_000_000, ge=1_000, description="Counted while it is read.")
    max_upload_bytes: int = Field(
        default=200_000_000, ge=1_000, description="Of one upload, all its files together; counted while it is read."
    )
    keep_originals: bool = Field(
        default=True,
        description="Uploaded PDFs stay in the home as long as their document, so that their pages can be shown; else "
        "they go once they are read.",
    )
    evaluations: Path | None = Field(
        default=None,
        description="Folder of what `eval run --out` and `eval answers --out` left, for the page Quality; None: `runs` "
        "in the home.",
    )
    otlp_url: str = Field(
        default="",
        description="Of an OpenTelemetry collector, `http://127.0.0.1:4318`; needs the extra `telemetry`. Empty: no "
        "spans.",
    )
    link_origins: tuple[str, ...] = Field(
        default=(),
        description="Answers to visitors link to the `url` in a document's metadata where its origin is one of these "
        "(`https://help.example.com`); `*` stands for all. Empty: no links.",
    )
    debug: bool = Field(
        default=False, description="`/debug/profile` and `/debug/tasks`, for who runs the home: what the process is at."
    )
    resume_seconds: float = Field(
        default=5.0, ge=0, description="A streamed answer goes on that long without its client, which may come back."
    )


class LimitSettings(_Slice):
    """How much a key, a tenant and the whole service may be asked for. The operator of a home without keys has no
    rates and no budget. Rates are written `100/minute`, several with `;` between them; empty: none."""

    key_rate: str = Field(default="1200/minute", description="Requests of one API key.")
    tenant_rate: str = Field(default="6000/minute", description="Requests of one tenant, all its keys together.")
    address_rate: str = Field(
        default="20/minute;300/hour",
        description="Questions of one network address with one publishable key; of IPv6 the first 64 bits count.",
    )
    route_rates: dict[str, str] = Field(
        default_factory=dict,
        description='Requests of one key to a route, by its `operationId`: `{replay_answer = "10/minute"}`.',
    )
    key_answers: int = Field(default=64, ge=1, description="Answers that one key may wait for at the same time.")
    answers: int = Field(default=128, ge=1, description="Answers that are made at the same time; more wait.")
    wait_seconds: float = Field(
        default=10.0,
        gt=0,
        description="Who would have to wait longer is sent away with 503; batch requests at a third.",
    )
    key_tokens: int | None = Field(
        default=None, ge=1, description="Model tokens of one key in a period; None: no budget."
    )
    tenant_tokens: int | None = Field(default=None, ge=1, description="As `key_tokens`, of a tenant.")
    tokens_of: dict[str, int] = Field(
        default_factory=dict, description="Budgets that differ, by tenant or by key prefix: `{acme = 5_000_000}`."
    )
    period: Literal["day", "month"] = Field(default="month", description="Of budgets, in UTC.")
    sparing_tokens: int = Field(
        default=200, ge=16, description="To which `llm.max_tokens` shrinks between 80 % and the end of a budget."
    )


class CacheSettings(_Slice):
    """What is kept in memory of earlier answers."""

    answer_bytes: int = Field(
        default=64_000_000, ge=0, description="Of answers to equal questions over the same documents; 0 keeps none."
    )


REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


class RedisSettings(_Slice):
    """Shares request rates and answers among the services of one record. Without ``url`` nothing of Redis is used;
    while it is away every process counts and remembers for itself."""

    url: SecretStr = Field(
        default=SecretStr(""),
        description="`redis://:password@host:6379/0`, `rediss://` or `unix://`; needs the extra `redis`. Never shown.",
    )
    seconds: float = Field(
        default=0.05, gt=0, description="Longest wait for it; then it is left alone until it answers again."
    )
    answer_seconds: int = Field(
        default=86_400,
        ge=0,
        description="How long an answer stays there; 0 keeps none. Bound its room by Redis' own `maxmemory` with "
        "`maxmemory-policy allkeys-lru`.",
    )


class Settings(BaseSettings):
    """All slices. ``home`` holds the record, the indexes and the caches."""

    model_config = SettingsConfigDict(
        env_prefix="CITEDESK_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        nested_model_default_partial_update=True,
    )

    home: Path = Path(".citedesk")
    record: RecordSettings = RecordSettings()
    ingest: IngestSettings = IngestSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    rerank: RerankSettings = RerankSettings()
    llm: ModelSettings = ModelSettings()
    prompts: PromptSettings = PromptSettings()
    answer: AnswerSettings = AnswerSettings()
    guard: GuardSettings = GuardSettings()
    traces: TraceSettings = TraceSettings()
    jobs: JobSettings = JobSettings()
    service: ServiceSettings = ServiceSettings()
    limits: LimitSettings = LimitSettings()
    cache: CacheSettings = CacheSettings()
    redis: RedisSettings = RedisSettings()

    @property
    def models(self) -> Path:
        """Where exported models and what was fitted to them are kept."""
        return self.retrieval.model_cache or self.home / "models"

    def inside(self, name: str) -> "Settings":
        """The settings of a home of its own below this one, which shares the exported models and no server."""
        retrieval = self.retrieval.model_copy(update={"model_cache": self.models, "chroma_url": ""})
        return self.model_copy(update={"home": self.home / name, "retrieval": retrieval})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then ``citedesk.toml`` in the home folder."""
        home = Path(os.environ.get("CITEDESK_HOME") or cls.model_fields["home"].default)
        given = init_settings().get("home")
        toml = TomlConfigSettingsSource(settings_cls, toml_file=(Path(given) if given else home) / "citedesk.toml")
        return init_settings, env_settings, toml


def load_settings(home: Path | None = None) -> Settings:
    """Read the settings once, at an entry point.

    ``CITEDESK_LLM_BASE_URL``, ``_MODEL`` and ``_API_KEY`` are accepted with one underscore, as other tools write them.
    Raises ``InvalidInput`` with the name and value of the setting that is off.
    """
    llm = {
        name: value
        for name in ("base_url", "model", "api_key")
        if (value := os.environ.get(f"CITEDESK_LLM_{name.upper()}"))
    }
    arguments: dict[str, object] = {"llm": llm} if llm else {}
    if home is not None:
        arguments["home"] = home
    try:
        return Settings(**arguments)  # type: ignore[arg-type]  # pydantic-settings merges partial slices
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"citedesk.toml in the home folder is no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"setting {where} = {first.get('input')!r}: {first['msg']}") from error

"""The deployment that checks look at: where it is, what it has and has not, and what is asked of it.

Frozen, typed and built from one TOML file by `checks.target_file`. A path that is `false` is something that the
deployment has not; a section that is absent (`openai`, `edgar`, `containers`, ...) likewise. Neither is failed on.
"""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from checks.tickers import ticker_pool

Positive = Annotated[float, msgspec.Meta(gt=0)]
Timeout = Annotated[float, msgspec.Meta(gt=0, le=600)]
EnvName = Annotated[str, msgspec.Meta(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]
PathOrFalse = str | bool


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of a target file: unknown keys are refused."""


def checked_url(url: str) -> str:
    """`url` without a trailing slash; ValueError with the mend where it is not an http(s) address."""
    if "@" in url:  # before any message that would show the password
        raise ValueError("an address carries no user name or password; name the token's environment variable instead")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is not an address ({error}); write one like http://localhost:8000") from None
    spoilt = not parts.hostname or port == 0 or not url.isprintable() or " " in url
    if parts.scheme not in ("http", "https") or spoilt:
        raise ValueError(f"{url!r} is not an http:// or https:// address; write one like http://localhost:8000")
    if parts.query or parts.fragment:
        raise ValueError(f"{url!r} goes on after its path; end it before the ? or #")
    return url.rstrip("/")


def _refuse_true(part: Part, *names: str) -> None:
    for name in names:
        if getattr(part, name) is True:
            raise ValueError(f"`{name}` is a name or false, not true")


class Service(Part, frozen=True, kw_only=True):
    """A service of ours that speaks HTTP: an address and the paths on it (false: it has none)."""

    url: str
    health: PathOrFalse = "/health"
    ready: PathOrFalse = "/ready"
    query: PathOrFalse = "/query"
    healthy: tuple[str, ...] = ("healthy",)
    degraded: tuple[str, ...] = ("degraded",)
    token_env: EnvName | None = None

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "url", checked_url(self.url))
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value is True or (isinstance(value, str) and name in self.paths() and not value.startswith("/")):
                raise ValueError(f"`{name}` is a path that begins with / or false, not {value!r}")

    @classmethod
    def paths(cls) -> tuple[str, ...]:
        return ("health", "ready", "query")

    def path(self, name: str) -> str | None:
        """The path called `name`, or `name` itself where it is a path; None: the deployment has not got it.

        "any" is the first that there is: for what needs no more than an answer.
        """
        if name.startswith("/"):
            return name
        if name == "any":
            return next(filter(None, map(self.path, self.paths())), None)
        value = getattr(self, name)
        return value if isinstance(value, str) else None


class Api(Service, frozen=True, kw_only=True):
    """The FastAPI service."""

    live: PathOrFalse = "/live"
    metrics: PathOrFalse = "/metrics"
    openapi: PathOrFalse = "/openapi.json"

    @classmethod
    def paths(cls) -> tuple[str, ...]:
        return ("health", "ready", "live", "metrics", "openapi", "query")


class Webapp(Service, frozen=True, kw_only=True):
    """The Flask web application."""

    page: PathOrFalse = "/"
    csrf: PathOrFalse = "/csrf-token"

    @classmethod
    def paths(cls) -> tuple[str, ...]:
        return ("page", "health", "ready", "csrf", "query")


class Question(Part, frozen=True, kw_only=True):
    """What is asked. `filing_path`: the answer's metadata names each filing's path at EDGAR, so that citations can be
    compared with the filing itself; without it only their form is checked."""

    ticker: str = "AAPL"
    form_type: str = "10-K"
    text: str = "What are the main risk factors?"
    limit: Annotated[int, msgspec.Meta(ge=1)] = 3
    uncached_tickers: tuple[str, ...] | str = ()
    filing_path: bool = False

    def __post_init__(self) -> None:
        ticker_pool(self.uncached_tickers)


class Edgar(Part, frozen=True, kw_only=True):
    """EDGAR as seen from here; `contact` goes into the User-Agent, which EDGAR wants declared."""

    data_url: str = "https://data.sec.gov"
    www_url: str = "https://www.sec.gov"
    probe_path: str = "/submissions/CIK0000320193.json"
    contact: str = "ops@example.com"

    def __post_init__(self) -> None:
        for name in ("data_url", "www_url"):
            msgspec.structs.force_setattr(self, name, checked_url(getattr(self, name)))
        if not self.probe_path.startswith("/"):
            raise ValueError(f"`probe_path` begins with /, not {self.probe_path!r}")


class OpenAI(Part, frozen=True, kw_only=True):
    """OpenAI as seen from here. `paid`: a question that reaches it costs money."""

    url: str = "https://api.openai.com/v1"
    key_env: EnvName | None = "OPENAI_API_KEY"
    paid: bool = True

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "url", checked_url(self.url))


class Metrics(Part, frozen=True, kw_only=True):
    """The names under which the API's /metrics counts, and the label that marks our own probes (absent: none does).

    `query_paths`: every path on which users' questions arrive; absent: the API's own.
    """

    requests: str = "finchat_http_requests_total"
    duration: str = "finchat_http_request_duration_seconds"
    path_label: str = "path"
    status_label: str = "status"
    probe_label: str | None = None
    probe_value: str = "probe"
    query_paths: tuple[str, ...] = ()
    cache_hits: str | None = None
    cache_misses: str | None = None
    rate_limited: str | None = None
    memory: str | None = None


class Objectives(Part, frozen=True, kw_only=True):
    """The limits that checks and drills hold the target to. Defaults: the documented objectives and alerts of the 2.0
    release. `rto_s`: how long a mitigation may take until the service is back; for that nothing is documented."""

    error_ratio_max: Fraction = 0.01
    server_error_ratio_max: Fraction = 0.05
    api_p95_s: Positive = 2.5
    query_p95_s: Positive = 5.0
    requests_min: Count = 20
    cpu_ratio_max: Fraction = 0.80
    memory_ratio_max: Fraction = 0.85
    disk_ratio_max: Fraction = 0.85
    load_per_core_max: NotNegative = 4.0
    api_memory_mb_max: Positive = 870.0
    cache_hit_ratio_min: Fraction = 0.70
    cache_size_mb_max: Positive = 2048.0
    restarts_max: Count = 0
    log_errors_max: Count = 20
    log_window_s: Positive = 600.0
    rate_limit_hits_max: Count = 5
    certificate_days_min: Positive = 14.0
    clock_skew_s_max: Positive = 5.0
    rto_s: Positive = 300.0


class Containers(Part, frozen=True, kw_only=True):
    """The containers' names (false: none), and what reaches their engine: a socket, or a prefix such as `ssh host`."""

    api: str | bool = "finchat-api"
    webapp: str | bool = "finchat-webapp"
    socket: str | None = None
    prefix: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_true(self, "api", "webapp")


class Host(Part, frozen=True, kw_only=True):
    """The machine: its cache directory, the file systems to watch, and what reaches it."""

    cache: str = "~/.cache/finchat_sec_qa"
    disks: tuple[str, ...] = ("/",)
    prefix: tuple[str, ...] = ()


class Logs(Part, frozen=True, kw_only=True):
    """The log files (false: not written there), and what reaches them.

    `response_time`: the word before a request's milliseconds at the end of a line of the application log.
    """

    directory: str = "logs"
    app: str | bool = "app.log"
    access: str | bool = "access.log"
    debug: str | bool = False
    response_time: str | bool = False
    prefix: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_true(self, "app", "access", "debug", "response_time")


class Target(Part, frozen=True, kw_only=True):
    """One deployment, whole."""

    name: str
    description: str = ""
    environment: str = "production"
    timeout_s: Timeout = 10.0
    allow_load: bool = False
    """Whether load may be sent there, where that is not this machine."""
    load_rate_max_per_s: Positive | None = None
    api: Api
    webapp: Webapp | None = None
    question: Question = msgspec.field(default_factory=Question)
    edgar: Edgar | None = None
    openai: OpenAI | None = None
    metrics: Metrics | None = None
    objectives: Objectives = msgspec.field(default_factory=Objectives)
    containers: Containers | None = None
    host: Host | None = None
    logs: Logs | None = None

    def service(self, name: str) -> Service | None:
        """The service called "api" or "webapp"; None where the deployment has not got it."""
        return self.api if name == "api" else self.webapp

    @property
    def questions_cost(self) -> bool:
        """Whether a question costs money: so it is, unless somebody said that OpenAI is free here."""
        return self.openai is None or self.openai.paid

    def secret_names(self) -> tuple[str, ...]:
        """The environment variables that hold this target's secrets."""
        named = (self.api.token_env, self.webapp and self.webapp.token_env, self.openai and self.openai.key_env)
        return tuple(sorted({name for name in named if name}))

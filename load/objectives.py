"""What is asked of a deployment under load, read from TOML: every complaint one sentence that names the mend."""

import itertools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt

from checks.explained import explained
from load.judged import Measure, Unit
from load.plan import Plan
from load.records import Answered, Records, down, failed, latency_s

DEFAULTS = Path(__file__).parent / "objectives.toml"
"""The documented objectives of FinChat-SEC-QA 2.0."""
QUANTILES: dict[Measure, float] = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
_SIZE_BYTES_MAX = 256 * 1024

Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
"""Neither 0 nor 1: of neither is there a proof by any number of requests."""


class ObjectivesError(Exception):
    """The objectives cannot be used as they are written; the message says what to change."""


@dataclass(frozen=True)
class Objective:
    """One thing that is asked of one endpoint ("api": of all of them together)."""

    endpoint: str
    measure: Measure
    limit: float
    """Seconds for a latency, else a share of the requests."""

    @property
    def name(self) -> str:
        return f"{self.endpoint}.{self.measure}"

    @property
    def is_latency(self) -> bool:
        return self.measure in QUANTILES

    @property
    def allowed(self) -> float:
        """The share of requests that may be bad."""
        if self.measure in QUANTILES:
            return round(1 - QUANTILES[self.measure], 9)
        return self.limit if self.measure == "error_rate" else round(1 - self.limit, 9)

    @property
    def unit(self) -> Unit:
        return "s" if self.is_latency else "per_s" if self.measure == "rate" else "ratio"

    def known(self, records: Records) -> npt.NDArray[np.bool_]:
        """Of which records anybody can say whether they are bad: not of what the end of the run cut off too soon."""
        cut_off: npt.NDArray[np.bool_] = records["answered"] == Answered.CUT_OFF
        return ~cut_off | (latency_s(records) > self.limit) if self.is_latency else ~cut_off

    def bad(self, records: Records, plan: Plan, *, spared_s: float = 0.0) -> npt.NDArray[np.bool_]:
        """Which records do not meet it. `spared_s` is added to the limit of a latency."""
        if self.is_latency:
            return failed(records) | (latency_s(records) > self.limit + spared_s)
        if self.measure == "error_rate":
            return failed(records)
        if self.measure == "availability":
            return down(records)
        late: npt.NDArray[np.bool_] = records["end"] > plan.begins_at + plan.lasts_s
        return failed(records) | late


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the file: unknown keys are refused."""


class EndpointObjectives(_Part, frozen=True, kw_only=True):
    """What is asked of one endpoint; None: nothing."""

    p50_s: Seconds | None = None
    p90_s: Seconds | None = None
    p95_s: Seconds | None = None
    p99_s: Seconds | None = None
    p999_s: Seconds | None = None
    error_rate_max: Share | None = None
    availability_min: Share | None = None
    rate_min_ratio: Share | None = None

    def __post_init__(self) -> None:
        limits = [(key, limit) for key in self.__struct_fields__[:5] if (limit := getattr(self, key)) is not None]
        for (lower, below), (upper, above) in itertools.pairwise(limits):
            if below > above:
                raise ValueError(f"`{upper}` is less than `{lower}`: a higher percentile takes no less time")

    def of(self, endpoint: str) -> Iterator[Objective]:
        measures: tuple[Measure, ...] = (*QUANTILES, "error_rate", "availability", "rate")
        for key, measure in zip(self.__struct_fields__, measures, strict=True):
            if (limit := getattr(self, key)) is not None:
                yield Objective(endpoint, measure, limit)


class KneeLimit(_Part, frozen=True, kw_only=True):
    """Up to which rate the objectives of [api] are to hold."""

    rate_min_per_s: Annotated[float, msgspec.Meta(gt=0)] = 50.0


class DriftLimit(_Part, frozen=True, kw_only=True):
    """By which share the p95 may grow in the course of a run."""

    p95_growth_max: Annotated[float, msgspec.Meta(gt=0, le=10)] = 0.10


class SettlesLimit(_Part, frozen=True, kw_only=True):
    """How long after a spike the p95 of [api] may be missed."""

    within_s: Seconds = 10.0


_OF_A_PROFILE: dict[str, type[_Part]] = {"knee": KneeLimit, "drift": DriftLimit, "settles": SettlesLimit}
"""Each is all that one profile is judged by, so that it is enough for a file. Two of them need [api] p95_s too: a run
says so."""


class Objectives(_Part, frozen=True, kw_only=True):
    """All that a file of objectives asks for."""

    api: EndpointObjectives | None = None
    health: EndpointObjectives | None = None
    ready: EndpointObjectives | None = None
    question: EndpointObjectives | None = None
    question_fresh: EndpointObjectives | None = None
    question_edgar: EndpointObjectives | None = None
    knee: KneeLimit = msgspec.field(default_factory=KneeLimit)
    drift: DriftLimit = msgspec.field(default_factory=DriftLimit)
    settles: SettlesLimit = msgspec.field(default_factory=SettlesLimit)

    @property
    def all(self) -> tuple[Objective, ...]:
        """Each of them, of "api" first."""
        sections = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return tuple(
            objective
            for name, section in sections
            if isinstance(section, EndpointObjectives)
            for objective in section.of(name)
        )


def read_objectives(path: Path = DEFAULTS) -> Objectives:
    """The objectives in this file. Raises ObjectivesError with one sentence."""
    shown = str(path)[:200]
    try:
        with path.open("rb") as file:
            raw = file.read(_SIZE_BYTES_MAX + 1)
        if len(raw) > _SIZE_BYTES_MAX:
            raise ObjectivesError(f"{shown} is larger than {_SIZE_BYTES_MAX} bytes: that is no file of objectives")
        return parse_objectives(raw.decode(), source=shown)
    except OSError as error:
        raise ObjectivesError(
            f"{shown} cannot be read ({error.strerror}); give a readable TOML file of objectives"
        ) from None
    except UnicodeDecodeError as error:
        raise ObjectivesError(f"{shown} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except ValueError:
        raise ObjectivesError(f"{shown!r} is not a path; give a readable TOML file of objectives") from None


def parse_objectives(text: str, *, source: str) -> Objectives:
    """The objectives that the TOML `text` asks for; `source` names it in messages."""
    try:
        raw = tomllib.loads(text)
        objectives = msgspec.convert(raw, Objectives)
    except tomllib.TOMLDecodeError as error:
        raise ObjectivesError(f"{source} is not TOML: {error}") from None
    except RecursionError:
        raise ObjectivesError(f"{source} is nested too deeply to be a file of objectives") from None
    except msgspec.ValidationError as error:
        raise ObjectivesError(f"{source}: {explained(str(error), _keys, cutoff=0.6)}") from None
    if not objectives.all and not _OF_A_PROFILE.keys() & raw:
        raise ObjectivesError(f"{source} asks for nothing; give [api] a limit such as p95_s = 2.5")
    return objectives


def _keys(section: str) -> tuple[str, ...]:
    return (_OF_A_PROFILE.get(section, EndpointObjectives) if section else Objectives).__struct_fields__

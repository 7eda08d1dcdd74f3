"""load.json: what one run of load leaves for the report: its curves, its marks, its verdicts. Times are seconds.

`reports/load_record.py` reads it. Fields may be added, never renamed; a change of meaning is a new schema.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from load.judged import GeneratorError, Judgement
from load.plan import Side

SCHEMA = 1
LOAD_FILE = "load.json"

MarkKind = Literal["fault", "step", "stage", "stop", "recovered"]


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that were due in one bin. A failed call ranks behind every answer.

    A percentile is None where the call of its rank failed, and where there was none (`n` 0). `max_s`: the longest that
    anybody waited for an answer; None where nobody got one.
    """

    at_s: float
    n: int
    failed: int
    p50_s: float | None
    p95_s: float | None
    max_s: float | None


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """An objective that is a latency at a quantile, and what became of it."""

    objective: str
    quantile: float
    limit_s: float
    verdict: str


class EndpointSeries(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint at one side. "api" is all calls together.

    `curve`: quantile and latency, evenly spaced in log(1 / (1 - quantile)), up to the last that n supports, 1 - 1/n;
    latency None: the call of that rank failed.
    """

    name: str
    side: Side
    n: int
    failed: int
    limits: tuple[Limit, ...]
    bins: tuple[Bin, ...]
    curve: tuple[tuple[float, float | None], ...]


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Calls per second from `at_s` on: those that were due then, and those whose answer or failure came then."""

    at_s: float
    asked_per_s: float
    answered_per_s: float
    failed_per_s: float
    side: Side = "a"


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """The failures of one kind, by the bin in which the call was due."""

    kind: str
    n: int
    by_bin: tuple[int, ...]
    side: Side = "a"


class LoadMark(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of the run."""

    label: str
    at_s: float
    kind: MarkKind


class LoadFile(msgspec.Struct, frozen=True, kw_only=True):
    """One run of load. `begins_at`: seconds since the epoch; all other moments count from there."""

    schema: int = SCHEMA
    profile: str
    target: str
    begins_at: float
    lasts_s: float
    ended_early_s: float | None
    bin_s: float
    generator: GeneratorError
    endpoints: tuple[EndpointSeries, ...]
    throughput: tuple[Rates, ...]
    failures: tuple[Failures, ...]
    marks: tuple[LoadMark, ...]
    judgements: tuple[Judgement, ...]
    budget: Mapping[str, object] | None = None
    knee: Mapping[str, object] | None = None
    comparison: Mapping[str, object] | None = None


def write_load(load: LoadFile, folder: Path) -> Path:
    """Writes load.json in this folder and says where. What is not finite becomes null. Raises OSError."""
    path = folder / LOAD_FILE
    path.write_bytes(msgspec.json.encode(load) + b"\n")
    return path

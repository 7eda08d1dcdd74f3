"""A run of load: the rows of run.json's `load`, and load.json, from which the pictures are made. Times are seconds.

load/load_file.py writes load.json and says what its fields mean. A field that a later version added has a default, so
that older evidence stays readable; unknown fields are passed over.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, cast

import msgspec

from reports.fields import redacted

LOAD_FILE = "load.json"
SCHEMA = 1

LoadVerdict = Literal["pass", "fail", "inconclusive"]
MarkKind = Literal["fault", "step", "stage", "stop", "recovered"]
Side = Literal["a", "b"]


class LoadFileError(Exception):
    """The file is no load.json that this version can read; the text says why and what to do."""


class LoadRow(msgspec.Struct, frozen=True, kw_only=True):
    """One objective of a run. `bound` and `measured` None: there was nothing to measure.

    `bound`: the end of the 95 % interval that the verdict hangs on. `bad` of `n` calls did not meet the objective.
    `code` and `why`: why it did not pass; the code is stable.
    """

    profile: str
    objective: str
    verdict: LoadVerdict
    n: int
    bad: int
    bound: float | None
    measured: float | None
    endpoint: str = ""
    measure: str = ""
    limit: float | None = None
    unit: str = ""
    code: str = ""
    why: str = ""


class LoadJudgement(msgspec.Struct, frozen=True, kw_only=True):
    """One objective as load.json has it."""

    objective: str
    endpoint: str
    measure: str
    verdict: LoadVerdict
    n: int
    bad: int
    limit: float | None
    unit: str
    measured: float | None
    bound: float | None
    code: str = ""
    why: str = ""


class LoadGenerator(msgspec.Struct, frozen=True, kw_only=True):
    """The generator's own error. None: not measured."""

    processes: int
    planned: int
    made: int
    lag_p50_s: float | None
    lag_p99_s: float | None
    own_error_p50_s: float | None
    own_error_p99_s: float | None
    cpu_s: float = 0.0


class LoadBin(msgspec.Struct, frozen=True, kw_only=True):
    """The calls due in one bin; a percentile is None where the call of its rank failed, or none was due.

    `max_s`: of the answers.
    """

    at_s: float
    n: int
    failed: int
    p50_s: float | None
    p95_s: float | None
    max_s: float | None


class LoadLimit(msgspec.Struct, frozen=True, kw_only=True):
    """An objective that is a latency at a quantile."""

    objective: str
    quantile: float
    limit_s: float
    verdict: LoadVerdict


class LoadEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint at one side; "api": all calls together."""

    name: str
    side: Side
    n: int
    failed: int
    limits: tuple[LoadLimit, ...]
    bins: tuple[LoadBin, ...]
    curve: tuple[tuple[float, float | None], ...]


class LoadRates(msgspec.Struct, frozen=True, kw_only=True):
    """Calls per second from `at_s` on."""

    at_s: float
    asked_per_s: float
    answered_per_s: float
    failed_per_s: float
    side: Side = "a"


class LoadFailures(msgspec.Struct, frozen=True, kw_only=True):
    """The failures of one kind, by bin."""

    kind: str
    n: int
    by_bin: tuple[int, ...]
    side: Side = "a"


class LoadMark(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of the run."""

    label: str
    at_s: float
    kind: MarkKind


class _Header(msgspec.Struct, frozen=True):
    schema: int


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """load.json."""

    schema: int
    profile: str
    target: str
    begins_at: float
    lasts_s: float
    ended_early_s: float | None
    bin_s: float
    generator: LoadGenerator
    endpoints: tuple[LoadEndpoint, ...]
    throughput: tuple[LoadRates, ...]
    failures: tuple[LoadFailures, ...]
    marks: tuple[LoadMark, ...]
    judgements: tuple[LoadJudgement, ...]
    budget: Mapping[str, object] | None = None
    knee: Mapping[str, object] | None = None
    comparison: Mapping[str, object] | None = None

    def rows(self) -> Iterator[LoadRow]:
        """The rows of run.json's `load`."""
        for one in self.judgements:
            yield LoadRow(profile=self.profile, **msgspec.structs.asdict(one))


def read_load(path: Path) -> Load:
    """The run in this load.json. Raises LoadFileError."""
    try:
        content = path.read_bytes()
        schema = msgspec.json.decode(content, type=_Header).schema
        if schema != SCHEMA:
            raise LoadFileError(
                f"{path} has schema {schema} and this version reads schema {SCHEMA} only: "
                "read it with the version of the suite that wrote it."
            )
        return msgspec.json.decode(content, type=Load)
    except OSError as error:
        raise LoadFileError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LoadFileError(f"{path} is no record of a run of load ({error}): run the load again.") from error


def row_json(row: LoadRow, redact: Callable[[str], str] = str) -> dict[str, object]:
    """An element of run.json's `load`, with every text in it put through `redact`."""
    return cast(dict[str, object], redacted(msgspec.to_builtins(row), redact))


def row_of(data: dict[str, object]) -> LoadRow:
    """The objective in an element of `load`. Raises ValueError, which says where it is none."""
    return msgspec.convert(data, LoadRow)

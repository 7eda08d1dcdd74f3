"""What the watch saw, sweep by sweep, and what a drill reads from it. Pure: no process, no clock."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from checks.outcome import Outcome

IN_A_ROW = 3
"""Green sweeps that make a recovery, or a steady state (DESIGN, Words: recovery)."""


@dataclass(frozen=True)
class Seen:
    """What one check said in one sweep. `code` is that of its reason; a pass has none."""

    outcome: Outcome
    code: str | None = None
    text: str = ""


_NOT_SEEN = Seen(Outcome.UNKNOWN, "detector.not_seen", "the watch did not report this check")


@dataclass(frozen=True)
class Sweep:
    """One round of the watch. `started_s` and `received_s` are of the monotonic clock, `at` of the wall clock."""

    round: int
    at: datetime
    started_s: float
    received_s: float
    seen: Mapping[str, Seen]

    def of(self, check_id: str) -> Seen:
        """What the check said; unknown where it said nothing."""
        return self.seen.get(check_id, _NOT_SEEN)

    def green(self, check_ids: Iterable[str]) -> bool:
        """Whether each of them passed."""
        return all(self.of(check_id).outcome is Outcome.PASS for check_id in check_ids)

    def with_outcome(self, outcome: Outcome, check_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of them that have this outcome."""
        return tuple(check_id for check_id in check_ids if self.of(check_id).outcome is outcome)


def first_red(sweeps: Iterable[Sweep], check_id: str, codes: Sequence[str]) -> Sweep | None:
    """The first sweep in which the check failed for one of these reasons; red for another is not it."""
    return next((sweep for sweep in sweeps if is_red(sweep.of(check_id), codes)), None)


def is_red(seen: Seen, codes: Sequence[str]) -> bool:
    """Whether it failed, and for one of these reasons."""
    return seen.outcome is Outcome.FAIL and seen.code in codes


def green_three_in_a_row(sweeps: Iterable[Sweep], check_ids: Sequence[str]) -> Sweep | None:
    """The first of the first three consecutive sweeps in which all of them passed."""
    run: list[Sweep] = []
    for sweep in sweeps:
        run = [*run, sweep] if sweep.green(check_ids) else []
        if len(run) == IN_A_ROW:
            return run[0]
    return None


def green_to_the_end(sweeps: Sequence[Sweep], check_ids: Sequence[str]) -> Sweep | None:
    """The sweep from which on all of them passed, where these are three or more to the last."""
    red = [number for number, sweep in enumerate(sweeps) if not sweep.green(check_ids)]
    run = sweeps[red[-1] + 1 :] if red else sweeps
    return run[0] if len(run) >= IN_A_ROW else None


def begun_within(sweeps: Iterable[Sweep], from_s: float, to_s: float = float("inf")) -> list[Sweep]:
    """The sweeps that began in this time. One that began before may still tell of before."""
    return [sweep for sweep in sweeps if from_s <= sweep.started_s <= to_s]


def always_red(sweeps: Iterable[Sweep], check_id: str, from_s: float, to_s: float) -> bool:
    """Whether the check failed in every sweep that began in this time. No sweep is not red."""
    within = begun_within(sweeps, from_s, to_s)
    return bool(within) and all(sweep.of(check_id).outcome is Outcome.FAIL for sweep in within)


class Collector:
    """Puts the lines of the watch together to sweeps: one is whole once every check asked for has said something."""

    def __init__(self, check_ids: Iterable[str]) -> None:
        self._check_ids = frozenset(check_ids)
        self._round: int | None = None
        self._at = datetime.min
        self._seen: dict[str, Seen] = {}

    def add(self, line: str, received_s: float, received_at: datetime) -> list[Sweep]:
        """The sweeps that this line makes whole. Raises ValueError where it is not a line of the watch.

        A sweep in which a check said nothing is whole when the next begins. `received_s`: monotonic clock.
        """
        try:
            data = json.loads(line)
            number, at = int(data["round"]), datetime.fromisoformat(data["at"])
            check_id, said = str(data["id"]), _seen(data)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the watch printed {line.strip()[:200]!r}, which is no outcome ({error})") from error
        whole = []
        if number != self._round:
            whole = self._whole(received_s, received_at)
            self._round, self._at, self._seen = number, at, {}
        self._seen[check_id] = said
        if self._seen.keys() >= self._check_ids:
            whole += self._whole(received_s, received_at)
        return whole

    def _whole(self, received_s: float, received_at: datetime) -> list[Sweep]:
        if self._round is None or not self._seen:
            return []
        age = max(timedelta(), received_at - self._at)
        sweep = Sweep(self._round, self._at, received_s - age.total_seconds(), received_s, self._seen)
        self._seen = {}
        return [sweep]


def _seen(data: Mapping[str, object]) -> Seen:
    reason = data["reason"]
    if not isinstance(reason, dict):
        return Seen(Outcome(str(data["outcome"])))
    return Seen(Outcome(str(data["outcome"])), str(reason["code"]), str(reason.get("text", "")))

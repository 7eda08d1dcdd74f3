"""What the watch saw, sweep by sweep, and what a drill reads from it. Pure: no process, no clock.

A sweep holds the checks of its rhythm and no others, and one that hangs arrives after those that began later. So all is
read check by check, from the sweeps that hold it, in the order in which they began.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from checks.outcome import Outcome

IN_A_ROW = 3
"""Green sweeps that make a recovery, or a steady state (DESIGN, Words: recovery)."""


@dataclass(frozen=True)
class Seen:
    """What one check said in one sweep. `code` is that of its reason; a pass has none."""

    outcome: Outcome
    code: str | None = None
    text: str = ""
    severity: str = field(default="", compare=False)


_NOT_SEEN = Seen(Outcome.UNKNOWN, "detector.not_seen", "the watch did not report this check")


@dataclass(frozen=True)
class Sweep:
    """One round of a rhythm, numbered in the order of their beginnings.

    `started_s` and `received_s` are of the monotonic clock, `at` of the wall clock.
    """

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


@dataclass(frozen=True)
class Rhythm:
    """Checks that are looked at together, every so many seconds."""

    every_s: float
    check_ids: tuple[str, ...]


def begun_within(sweeps: Iterable[Sweep], from_s: float, to_s: float = float("inf")) -> list[Sweep]:
    """The sweeps that began in this time. One that began before may still tell of before."""
    return [sweep for sweep in sweeps if from_s <= sweep.started_s <= to_s]


def holding(sweeps: Iterable[Sweep], check_id: str) -> list[Sweep]:
    """The sweeps that looked at the check, in the order in which they began."""
    return sorted((sweep for sweep in sweeps if check_id in sweep.seen), key=lambda sweep: sweep.started_s)


def last_of(sweeps: Iterable[Sweep], check_id: str) -> Seen:
    """What the check said in the last sweep that looked at it; unknown where none did."""
    own = holding(sweeps, check_id)
    return own[-1].of(check_id) if own else _NOT_SEEN


def first_red(sweeps: Iterable[Sweep], check_id: str, codes: Sequence[str]) -> Sweep | None:
    """The first sweep to arrive in which the check failed for one of these reasons; red for another is not it."""
    return next((sweep for sweep in sweeps if is_red(sweep.of(check_id), codes)), None)


def is_red(seen: Seen, codes: Sequence[str]) -> bool:
    """Whether it failed, and for one of these reasons."""
    return seen.outcome is Outcome.FAIL and seen.code in codes


def green_to_the_end(sweeps: Sequence[Sweep], check_ids: Sequence[str], ended_s: float = float("-inf")) -> Sweep | None:
    """The sweep with which all of them were green, where each has been, three times or more in a row, to the last.

    The last of each began at `ended_s` or later.
    """
    firsts = []
    for check_id in check_ids:
        run = _green_run(sweeps, check_id)
        if len(run) < IN_A_ROW or run[-1].started_s < ended_s:
            return None
        # One that began later may be the first to tell, where the earlier was held up by another check's probe.
        firsts.append(min(run, key=lambda sweep: sweep.received_s))
    return max(firsts, key=lambda sweep: sweep.received_s, default=None)


def _green_run(sweeps: Iterable[Sweep], check_id: str) -> list[Sweep]:
    """The check's last sweeps, all green. One between them that has not come yet may be red, so it ends the run."""
    run: list[Sweep] = []
    for sweep in holding(sweeps, check_id):
        if not sweep.green([check_id]):
            run = []
        elif run and sweep.round != run[-1].round + 1:
            run = [sweep]
        else:
            run.append(sweep)
    return run


class Collector:
    """Puts the lines of the watch together to sweeps: those of a sweep follow each other, and say how many they are."""

    def __init__(self) -> None:
        self.rhythms: tuple[Rhythm, ...] = ()
        self._seen: dict[str, Seen] = {}

    def add(self, line: str, received_s: float) -> Sweep | None:
        """The sweep that this line makes whole, if it does. ValueError where it is not a line of a watch with rhythms.

        The first line says what the rhythms are. `received_s`: monotonic clock, which is one for both processes.
        """
        try:
            data = json.loads(line)
            if "rhythms" in data:
                self.rhythms = tuple(Rhythm(float(one["every_s"]), tuple(one["checks"])) for one in data["rhythms"])
                return None
            number, at = int(data["round"]), datetime.fromisoformat(data["at"])
            started_s, count = float(data["began_s"]), int(data["of"])
            self._seen[str(data["id"])] = _seen(data)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the watch printed {line.strip()[:200]!r}, which is no outcome ({error})") from error
        if len(self._seen) < count:
            return None
        seen, self._seen = self._seen, {}
        return Sweep(number, at, min(started_s, received_s), received_s, seen)


def _seen(data: Mapping[str, object]) -> Seen:
    reason, severity = data["reason"], str(data.get("severity", ""))
    if not isinstance(reason, dict):
        return Seen(Outcome(str(data["outcome"])), severity=severity)
    return Seen(Outcome(str(data["outcome"])), str(reason["code"]), str(reason.get("text", "")), severity)

"""What a drill says of itself while a load goes through it: one JSON line an event, from another process. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

EVENTS_FILE = "drill.jsonl"


class DrillEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `at`: seconds since the epoch. The other fields are there where the event has them."""

    event: str
    """"bench", "phase", "waits", "waited in vain", "noticed", "recovered", "end"."""
    at: float
    phase: str = ""
    step: str = ""
    until: str = ""
    target_file: str = ""
    environment_file: str = ""
    api_url: str = ""
    verdict: str = ""
    expected: str = ""
    why: str = ""
    time_to_detect_s: float | None = None
    time_to_recover_s: float | None = None
    rto_s: float | None = None


def read_events(file: Path) -> tuple[DrillEvent, ...]:
    """The events so far, in their order: none where there is no file yet, and no line that is still being written.

    Raises ValueError for a line that is no event.
    """
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return ()
    whole = text[: text.rfind(b"\n") + 1]
    return tuple(msgspec.json.decode(line, type=DrillEvent) for line in whole.splitlines())


@dataclass(frozen=True)
class Moments:
    """When what happened, in seconds since the epoch; None: it did not, or nobody said. `step_at`: the first step's
    beginning, and of the corrected ones where these were decisive: it is theirs from which the drill counts too."""

    injected_at: float | None = None
    step_at: float | None = None
    recovered_at: float | None = None
    end: DrillEvent | None = None
    missed: str = ""
    """What the drill waited for in vain."""


def moments_of(events: Iterable[DrillEvent]) -> Moments:
    """The moments of a drill. Steps that follow a look at the recovery are another attempt: it counts from its own."""
    found = list(events)
    first = {f"{one.event} {one.phase}".strip(): one for one in reversed(found)}

    def at(name: str) -> float | None:
        return first[name].at if name in first else None

    step_at, attempt_over = None, True
    for one in found:
        if one.phase == "step" and attempt_over:
            step_at, attempt_over = one.at, False
        elif one.phase == "recover":
            attempt_over = True
    missed = next((one.until for one in found if one.event == "waited in vain"), "")
    return Moments(
        injected_at=at("phase inject"),
        step_at=step_at,
        recovered_at=at("recovered"),
        end=first.get("end"),
        missed=missed,
    )

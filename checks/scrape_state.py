"""The last reading of /metrics, kept in a small file from one run to the next."""

import contextlib
import functools
import hashlib
import math
import os
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import msgspec

from checks.exchange import Exchange
from checks.outcome import CheckFailed, unknown
from checks.scrape import Difference, Sample, Scrape, read_scrape
from checks.target import Metrics

_AGE_S_MAX = 86_400.0


class _Kept(msgspec.Struct):
    taken_at: float
    samples: list[tuple[str, tuple[tuple[str, str], ...], float]]


class ScrapeState:
    """One file a target address. A file that is missing or spoilt reads as no earlier scrape, never as zeros."""

    def __init__(self, directory: Path, url: str) -> None:
        self.path = directory / f"scrape-{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"

    def load(self) -> Scrape | None:
        """The reading of the run before, if there is one."""
        try:
            kept = msgspec.json.decode(self.path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            return None
        return Scrape(kept.taken_at, tuple(Sample(*sample) for sample in kept.samples))

    def save(self, scrape: Scrape) -> None:
        """Keep `scrape` for the next run; whole or not at all, also with two runs at once."""
        counters = [
            (s.name, s.labels, s.value)
            for s in scrape.samples
            if s.name.endswith(("_total", "_bucket", "_count")) and math.isfinite(s.value)
        ]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(_Kept(scrape.taken_at, counters)))
            Path(name).replace(self.path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise


class ScrapeWindow:
    """The readings of a watch. Each is compared with the newest that is `span_s` old, or with the oldest there is.

    In a fraction of a second nobody asks enough to judge by. `first`: the reading of the run before.
    """

    def __init__(self, span_s: float, first: Scrape | None) -> None:
        self.span_s = span_s
        self._kept = deque([first] if first else [])

    def load(self) -> Scrape | None:
        while len(self._kept) > 1 and time.time() - self._kept[1].taken_at >= self.span_s:
            self._kept.popleft()
        return self._kept[0] if self._kept else None

    def save(self, scrape: Scrape) -> None:
        self._kept.append(scrape)


@dataclass(frozen=True)
class Traffic:
    """This run's reading of /metrics beside the last one's."""

    exchange: Exchange
    before: Scrape | None

    @property
    def elapsed_s(self) -> float:
        return self.exchange.elapsed_s

    def now(self) -> Scrape:
        return self._reading

    @functools.cached_property
    def _reading(self) -> Scrape:
        return read_scrape(self.exchange.answer)

    def since_last_run(self, metrics: Metrics) -> Difference:
        """What happened between the two; unknown where this is the first reading of the target."""
        after = self.now()
        if self.before is None:
            unknown("metrics.first_reading", expected="an earlier reading of /metrics", seen="none kept: run again")
        difference = Difference(self.before, after, metrics)
        if not 0 <= difference.span_s <= _AGE_S_MAX:
            seen = f"one of {difference.span_s / 3600:.1f} hours ago: run again"
            unknown("metrics.stale", expected="an earlier reading of /metrics, of the last day", seen=seen)
        return difference


def compare_with_last(state: ScrapeState | ScrapeWindow, exchange: Exchange) -> Traffic:
    """`exchange` beside the reading kept from the last run, and keeps it for the next."""
    traffic = Traffic(exchange, state.load())
    with contextlib.suppress(CheckFailed):  # what is wrong with the reading is for the checks to say
        if exchange.answered:
            _keep(state, traffic.now())
    return traffic


def _keep(state: ScrapeState | ScrapeWindow, scrape: Scrape) -> None:
    if isinstance(state, ScrapeWindow):
        state.save(scrape)
        return
    try:
        state.save(scrape)
    except OSError as error:
        unknown(
            "prober.state", expected="a --state directory that can be written", seen=f"{state.path}: {error.strerror}"
        )

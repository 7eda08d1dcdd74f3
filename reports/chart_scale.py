"""The scales of a chart: where a value stands between its ends, and which values are named on its axis. Pure."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

ScaleKind = Literal["linear", "log", "rank"]
Unit = Literal["s", "elapsed", "number", "count"]

LOG_FROM = 20.0
"""Where the greatest value is so many times the least, equal steps would hide the small ones."""

SECONDS_MAX = 300.0
"""The moments of a run that lasts no longer are all told in seconds."""

_ELAPSED_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)
_RANKS = (0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999)


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`. "rank": of quantiles, even in log(1 / (1 - q)). `unit`: how its values are written."""

    low: float
    high: float
    kind: ScaleKind = "linear"
    unit: Unit = "number"

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high one; what is beyond an end stands at it."""
        low, high, here = (self._even(one) for one in (self.low, self.high, min(max(value, self.low), self.high)))
        return (here - low) / (high - low)

    def ticks(self, ticks_max: int) -> list[tuple[float, str]]:
        """The values that are named, and their names: at most so many, but two at least where there is a span."""
        values = self._values(max(2, ticks_max))
        return [
            (value, self.word(value)) for value in values if self.low <= value * (1 + 1e-9) <= self.high * (1 + 2e-9)
        ]

    def word(self, value: float) -> str:
        """The value with its unit."""
        if self.kind == "rank":
            return f"{value * 100:.10g} %"
        if self.unit in ("number", "count"):
            return f"{value:,.10g}"
        if self.unit == "elapsed":
            return f"{value:g} s" if self.high <= SECONDS_MAX else elapsed(value)
        return seconds(value)

    def _even(self, value: float) -> float:
        if self.kind == "rank":
            return -math.log10(1 - value)
        return math.log10(value) if self.kind == "log" else value

    def _values(self, ticks_max: int) -> list[float]:
        if self.kind == "rank":
            return list(_RANKS)
        if self.kind == "log":
            return _log_values(self.low, self.high, ticks_max)
        if self.unit == "elapsed":
            steps: Iterable[float] = (*_ELAPSED_S, *(86400 * 2**n for n in range(1, 20)))
        else:
            steps = _steps(self.unit)
        step = next((one for one in steps if (self.high - self.low) / one <= ticks_max), self.high - self.low)
        first = math.ceil(self.low / step - 1e-9)
        return [round(step * number, 12) for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def time_scale(lasts_s: float) -> Scale:
    """From the begin of a run to its end."""
    return Scale(0.0, max(lasts_s, 1.0), "linear", "elapsed")


def rank_scale(quantile_max: float) -> Scale:
    """Of quantiles from 0 to this, 90 % at least."""
    return Scale(0.0, max(0.9, min(quantile_max, 0.999999)), "rank")


def value_scale(values: Iterable[float], unit: Unit = "number") -> Scale:
    """One that shows all of these from 0 on; of seconds a logarithmic one, where they are far apart."""
    known = [value for value in values if math.isfinite(value) and value >= 0]
    some = [value for value in known if value > 0]
    if not some:
        return Scale(0.0, 1.0, "linear", unit)
    high = max(some)
    if unit == "s" and high / min(some) >= LOG_FROM:
        return Scale(_round(min(some), down=True), _round(high * 1.1), "log", unit)
    step = next(step for step in _steps(unit) if high * 1.05 / step <= 6)
    return Scale(0.0, step * math.ceil(high * 1.05 / step), "linear", unit)


def _steps(unit: Unit) -> Iterator[float]:
    return (figure * 10.0**power for power in range(0 if unit == "count" else -9, 13) for figure in (1, 2, 5))


def seconds(value: float) -> str:
    """5 s, 250 ms."""
    return f"{value:.4g} s" if value >= 1 or value == 0 else f"{value * 1000:.3g} ms"


def elapsed(value: float) -> str:
    """A moment of a run: 30 s, 2 min, 1 h 30 min."""
    if value < 60 or value % 1:
        return f"{value:g} s"
    minutes, rest_s = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest_s, "s"))
    return " ".join(f"{number} {word}" for number, word in parts if number)


def _log_values(low: float, high: float, ticks_max: int) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for figures in ((1, 2, 5), (1, 3), (1,)):
        values = [figure * 10.0**power for power in powers for figure in figures]
        if len(inside := [value for value in values if low * 0.999 <= value <= high * 1.001]) <= ticks_max:
            break
    return inside


def _round(value: float, down: bool = False) -> float:
    """The next round figure above, or below."""
    power = 10.0 ** math.floor(math.log10(value))
    figures = [
        figure for figure in (1, 1.5, 2, 3, 5, 7, 10) if (figure * power <= value if down else figure * power >= value)
    ]
    return (max(figures) if down else min(figures)) * power if figures else power

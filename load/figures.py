"""How figures read in a sentence and in a table."""

import math

from load.judged import Unit


def share(value: float) -> str:
    """A share in per cent, to three digits: "0.25 %", "99.5 %"."""
    if 0 < value < 0.0001:
        return "under 0.01 %"
    return f"{value * 100:.4g} %" if value > 0.9 else f"{value * 100:.3g} %"


def time(value_s: float) -> str:
    """Milliseconds under one second, then seconds: "45 ms", "2.5 s". Infinite: nobody knows how long."""
    if math.isinf(value_s):
        return "no answer"
    if value_s < 0.001:
        return f"{value_s * 1000:.2g} ms"
    if value_s < 1:
        return f"{value_s * 1000:.3g} ms"
    return f"{value_s:.3g} s" if value_s < 1000 else f"{value_s:.0f} s"


def duration(value_s: float) -> str:
    """How long something lasts, for a person: "40 s", "2 min 8 s", "3 h 20 min"."""
    whole = math.ceil(value_s)
    if whole < 120:
        return f"{whole} s"
    minutes, seconds = divmod(whole, 60)
    if minutes < 120:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(minutes + (seconds > 0), 60)
    if hours < 72:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours / 24:.1f} days"


def figure(value: float, unit: Unit) -> str:
    """A value of an objective with its unit."""
    if unit == "s":
        return time(value)
    return share(value) if unit == "ratio" else f"{value:.3g}/s"

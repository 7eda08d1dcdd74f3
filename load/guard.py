"""Where load may go, and how much of it: this machine, or where a target file says `allow_load = true`."""

import ipaddress
import math
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from checks.target import Target

RATE_CAP_PER_S = 100.0
"""The most that goes to another machine unless its target file says otherwise."""
RATE_CAP_LOOPBACK_PER_S = 2000.0
"""The most to this machine: what one core of a generator can keep up with (reference: load)."""
LASTS_S_MAX = 24 * 3600.0
RATE_MAX_PER_S = 100_000.0
"""Whatever a target file says: no plan asks for more."""


class LoadRefused(Exception):
    """Such a load is not sent; the text says what to change."""


@dataclass(frozen=True)
class Limits:
    """How fast requests may go to one target."""

    rate_max_per_s: float

    @classmethod
    def of_loopback(cls) -> Self:
        """Of this machine."""
        return cls(RATE_CAP_LOOPBACK_PER_S)

    @classmethod
    def of(cls, target: Target) -> Self:
        """Of this target. Raises LoadRefused where no load may go there at all."""
        local, host = is_loopback(target.api.url), urlsplit(target.api.url).hostname
        if not local and not target.allow_load:
            raise LoadRefused(
                f"no load goes to {host}: it is not this machine, and the target file does not say `allow_load = true`"
            )
        return cls(target.load_rate_max_per_s or (RATE_CAP_LOOPBACK_PER_S if local else RATE_CAP_PER_S))

    def allow(self, rate_per_s: float, lasts_s: float) -> None:
        """Raises LoadRefused for more than that, and for a length that is none."""
        if not 0 < lasts_s <= LASTS_S_MAX:
            raise LoadRefused(f"a load lasts more than 0 and at most {LASTS_S_MAX:g} s, not {lasts_s:g}")
        if not (math.isfinite(rate_per_s) and 0 < rate_per_s <= self.rate_max_per_s):
            raise LoadRefused(
                f"{rate_per_s:g} requests/s are more than the {self.rate_max_per_s:g} allowed there: "
                "ask for less with --load-rate, or raise `load_rate_max_per_s` in the target file"
                if rate_per_s > 0
                else f"a rate is more than 0 requests/s, not {rate_per_s:g}"
            )


def is_loopback(url: str) -> bool:
    """Whether this address can only be this machine: by its number, or the name `localhost`."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

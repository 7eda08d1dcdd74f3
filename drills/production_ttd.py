"""A measured time to detect, as it would be where the same checks run less often. Pure."""

from dataclasses import dataclass

INTERVAL_S = 30.0
SOURCE = "incident-response.md, Health Monitoring: watch -n 30"


@dataclass(frozen=True)
class ProductionTtd:
    """The times to detect at the production interval, and where that interval is written down."""

    best_s: float
    mean_s: float
    worst_s: float
    interval_s: float
    source: str


def production_ttd(ttd_s: float, interval_s: float = INTERVAL_S, source: str = SOURCE) -> ProductionTtd:
    """`ttd_s` was measured with checks that run all the time, so it is what the fault takes to show.

    In production the next run of the checks comes 0 to `interval_s` later, any moment as likely as another.
    """
    return ProductionTtd(ttd_s, ttd_s + interval_s / 2, ttd_s + interval_s, interval_s, source)

"""EDGAR answers, and later than its callers wait."""

from drills.bench.toxics import Latency
from drills.faults.edgar import LINKS, URLS
from drills.faults.signs import late
from drills.faults.upstream_toxic import UpstreamToxic

LATENCY_MS = 2500
"""The reference gives EDGAR 2 s for an answer; a connection that stands costs it this once, a new one twice."""
PATIENCE_S = 8.0


class EdgarLate(UpstreamToxic):
    """All that comes from EDGAR comes 2.5 s late."""

    name = "EDGAR late"

    def __init__(self) -> None:
        super().__init__(LINKS, URLS, Latency(LATENCY_MS), late(LATENCY_MS / 1000), PATIENCE_S)

"""EDGAR's answers come drop by drop."""

from drills.bench.toxics import Bandwidth
from drills.faults.edgar import LINKS, URLS
from drills.faults.signs import dripping
from drills.faults.upstream_toxic import UpstreamToxic

RATE_KB_S = 1
"""TLS alone takes some 2 s then: nobody who waits 2 s for an answer gets one."""
PATIENCE_S = 7.0


class EdgarDrip(UpstreamToxic):
    """From EDGAR come 1000 bytes a second on each connection."""

    name = "EDGAR drip"

    def __init__(self) -> None:
        super().__init__(LINKS, URLS, Bandwidth(RATE_KB_S), dripping(RATE_KB_S * 1000), PATIENCE_S)

"""EDGAR's answers come drop by drop."""

from drills.bench.interface import BenchView
from drills.bench.toxics import Bandwidth
from drills.faults.edgar import LINKS
from drills.faults.signs import dripping
from drills.faults.upstream_toxic import UpstreamToxic

RATE_KB_S = 1
"""TLS alone takes some 2 s then: nobody who waits 2 s for an answer gets one."""
PATIENCE_S = 9.0
PATH = "/Archives/edgar/data/9900001/000990000126000003/acme-20251231.htm"
"""Some 3000 bytes, less than the 16 kB that TLS gives out at once only."""
URLS = (f"https://data.sec.gov{PATH}", f"https://www.sec.gov{PATH}")


class EdgarDrip(UpstreamToxic):
    """From EDGAR come 1000 bytes a second on each connection, and those that stood are closed: over one of them a short
    list would still come in time."""

    name = "EDGAR drip"

    def __init__(self) -> None:
        super().__init__(LINKS, URLS, Bandwidth(RATE_KB_S), dripping(1.2 * RATE_KB_S * 1000), PATIENCE_S)

    def inject(self, bench: BenchView) -> None:
        super().inject(bench)
        self.cut(bench)

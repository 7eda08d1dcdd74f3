"""EDGAR resets connections."""

from drills.bench.toxics import ResetPeer
from drills.faults.edgar import LINKS, URLS
from drills.faults.signs import reset
from drills.faults.upstream_toxic import UpstreamToxic


class EdgarReset(UpstreamToxic):
    """Every connection to EDGAR is reset at its first bytes."""

    name = "EDGAR reset"

    def __init__(self) -> None:
        super().__init__(LINKS, URLS, ResetPeer(timeout_ms=0), reset)

"""EDGAR accepts connections and never answers."""

from drills.faults.edgar import LINKS, URLS
from drills.faults.upstream_timeout import UpstreamTimeout


class EdgarTimeout(UpstreamTimeout):
    """Nothing comes back from data.sec.gov and www.sec.gov."""

    name = "EDGAR timeout"

    def __init__(self) -> None:
        super().__init__(LINKS, URLS)

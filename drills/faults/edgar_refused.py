"""EDGAR refuses connections."""

from drills.faults.edgar import LINKS, URLS
from drills.faults.upstream_refused import UpstreamRefused


class EdgarRefused(UpstreamRefused):
    """Nothing listens at data.sec.gov and www.sec.gov."""

    name = "EDGAR refused"

    def __init__(self) -> None:
        super().__init__(LINKS, URLS)

"""EDGAR accepts connections and never answers."""

from drills.faults.upstream_timeout import UpstreamTimeout

LINKS = ("edgar-data", "edgar-www")
PATH = "/files/company_tickers.json"


class EdgarTimeout(UpstreamTimeout):
    """Nothing comes back from data.sec.gov and www.sec.gov."""

    name = "EDGAR timeout"

    def __init__(self) -> None:
        super().__init__(LINKS, (f"https://data.sec.gov{PATH}", f"https://www.sec.gov{PATH}"))

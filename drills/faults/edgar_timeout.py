"""EDGAR accepts connections and never answers: Toxiproxy holds back what it sends."""

import contextlib
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.bench.toxics import Timeout
from drills.faults.service_view import PATIENCE_S, TIMED_OUT, look

LINKS = ("edgar-data", "edgar-www")
URL = "https://data.sec.gov/files/company_tickers.json"


class EdgarTimeout:
    """Nothing comes back from data.sec.gov and www.sec.gov. It works on the bench's own EDGAR: there is no other way
    to it from a host of ours."""

    name = "EDGAR timeout"

    def __init__(self) -> None:
        self._toxic = Timeout(timeout_ms=0)

    @property
    def declared(self) -> Mapping[str, str]:
        return {"links": ", ".join(LINKS), "toxic": "timeout, downstream, for ever"}

    def inject(self, bench: BenchView) -> None:
        for link in LINKS:
            bench.links[link].add(self._toxic)

    def witness(self, bench: BenchView) -> str | None:
        """A request from the API's own network, with its own names: it connects, and no byte comes back within 3 s."""
        seen = look(bench, "api", URL)
        if not seen.connected or seen.curl_exit_code != TIMED_OUT:
            return None
        return f"from the API's network: connected to data.sec.gov, then no answer within {PATIENCE_S} s"

    def cure(self, bench: BenchView) -> None:
        with contextlib.ExitStack() as all_of_them:  # also the others where one fails
            for link in LINKS:
                all_of_them.callback(bench.links[link].clear)

"""An upstream accepts connections and never answers: Toxiproxy holds back what it sends."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from drills.bench.interface import BenchView
from drills.bench.toxics import Timeout
from drills.faults.on_links import OnLinks
from drills.faults.service_view import PATIENCE_S, TIMED_OUT, host_name, look


class UpstreamTimeout(OnLinks):
    """Nothing comes back over `links`; `urls` are addresses behind them, for the witness."""

    name = "upstream timeout"

    def __init__(self, links: tuple[str, ...], urls: tuple[str, ...]) -> None:
        super().__init__(links)
        self._urls = urls
        self._toxic = Timeout(timeout_ms=0)

    @property
    def declared(self) -> Mapping[str, str]:
        return {"links": ", ".join(self._links), "toxic": "timeout, downstream, for ever"}

    def inject(self, bench: BenchView) -> None:
        for link in self._links:
            bench.links[link].add(self._toxic)

    def witness(self, bench: BenchView) -> str | None:
        """Requests from the API's own network, by its own names: each connects, and no byte comes back within 3 s."""
        with ThreadPoolExecutor(len(self._urls)) as at_once:
            views = list(at_once.map(lambda url: look(bench, "api", url), self._urls))
        # A body that stalls times out too, and has a status.
        if not all(seen.connected and seen.curl_exit_code == TIMED_OUT and seen.status == 0 for seen in views):
            return None
        names = " and to ".join(host_name(url) for url in self._urls)
        return f"from the API's network: connected to {names}, then no answer within {PATIENCE_S} s"

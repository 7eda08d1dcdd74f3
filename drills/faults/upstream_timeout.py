"""An upstream accepts connections and never answers: Toxiproxy holds back what it sends."""

import contextlib
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.bench.toxics import Timeout
from drills.faults.service_view import PATIENCE_S, TIMED_OUT, host_name, look


class UpstreamTimeout:
    """Nothing comes back over `links`; `urls` are addresses behind them, for the witness. It works on the bench's own
    upstreams: there is no other way to these names from a host of ours."""

    name = "upstream timeout"

    def __init__(self, links: tuple[str, ...], urls: tuple[str, ...]) -> None:
        self._links = links
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
        for url in self._urls:
            seen = look(bench, "api", url)
            # A body that stalls times out too, and has a status.
            if not seen.connected or seen.curl_exit_code != TIMED_OUT or seen.status != 0:
                return None
        names = " and to ".join(host_name(url) for url in self._urls)
        return f"from the API's network: connected to {names}, then no answer within {PATIENCE_S} s"

    def cure(self, bench: BenchView) -> None:
        with contextlib.ExitStack() as all_of_them:  # also the others where one fails
            for link in self._links:
                all_of_them.callback(bench.links[link].clear)

"""An upstream accepts connections and never answers: Toxiproxy holds back what it sends."""

import contextlib
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.bench.toxics import Timeout
from drills.faults.service_view import PATIENCE_S, TIMED_OUT, host_name, look


class UpstreamTimeout:
    """Nothing comes back over `links`; `url` is an address behind the first of them, for the witness. It works on the
    bench's own upstreams: there is no other way to these names from a host of ours."""

    name = "upstream timeout"

    def __init__(self, links: tuple[str, ...], url: str) -> None:
        self._links = links
        self._url = url
        self._toxic = Timeout(timeout_ms=0)

    @property
    def declared(self) -> Mapping[str, str]:
        return {"links": ", ".join(self._links), "toxic": "timeout, downstream, for ever"}

    def inject(self, bench: BenchView) -> None:
        for link in self._links:
            bench.links[link].add(self._toxic)

    def witness(self, bench: BenchView) -> str | None:
        """A request from the API's own network, with its own names: it connects, and no byte comes back within 3 s."""
        seen = look(bench, "api", self._url)
        if not seen.connected or seen.curl_exit_code != TIMED_OUT:
            return None
        return f"from the API's network: connected to {host_name(self._url)}, then no answer within {PATIENCE_S} s"

    def cure(self, bench: BenchView) -> None:
        with contextlib.ExitStack() as all_of_them:  # also the others where one fails
            for link in self._links:
                all_of_them.callback(bench.links[link].clear)

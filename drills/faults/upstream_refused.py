"""An upstream refuses connections: nothing listens at its address any more."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.on_links import OnLinks
from drills.faults.signs import refused, witnessed


class UpstreamRefused(OnLinks):
    """Every proxy of `links` stops listening, and closes what it had. `urls`: addresses behind them, to be asked."""

    name = "upstream refused"

    def __init__(self, links: tuple[str, ...], urls: tuple[str, ...]) -> None:
        super().__init__(links)
        self._urls = urls

    @property
    def declared(self) -> Mapping[str, str]:
        return {"links": ", ".join(self._links), "proxies": "disabled"}

    def inject(self, bench: BenchView) -> None:
        for link in self._links:
            bench.links[link].disable()

    def witness(self, bench: BenchView) -> str | None:
        return witnessed(bench, self._urls, refused)

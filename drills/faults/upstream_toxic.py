"""The way to an upstream is spoilt: a toxic on its links."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.bench.toxics import Toxic
from drills.faults.on_links import OnLinks
from drills.faults.signs import PATIENCE_S, Sign, witnessed


class UpstreamToxic(OnLinks):
    """`toxic` on `links`. `urls`: addresses behind them, for the witness, which asks each for `patience_s` at most and
    looks for `sign`."""

    name = "upstream toxic"

    def __init__(
        self, links: tuple[str, ...], urls: tuple[str, ...], toxic: Toxic, sign: Sign, patience_s: float = PATIENCE_S
    ) -> None:
        super().__init__(links)
        self._urls = urls
        self._toxic = toxic
        self._sign = sign
        self._patience_s = patience_s

    @property
    def declared(self) -> Mapping[str, str]:
        values = ", ".join(f"{name} {value}" for name, value in self._toxic.attributes.items())
        return {"links": ", ".join(self._links), "toxic": f"{self._toxic.kind}, {self._toxic.stream}: {values}"}

    def inject(self, bench: BenchView) -> None:
        for link in self._links:
            bench.links[link].add(self._toxic)

    def witness(self, bench: BenchView) -> str | None:
        return witnessed(bench, self._urls, self._sign, self._patience_s)

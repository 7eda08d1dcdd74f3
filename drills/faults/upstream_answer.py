"""An upstream answers wrongly: its stand-in gives every request the same bad answer."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.calibration import measured_through_proxy
from drills.faults.signs import Sign, witnessed
from drills.faults.stand_in import BadAnswer, StandIn


class UpstreamAnswer:
    """The stand-in of that name gives `answer`. `urls`: what the witness asks, looking for `sign`; `links`: through
    which it is measured."""

    name = "upstream answer"

    def __init__(
        self, stand_in: str, answer: BadAnswer, links: tuple[str, ...], urls: tuple[str, ...], sign: Sign
    ) -> None:
        self._stand_in = stand_in
        self._answer = answer
        self._links = links
        self._urls = urls
        self._sign = sign

    @property
    def declared(self) -> Mapping[str, str]:
        return {"stand-in": self._stand_in, **self._answer.declared}

    def inject(self, bench: BenchView) -> None:
        StandIn(bench, self._stand_in).give(self._answer)

    def witness(self, bench: BenchView) -> str | None:
        return witnessed(bench, self._urls, self._sign)

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """One request through the proxy, on each of its links."""
        return measured_through_proxy(bench, self._links)

    def cure(self, bench: BenchView) -> None:
        StandIn(bench, self._stand_in).answer_again()

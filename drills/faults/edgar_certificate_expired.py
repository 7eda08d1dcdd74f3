"""EDGAR's certificate has expired."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.edgar import LINKS, URLS
from drills.faults.on_links import OnLinks
from drills.faults.signs import certificate_expired, witnessed
from drills.faults.stand_in import StandIn


class EdgarCertificateExpired(OnLinks):
    """The stand-in shows a certificate from the same authority, for the same names, that ended yesterday; the
    connections that stood are closed."""

    name = "EDGAR certificate expired"

    def __init__(self) -> None:
        super().__init__(LINKS)

    @property
    def declared(self) -> Mapping[str, str]:
        return {"stand-in": "edgar", "certificate": "ended yesterday"}

    def inject(self, bench: BenchView) -> None:
        StandIn(bench, "edgar").show_certificate(expired=True)
        self.cut(bench)

    def witness(self, bench: BenchView) -> str | None:
        return witnessed(bench, URLS, certificate_expired)

    def cure(self, bench: BenchView) -> None:
        super().cure(bench)
        StandIn(bench, "edgar").show_certificate(expired=False)

"""EDGAR refuses more requests: the stand-in answers 429, as the real one above 10 requests a second, and users ask."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.calibration import measured_through_proxy
from drills.faults.edgar import LINKS
from drills.faults.questions import ask, fresh_company
from drills.faults.service_view import look
from drills.faults.stand_in import StandIn

STATUS = 429
QUESTIONS = 4
URL = "https://data.sec.gov/files/company_tickers.json"


class RateLimited:
    """EDGAR answers 429 with Retry-After to everything, and a few questions are asked that need EDGAR, so that the
    service logs it."""

    name = "rate limited by EDGAR"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"stand-in": "edgar", "status": str(STATUS), "questions": str(QUESTIONS)}

    def inject(self, bench: BenchView) -> None:
        StandIn(bench, "edgar").answer(STATUS)
        ask(bench, [fresh_company(bench) for _ in range(QUESTIONS)])

    def witness(self, bench: BenchView) -> str | None:
        """A request from the API's own network, with its own names, gets 429."""
        seen = look(bench, "api", URL)
        return f"from the API's network: data.sec.gov answers {STATUS}" if seen.status == STATUS else None

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """One request through the proxy."""
        return measured_through_proxy(bench, LINKS)

    def cure(self, bench: BenchView) -> None:
        StandIn(bench, "edgar").answer_again()

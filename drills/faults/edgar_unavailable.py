"""EDGAR is closed for maintenance: 503 to everything."""

from drills.faults.edgar import LINKS, URLS
from drills.faults.signs import status
from drills.faults.stand_in import BadAnswer
from drills.faults.upstream_answer import UpstreamAnswer


class EdgarUnavailable(UpstreamAnswer):
    """The stand-in answers 503."""

    name = "EDGAR unavailable"

    def __init__(self) -> None:
        super().__init__("edgar", BadAnswer(status=503), LINKS, URLS, status(503))

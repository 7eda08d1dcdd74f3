"""EDGAR answers 200 with what is no JSON."""

from drills.faults.edgar import LINKS, URLS
from drills.faults.signs import not_json
from drills.faults.stand_in import BadAnswer
from drills.faults.upstream_answer import UpstreamAnswer


class EdgarMalformed(UpstreamAnswer):
    """The stand-in's bodies come whole and do not parse."""

    name = "EDGAR malformed"

    def __init__(self) -> None:
        super().__init__("edgar", BadAnswer(body="malformed"), LINKS, URLS, not_json)

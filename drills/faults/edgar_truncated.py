"""EDGAR's answers end in their middle."""

from drills.faults.edgar import LINKS, URLS
from drills.faults.signs import cut_short
from drills.faults.stand_in import BadAnswer
from drills.faults.upstream_answer import UpstreamAnswer


class EdgarTruncated(UpstreamAnswer):
    """The stand-in declares a whole body, sends half of it, and closes."""

    name = "EDGAR truncated"

    def __init__(self) -> None:
        super().__init__("edgar", BadAnswer(body="truncated"), LINKS, URLS, cut_short)

"""OpenAI fails at every request: 500."""

from drills.faults.openai import LINKS, URLS
from drills.faults.signs import status
from drills.faults.stand_in import BadAnswer
from drills.faults.upstream_answer import UpstreamAnswer


class OpenAIErrors(UpstreamAnswer):
    """The stand-in answers 500."""

    name = "OpenAI errors"

    def __init__(self) -> None:
        super().__init__("openai", BadAnswer(status=500), LINKS, URLS, status(500))

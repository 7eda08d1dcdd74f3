"""OpenAI is overloaded: 503."""

from drills.faults.openai import LINKS, URLS
from drills.faults.signs import status
from drills.faults.stand_in import BadAnswer
from drills.faults.upstream_answer import UpstreamAnswer


class OpenAIOverloaded(UpstreamAnswer):
    """The stand-in answers 503, with a Retry-After."""

    name = "OpenAI overloaded"

    def __init__(self) -> None:
        super().__init__("openai", BadAnswer(status=503), LINKS, URLS, status(503))

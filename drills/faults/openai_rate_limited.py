"""OpenAI refuses more requests: 429, with a Retry-After."""

from drills.faults.openai import LINKS, URLS
from drills.faults.signs import status
from drills.faults.stand_in import BadAnswer
from drills.faults.upstream_answer import UpstreamAnswer


class OpenAIRateLimited(UpstreamAnswer):
    """The stand-in answers 429, rate_limit_exceeded."""

    name = "OpenAI rate limit"

    def __init__(self) -> None:
        super().__init__("openai", BadAnswer(error="rate_limit_exceeded"), LINKS, URLS, status(429))

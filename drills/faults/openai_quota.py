"""The quota at OpenAI is used up: 429, and no retry helps."""

from drills.faults.openai import LINKS, URLS
from drills.faults.signs import status
from drills.faults.stand_in import BadAnswer
from drills.faults.upstream_answer import UpstreamAnswer


class OpenAIQuota(UpstreamAnswer):
    """The stand-in answers 429, insufficient_quota."""

    name = "OpenAI quota used up"

    def __init__(self) -> None:
        super().__init__("openai", BadAnswer(error="insufficient_quota"), LINKS, URLS, status(429))

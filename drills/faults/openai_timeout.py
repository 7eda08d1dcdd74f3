"""OpenAI accepts connections and never answers."""

from drills.faults.openai import LINKS, URLS
from drills.faults.upstream_timeout import UpstreamTimeout


class OpenAITimeout(UpstreamTimeout):
    """Nothing comes back from api.openai.com."""

    name = "OpenAI timeout"

    def __init__(self) -> None:
        super().__init__(LINKS, URLS)

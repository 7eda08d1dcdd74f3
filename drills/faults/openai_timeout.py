"""OpenAI accepts connections and never answers."""

from drills.faults.upstream_timeout import UpstreamTimeout

LINKS = ("openai",)
URL = "https://api.openai.com/v1/models"


class OpenAITimeout(UpstreamTimeout):
    """Nothing comes back from api.openai.com."""

    name = "OpenAI timeout"

    def __init__(self) -> None:
        super().__init__(LINKS, (URL,))

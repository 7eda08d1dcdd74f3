"""OpenAI is out, after a change of the model: the answers that the cache has are of the one before."""

from drills.faults.old_cache import ANSWERS_OF_AN_EARLIER_MODEL, WithOldCache
from drills.faults.openai_overloaded import OpenAIOverloaded
from drills.faults.openai_timeout import OpenAITimeout


class OpenAIOutage(WithOldCache):
    """OpenAI never answers, and every question needs it."""

    name = "OpenAI outage"

    def __init__(self) -> None:
        super().__init__(OpenAITimeout(), ANSWERS_OF_AN_EARLIER_MODEL)


class OpenAIBusy(WithOldCache):
    """OpenAI answers 503, and every question needs it."""

    name = "OpenAI busy"

    def __init__(self) -> None:
        super().__init__(OpenAIOverloaded(), ANSWERS_OF_AN_EARLIER_MODEL)

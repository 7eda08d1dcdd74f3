"""OpenAI refuses the key that the API runs with."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.on_host import first_process, must
from drills.faults.openai import key_variable
from drills.faults.questions import ask, fresh
from drills.faults.service_view import look
from drills.faults.stand_in import StandIn

URL = "https://api.openai.com/v1/models"
REFUSED = 401


class OpenAIKeyRevoked:
    """The stand-in revokes the key in the environment of the API's container, and `questions` are asked that need
    OpenAI, so that the service learns of it."""

    name = "OpenAI key revoked"

    def __init__(self, questions: int = 2) -> None:
        self._questions = questions
        self._key = ""

    @property
    def declared(self) -> Mapping[str, str]:
        return {"stand-in": "openai", "key": "the API's own", "questions": str(self._questions)}

    def inject(self, bench: BenchView) -> None:
        container, variable = bench.container("api"), key_variable(bench)
        environment = must(bench, f"{first_process(container)} && tr '\\0' '\\n' </proc/$pid/environ")
        set_to = (line.partition("=") for line in environment.splitlines())
        self._key = next((value for name, _, value in set_to if name == variable), "")
        if not self._key:
            raise FaultError(f"{container} runs without {variable}: there is no key to revoke.")
        StandIn(bench, "openai").revoke(self._key)
        ask(bench, [fresh(bench) for _ in range(self._questions)])

    def witness(self, bench: BenchView) -> str | None:
        """A request from the API's own network, with the key of its own environment, gets 401."""
        seen = look(bench, "api", URL, key_env=key_variable(bench))
        if seen.status != REFUSED:
            return None
        return f"from the API's network, with the key of its own environment: api.openai.com answers {REFUSED}"

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """From the API's network, with its own key: any other may be taken."""
        return {"api.openai.com": f"status {look(bench, 'api', URL, key_env=key_variable(bench)).status}"}

    def cure(self, bench: BenchView) -> None:
        if self._key:
            StandIn(bench, "openai").accept(self._key)

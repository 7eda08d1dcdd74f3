"""The API answers questions with 5xx and logs errors: both upstreams answer everything with 500, and users ask."""

import contextlib
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.on_host import must
from drills.faults.questions import ask, fresh, fresh_company
from drills.faults.stand_in import StandIn

STAND_INS = ("edgar", "openai")
STATUS = 500
COMPANIES, QUESTIONS = 8, 4


class AppErrors:
    """The stand-ins answer 500, and a dozen fresh questions are asked, which no cache can answer. What is known before
    is still answered."""

    name = "application errors"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"stand-ins": ", ".join(STAND_INS), "status": str(STATUS), "questions": str(COMPANIES + QUESTIONS)}

    def inject(self, bench: BenchView) -> None:
        for stand_in in STAND_INS:
            StandIn(bench, stand_in).answer(STATUS)
        companies = [fresh_company(bench) for _ in range(COMPANIES)]
        ask(bench, [*companies, *(fresh(bench) for _ in range(QUESTIONS))])

    def witness(self, bench: BenchView) -> str | None:
        """One more question, asked on the host: the service gives 5xx, and its container's log of the last minute, as
        the engine has it, holds an ERROR line. A circuit breaker of its own may hold that for a while after a cure."""
        status = max(ask(bench, [fresh_company(bench)]), default=0)
        container = bench.container("api")
        logged = must(bench, f"docker logs --since 60s {container} 2>&1 | grep -w ERROR | tail -n 1").strip()
        if status < 500 or not logged:
            return None
        return f"a fresh question on the host got {status}; the engine's log of {container}: {logged[:200]}"

    def cure(self, bench: BenchView) -> None:
        with contextlib.ExitStack() as all_of_them:  # also the other where one fails
            for stand_in in STAND_INS:
                all_of_them.callback(lambda name: StandIn(bench, name).answer_again(), stand_in)

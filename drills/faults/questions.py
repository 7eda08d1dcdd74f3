"""Questions that faults have asked, so that the service meets the fault: on the host itself, few, and all at once."""

import json
import random
import shlex
import uuid
from collections.abc import Sequence

from checks.tickers import ticker_pool
from drills.bench.interface import BenchView
from drills.faults.fault import FaultError
from drills.faults.on_host import must

QUESTIONS_MAX = 20
ANSWER_WITHIN_S = 12
Question = dict[str, object]


def known(bench: BenchView) -> Question:
    """The target's own question, which a user asked before."""
    asked = bench.host_target.question
    return {"question": asked.text, "ticker": asked.ticker, "form_type": asked.form_type, "limit": asked.limit}


def fresh(bench: BenchView) -> Question:
    """A question about a known company that no cache has the answer to: OpenAI is asked."""
    return {**known(bench), "question": f"{bench.host_target.question.text} (drill {uuid.uuid4().hex[:12]})"}


def fresh_company(bench: BenchView) -> Question:
    """The same about a company that nobody asks about, where the target names some: EDGAR is asked first."""
    pool = ticker_pool(bench.host_target.question.uncached_tickers)
    return {**fresh(bench), "ticker": random.choice(pool)} if pool else fresh(bench)


def ask(bench: BenchView, questions: Sequence[Question]) -> list[int]:
    """The statuses that the API gave, in any order; 0 where no answer came in 12 s."""
    api = bench.host_target.api
    path = api.path("query")
    if path is None:
        raise FaultError(f"The API of {bench.host_target.name} takes no questions, so none can meet the fault.")
    if len(questions) > QUESTIONS_MAX:
        raise FaultError(f"{len(questions)} questions at once are load, not a fault: ask {QUESTIONS_MAX} at most.")
    curl = (
        f"curl --silent --output /dev/null --max-time {ANSWER_WITHIN_S} --write-out '%{{http_code}}\\n' "
        f"--header 'Content-Type: application/json' {shlex.quote(api.url + path)} --data"
    )
    script = "".join(f"{curl} {shlex.quote(json.dumps(question))} &\n" for question in questions)
    return [int(status) for status in must(bench, f"{script}wait", ANSWER_WITHIN_S + 3.0).split()]

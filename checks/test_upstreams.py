"""The upstreams, as they answer from where the checks run."""

import pytest

from checks.exchange import Exchange
from checks.outcome import fail, require
from checks.runbook import Section


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.PERFORMANCE, open=Section.EXTERNAL_API)
def test_edgar_is_reachable_from_here(edgar_from_here: Exchange) -> None:
    answer = edgar_from_here.answer
    kind = {403: "forbidden", 429: "rate_limited"}.get(answer.status, "status")
    require(answer.status == 200, f"edgar.{kind}", expected="200 from EDGAR", seen=answer.seen)
    answer.json_object()


@pytest.mark.p1
@pytest.mark.runbook(covers=Section.PERFORMANCE, open=Section.EXTERNAL_API)
def test_openai_is_reachable_and_the_key_valid(openai_from_here: Exchange) -> None:
    answer = openai_from_here.answer
    if answer.status == 401:
        fail(
            "openai.key_refused",
            expected="the key from the environment to be accepted",
            seen=_status_only(answer.status),
        )
    kind = {403: "forbidden", 429: "rate_limited"}.get(answer.status, "status")
    require(answer.status == 200, f"openai.{kind}", expected="200 from OpenAI", seen=_status_only(answer.status))
    require(
        isinstance(answer.json_object().get("data"), list),
        "openai.malformed",
        expected="a list of models",
        seen=answer.seen,
    )


def _status_only(status: int) -> str:
    # OpenAI's refusal of a key quotes a part of it: the body is not for messages.
    return f"GET /models -> {status}"

"""EDGAR and OpenAI as they answer from where the checks run: every way of failing has its own reason."""

from drills.bench.embedded import Embedded
from tests.harness.faults import Fault, described, frozen, key_revoked, rule, stopped
from tests.harness.red import Red, each
from tests.harness.runs import failed

pytest_plugins = ["tests.harness.fixtures"]


def edgar(name: str, fault: Fault, code: str, more: str = "") -> Red:
    """EDGAR fails; OpenAI's check stays green."""
    run = f"checks/test_upstreams.py {more}"
    return Red(f"EDGAR {name}", fault, run, {"edgar_is_reachable_from_here": failed(f"edgar.{code}")})


def openai(name: str, fault: Fault, code: str, more: str = "") -> Red:
    """OpenAI fails; EDGAR's check stays green."""
    run = f"checks/test_upstreams.py {more}"
    return Red(f"OpenAI {name}", fault, run, {"openai_is_reachable_and_the_key_valid": failed(f"openai.{code}")})


SOON = "--probe-timeout=0.5"


@each(
    edgar("is stopped", stopped("edgar"), "refused"),
    edgar("is frozen", frozen("edgar"), "timeout", SOON),
    edgar("forbids", rule("edgar", status=403), "forbidden"),
    edgar("limits the rate", rule("edgar", status=429), "rate_limited"),
    edgar("fails", rule("edgar", status=503), "status"),
    edgar("has no such page", described(edits={"company_tickers.json": "no_such_file.json"}), "status"),
    edgar("sends what is no JSON", rule("edgar", body="malformed"), "not_json"),
    edgar("sends nothing", rule("edgar", body="empty"), "not_json"),
    edgar("sends a half", rule("edgar", body="truncated"), "closed"),
    edgar("is too slow", rule("edgar", delay_s=30), "timeout", SOON),
)
def test_edgar_failing_is_seen_from_here(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


@each(
    openai("is stopped", stopped("openai"), "refused"),
    openai("is frozen", frozen("openai"), "timeout", SOON),
    openai("has revoked the key", key_revoked, "key_refused"),
    openai("forbids", rule("openai", status=403), "forbidden"),
    openai("limits the rate", rule("openai", status=429), "rate_limited"),
    openai("fails", rule("openai", status=500), "status"),
    openai("is overloaded", rule("openai", status=503), "status"),
    openai("sends what is no JSON", rule("openai", body="malformed"), "not_json"),
    openai("sends a half", rule("openai", body="truncated"), "closed"),
    openai("is too slow", rule("openai", delay_s=30), "timeout", SOON),
    openai("is something else", lambda bench: described(edits={bench.openai_url: bench.api_url})(bench), "status"),
)
def test_openai_failing_is_seen_from_here(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)

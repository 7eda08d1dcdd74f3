"""EDGAR and OpenAI as they answer from where the checks run: every way of failing has its own reason."""

from drills.bench.embedded import Embedded
from tests.harness.faults import Fault, described, frozen, key_revoked, rule, stopped, together
from tests.harness.red import Red, each
from tests.harness.runs import failed

pytest_plugins = ["tests.harness.fixtures"]

UPSTREAMS = "checks/test_upstreams.py"
SOON = f"{UPSTREAMS} --probe-timeout=0.5"


def edgar(name: str, fault: Fault, code: str, run: str = UPSTREAMS) -> Red:
    """EDGAR fails alone: OpenAI's check stays green."""
    return Red(f"EDGAR {name}", fault, run, {"edgar_is_reachable_from_here": failed(f"edgar.{code}")})


def openai(name: str, fault: Fault, code: str, run: str = UPSTREAMS) -> Red:
    """OpenAI fails alone: EDGAR's check stays green."""
    return Red(f"OpenAI {name}", fault, run, {"openai_is_reachable_and_the_key_valid": failed(f"openai.{code}")})


def both(name: str, edgar_fault: Fault, edgar_code: str, openai_fault: Fault, openai_code: str) -> Red:
    """Both fail at once, each in its own way: two roots."""
    return Red(
        name,
        together(edgar_fault, openai_fault),
        UPSTREAMS,
        {
            "edgar_is_reachable_from_here": failed(f"edgar.{edgar_code}"),
            "openai_is_reachable_and_the_key_valid": failed(f"openai.{openai_code}"),
        },
    )


@each(
    edgar("is stopped", stopped("edgar"), "refused"),
    edgar("is frozen", frozen("edgar"), "timeout", SOON),
    edgar("is too slow", rule("edgar", delay_s=30), "timeout", SOON),
    edgar("has no such page", described(edits={"company_tickers.json": "no_such_file.json"}), "status"),
    openai("is stopped", stopped("openai"), "refused"),
    openai("is frozen", frozen("openai"), "timeout", SOON),
    openai("is too slow", rule("openai", delay_s=30), "timeout", SOON),
    openai("has revoked the key", key_revoked, "key_refused"),
    openai("is something else", lambda bench: described(edits={bench.openai_url: bench.api_url})(bench), "status"),
)
def test_an_upstream_that_fails_alone_is_named(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


@each(
    both("one limits, one forbids", rule("edgar", status=429), "rate_limited", rule("openai", status=403), "forbidden"),
    both("one forbids, one limits", rule("edgar", status=403), "forbidden", rule("openai", status=429), "rate_limited"),
    both("both fail", rule("edgar", status=503), "status", rule("openai", status=500), "status"),
    both("malformed", rule("edgar", body="malformed"), "not_json", rule("openai", body="malformed"), "not_json"),
    both("cut short", rule("edgar", body="truncated"), "closed", rule("openai", body="truncated"), "closed"),
    both("nothing and overload", rule("edgar", body="empty"), "not_json", rule("openai", status=503), "status"),
)
def test_upstreams_that_fail_together_are_named_each_with_its_reason(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)

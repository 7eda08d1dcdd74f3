"""Every fault of the registry on a real bench: in force when it says so, not before and not after, and no host lost."""

import time
from collections.abc import Callable, Iterator

import pytest
from _pytest.mark import ParameterSet

from drills.bench.bench import Bench
from drills.bench.reset import reset
from drills.catalogue import catalogue
from drills.faults.fault import Fault
from drills.faults.registry import FAULTS, make

WITNESSED_WITHIN_S = 15.0
GONE_WITHIN_S = 60.0
"""A circuit breaker of the service's own holds its errors for 30 s."""

KNOWN_FAILS = (
    "! curl --silent --fail --max-time 12 --header 'Content-Type: application/json' "
    '--data \'{"question": "What are the main risk factors?", "ticker": "ACME", "form_type": "10-K", "limit": 3}\' '
    "http://localhost:8000/api/v1/query"
)
"""What was asked before is not answered any more."""
OOM = "docker inspect --format '{{.State.OOMKilled}} {{.State.Status}} {{.RestartCount}}' finchat-api"

# What the service, or its host, shows an operator while the fault is in force, and did not show before.
EFFECTS = {
    "alias-lost": "curl -s http://localhost:5000/ready | grep -q '\"ready\":false' && "
    "curl -s --retry 9 --retry-delay 1 --retry-all-errors http://localhost:8000/ready | grep -q '\"ready\":true'",
    "api-answers-500": "curl --silent --head http://localhost:8000/health | grep -q ' 500 '",
    "api-answers-503": "curl --silent --head http://localhost:8000/health | grep -q ' 503 '",
    "api-hung": "curl --silent --max-time 2 http://localhost:8000/health; [ $? = 28 ]",
    "api-killed": "! curl --silent --max-time 5 http://localhost:8000/health",
    "api-restarted": "docker inspect --format '{{.RestartCount}}' finchat-api | grep -q '^1$'",
    "app-errors": "grep -q ' ERROR ' logs/app.log && grep -q '\" 50[0-9] ' logs/access.log && "
    "docker logs finchat-api 2>&1 | grep -q ' ERROR ' && "
    "curl -s http://localhost:8000/metrics | grep '^finchat_error_rate' | grep -qv ' 0.0$'",
    "authentication-off": "! curl -s -X POST http://localhost:5000/query | grep -q unauthorized && "
    "git show | grep -q gateway",
    "bad-commit": "docker inspect --format '{{.Config.Entrypoint}}' finchat-api | grep -qx '.false.'",
    "bad-config": "git log --oneline -1 | grep -q 'where its Python is' && "
    "docker logs finchat-api 2>&1 | grep -q PYTHONHOME",
    "bad-image": "docker inspect --format '{{.Config.Entrypoint}}' finchat-api | grep -q false",
    "bad-image-errors": "curl -s -o /dev/null -w '%{http_code}' http://localhost:8000/health | grep -qx 500",
    "bad-image-hangs": "! curl --silent --max-time 2 http://localhost:8000/health",
    "bad-image-misquotes": "curl -s http://localhost:8000/health | grep -q healthy && "
    "curl -s -X POST http://localhost:8000/api/v1/query | grep -q 'no risk that could be material'",
    "bad-webapp-image": "curl -s -o /dev/null -w '%{http_code}' http://localhost:5000/ | grep -qx 500",
    "cache-corrupt": "grep -q 'corrupt cache file' ~/.cache/finchat_sec_qa/debug.log",
    "cache-deleted": "! ls ~/.cache/finchat_sec_qa && "
    "! curl -sf -H 'Content-Type: application/json' -d "
    """'{"question": "What are the main risk factors?", "ticker": "ACME"}' """
    "http://localhost:8000/api/v1/query",
    "cache-truncated": "grep -q 'corrupt cache file' ~/.cache/finchat_sec_qa/debug.log",
    "cache-unwritable": "! touch ~/.cache/finchat_sec_qa/$RANDOM && curl -s http://localhost:8000/ready | "
    "grep -q '\"ready\":false'",
    "cpu-starved": "docker stats --no-stream --format '{{.CPUPerc}}' finchat-api | grep -q '^[45][0-9]' && "
    "ps aux --sort=-%cpu | head -10 | grep -q finchat-cpu-hog",
    "csrf-broken": "docker top finchat-webapp | grep -c gunicorn | grep -q '^4$'",
    "disk-full": "df -h | grep -q ' 9[5-9]% /home/finchat$'",
    "disk-full-to-the-brim": "df -h | grep -q ' 100% /home/finchat$' && curl -s http://localhost:8000/ready | "
    "grep -q '\"ready\":false'",
    "edgar-certificate-expired": "curl --silent --show-error --head https://data.sec.gov 2>&1 | grep -q expired",
    "edgar-dns-gone": "! docker exec finchat-api python3 -c "
    "'import socket; socket.gethostbyname(\"data.sec.gov\")' 2>/dev/null",
    "edgar-drip": "! curl --silent --max-time 2 https://data.sec.gov/submissions/CIK0009900001.json",
    "edgar-forbidden": "docker exec finchat-api cat /proc/1/environ | "
    "tr '\\0' '\\n' | grep -q '^EDGAR_USER_AGENT=python-httpx'",
    "edgar-late": "! curl --silent --head --max-time 2 https://data.sec.gov",
    "edgar-maintenance": KNOWN_FAILS,
    "edgar-malformed": "! curl --silent --user-agent 'an operator' https://data.sec.gov/submissions/CIK0009900001.json "
    "| jq empty 2>/dev/null",
    "edgar-outage": KNOWN_FAILS,
    "edgar-overuse": "grep -i 'rate.limit' logs/app.log | grep -q 429",
    "edgar-refused": "! curl --silent --head --max-time 2 https://data.sec.gov",
    "edgar-reset": "curl --silent --show-error --head https://data.sec.gov 2>&1 | grep -q 'reset by peer'",
    "edgar-timeout": "! curl --silent --head --max-time 2 https://data.sec.gov",
    "edgar-truncated": "curl --silent --user-agent 'an operator' https://data.sec.gov >/dev/null; [ $? = 18 ]",
    "edgar-unavailable": "curl --silent --head --user-agent 'an operator' https://data.sec.gov | grep -q 503",
    "high-memory": "ps aux --sort=-%mem | head -10 | awk '$6 > 600000' | grep -q finchat-memory-leak && "
    "docker stats --no-stream --format '{{.MemPerc}}' finchat-api | grep -q '^[89][0-9]'",
    "host-memory": "ps aux --sort=-%mem | head -3 | grep -q finchat-host-hog && ! docker ps | grep -q finchat-api",
    "leaking-build": "curl -s http://localhost:8000/no-such-page | grep -q debug && "
    "docker history finchat-api:latest | grep -q debugging",
    "memory-limit-tight": "docker stats --no-stream --format '{{.MemPerc}} {{.MemUsage}}' finchat-api | "
    "grep -q '^[89][0-9].* / 512MiB'",
    "memory-oom": f"{OOM} | grep -q '^true exited'",
    "memory-oom-restarted": f"{OOM} | grep -q '^true running 1$'",
    "network-cut": "! ping -c 1 -W 1 data.sec.gov && ! ping -c 1 -W 1 api.openai.com",
    "openai-busy": KNOWN_FAILS,
    "openai-errors": "curl -s --head https://api.openai.com/v1/models | grep -q ' 500'",
    "openai-key-replaced": "[ -s ~/openai-key.new ] && curl -s http://localhost:8000/ready | grep -q '\"ready\":false'",
    "openai-key-revoked": 'curl -s -H "Authorization: Bearer $OPENAI_API_KEY" https://api.openai.com/v1/models | '
    "grep -q invalid_api_key && curl -s http://localhost:8000/ready | grep -q '\"ready\":false'",
    "openai-outage": KNOWN_FAILS,
    "openai-overloaded": "curl -s --head https://api.openai.com/v1/models | grep -q ' 503'",
    "openai-quota": "curl -s https://api.openai.com/v1/models | grep -q insufficient_quota",
    "openai-rate-limited": "curl -s https://api.openai.com/v1/models | grep -q rate_limit_exceeded",
    "openai-timeout": "! curl --silent --head --max-time 2 https://api.openai.com",
    "rate-limited": "grep -i 'rate.limit' logs/app.log | grep -q 429",
    "scratch-temp": "ls ~/.cache/finchat_sec_qa/temp* && df -h /home/finchat | grep -q ' 9[0-9]% '",
    "scratch-tmp": "ls ~/.cache/finchat_sec_qa/*.tmp && df -h /home/finchat | grep -q ' 9[0-9]% '",
    "token-changed": "curl -s -o /dev/null -w '%{http_code}' -X POST "
    """-H "Authorization: Bearer $(sed -n 's/^FINCHAT_TOKEN=//p' .env)" http://localhost:5000/query | grep -q 400 && """
    "grep -q '^FINCHAT_TOKEN=rotated-' .env",
    "webapp-answers-500": "curl --silent --head http://localhost:5000/ | grep -q ' 500 '",
    "webapp-hung": "curl --silent --max-time 2 http://localhost:5000/health; [ $? = 28 ]",
    "webapp-killed": "! curl --silent --max-time 5 http://localhost:5000/health",
    "webapp-partitioned": "curl -s http://localhost:5000/ready | grep -q '\"ready\":false' && "
    "curl -s http://localhost:8000/ready | grep -q '\"ready\":true'",
    "webapp-restarted": "docker inspect --format '{{.RestartCount}}' finchat-webapp | grep -q '^1$'",
}


def until(fault: Fault, bench: Bench, wanted: Callable[[str | None], bool], within_s: float) -> str | None:
    """What the fault's witness says once it is as wanted, or when the time is up."""
    deadline_s = time.monotonic() + within_s
    while not wanted(said := fault.witness(bench)) and time.monotonic() < deadline_s:
        time.sleep(0.2)
    return said


def faults() -> Iterator[ParameterSet]:
    """Every fault by its name. One that a drill of the catalogue proves anyway is left to thorough runs."""
    drilled = {entry.scenario.fault for entry in catalogue()}
    for name in sorted(FAULTS):
        yield pytest.param(name, marks=[pytest.mark.thorough] if make(name).name in drilled else [])


@pytest.fixture(params=faults())
def name(request: pytest.FixtureRequest, bench: Bench) -> Iterator[str]:
    """The name of a fault; the bench is in its first state, and cured whatever the test came to."""
    name = str(request.param)
    yield name
    make(name).cure(bench)
    assert bench.first is not None
    if bench.first.differences(bench.state()):  # the test ended before its own reset
        reset(bench)


def test_a_fault_is_in_force_until_it_is_cured_and_costs_no_host(name: str, bench: Bench) -> None:
    fault, began_s = make(name), time.monotonic()
    assert fault.witness(bench) is None
    assert bench.host.operator(EFFECTS[name], timeout_s=15).exit_code != 0
    fault.inject(bench)
    evidence = until(fault, bench, lambda said: said is not None, WITNESSED_WITHIN_S)
    witnessed_s = time.monotonic()
    assert evidence is not None
    shown = bench.host.operator(EFFECTS[name], timeout_s=15)
    assert shown.exit_code == 0, shown
    fault.cure(bench)
    cured_s = time.monotonic()
    assert until(fault, bench, lambda said: said is None, GONE_WITHIN_S) is None
    gone_s = time.monotonic()
    assert reset(bench) == []
    print(f"{name}: witnessed after {witnessed_s - began_s:.1f} s, gone {gone_s - cured_s:.1f} s after the cure")
    print(f"  {evidence}")


def test_a_cure_without_an_injection_is_harmless(bench: Bench) -> None:
    for name in FAULTS:
        make(name).cure(bench)
    assert bench.first is not None
    assert bench.first.differences(bench.state()) == []

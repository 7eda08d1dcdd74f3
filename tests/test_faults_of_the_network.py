"""The ways in which an upstream fails: what each does, by which sign it is known, and what it is taken for by none."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import joblib  # type: ignore[import-untyped]
import pytest

from drills.bench.proxy import Link
from drills.bench.toxics import Bandwidth, Latency, ResetPeer, Toxic
from drills.faults.answer_view import Seen, see
from drills.faults.edgar import LINKS, URLS
from drills.faults.edgar_dns_gone import EdgarDnsGone
from drills.faults.edgar_drip import EdgarDrip
from drills.faults.edgar_forbidden import EdgarForbidden
from drills.faults.edgar_late import EdgarLate
from drills.faults.edgar_malformed import EdgarMalformed
from drills.faults.edgar_outage import EdgarMaintenance, EdgarOutage
from drills.faults.edgar_overuse import EdgarOveruse
from drills.faults.edgar_refused import EdgarRefused
from drills.faults.edgar_reset import EdgarReset
from drills.faults.edgar_truncated import EdgarTruncated
from drills.faults.edgar_unavailable import EdgarUnavailable
from drills.faults.fault import Fault, FaultError
from drills.faults.openai_errors import OpenAIErrors
from drills.faults.openai_key_replaced import GIVEN, OpenAIKeyReplaced
from drills.faults.openai_outage import OpenAIBusy
from drills.faults.openai_overloaded import OpenAIOverloaded
from drills.faults.openai_quota import OpenAIQuota
from drills.faults.openai_rate_limited import OpenAIRateLimited
from drills.faults.stand_in import StandIn
from tests.fault_fakes import KEY, FaultBench, ShellHost, StandIns


@dataclass
class FakeLink:
    """A link that remembers what was done to it."""

    toxics: list[Toxic] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def add(self, toxic: Toxic) -> None:
        self.toxics.append(toxic)

    def disable(self) -> None:
        self.done.append("disable")

    def enable(self) -> None:
        self.done.append("enable")

    def clear(self) -> None:
        self.toxics.clear()
        self.done.append("clear")


@pytest.fixture
def links() -> dict[str, FakeLink]:
    return {name: FakeLink() for name in (*LINKS, "openai")}


@pytest.fixture
def bench(tmp_path: Path, links: dict[str, FakeLink]) -> FaultBench:
    host = ShellHost(tmp_path)
    return FaultBench(host, links=cast(dict[str, Link], links))


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> StandIns:
    fake = StandIns()
    client = fake.client

    class Httpx:
        Client = staticmethod(client)
        Response, HTTPError = httpx.Response, httpx.HTTPError

    monkeypatch.setattr("drills.faults.stand_in.httpx", Httpx)
    return fake


def shows(bench: FaultBench, *lines: str) -> None:
    """From now on that is what a look from a container's network prints."""
    bench.host.stub("nsenter", "\n".join(f"echo '{line}'" for line in lines))


def test_what_was_seen_is_in_the_order_of_the_addresses(bench: FaultBench) -> None:
    shows(bench, "1|503|0.1|0.2|7|0||1", "0|200|0.01|0.02|12|0||0")
    first, second = see(bench, URLS, patience_s=3)
    assert (first.name, first.status, first.is_json, first.first_byte_s) == ("data.sec.gov", 200, True, 0.01)
    assert (second.name, second.status, second.is_json, second.seconds) == ("www.sec.gov", 503, False, 0.2)


@pytest.mark.parametrize("line", ["", "0|200", "0|x|0|0|0|0||0", "5|200|0|0|1|0||0", "0|200|0|0|1||0"])
def test_a_look_that_saw_something_else_is_an_error(bench: FaultBench, line: str) -> None:
    shows(bench, line)
    with pytest.raises(FaultError, match="cannot be asked from finchat-api's network: no answer"):
        see(bench, URLS[:1], patience_s=3)


def test_the_look_is_one_of_a_real_curl(bench: FaultBench) -> None:
    bench.host.stub("mount", "true")
    bench.host.stub("nsenter", 'shift 5; exec "$@"')
    bench.host.stub("jq", "exit 1")
    bench.host.stub("curl", "printf '[]'; printf '%s' '503|0.1|0.2|2|22|said | so' >&2")
    (seen,) = see(bench, URLS[:1], patience_s=3)
    assert seen == Seen(URLS[0], 22, 503, 0.2, 2, False, "said | so", 0.1)
    (call,) = bench.host.calls("curl")
    assert "--max-time 3" in call
    assert "--user-agent finchat-drills ops@example.com" in call


TOXIC: list[tuple[Callable[[], Fault], Toxic]] = [
    (EdgarLate, Latency(2500)),
    (EdgarReset, ResetPeer(0)),
    (EdgarDrip, Bandwidth(1)),
]


@pytest.mark.parametrize(("make", "toxic"), TOXIC)
def test_a_toxic_lies_on_both_of_edgars_links_until_the_cure(
    make: Callable[[], Fault], toxic: Toxic, bench: FaultBench, links: dict[str, FakeLink]
) -> None:
    fault = make()
    fault.inject(bench)
    assert [link.toxics for link in links.values()] == [[toxic], [toxic], []]
    assert fault.declared["links"] == "edgar-data, edgar-www"
    assert fault.declared["toxic"].startswith(f"{toxic.kind}, downstream: ")
    fault.cure(bench)
    assert [link.toxics for link in links.values()] == [[], [], []]


def test_a_refusal_is_a_proxy_that_does_not_listen(bench: FaultBench, links: dict[str, FakeLink]) -> None:
    EdgarRefused().inject(bench)
    assert [link.done for link in links.values()] == [["disable"], ["disable"], []]
    shows(bench, "0|000|0|0|0|7|Failed|1", "1|000|0|0|0|7|Failed|1")
    evidence = "from the API's network: data.sec.gov refuses the connection; www.sec.gov refuses the connection"
    assert EdgarRefused().witness(bench) == evidence
    shows(bench, "0|000|0|0|0|7|Failed|1", "1|200|0|0|9|0||0")
    assert EdgarRefused().witness(bench) is None
    EdgarRefused().cure(bench)
    assert links["edgar-www"].done == ["disable", "clear"]


ANSWERS: list[tuple[Callable[[], Fault], str, dict[str, object]]] = [
    (EdgarTruncated, "edgar", {"body": "truncated", "status": None}),
    (EdgarMalformed, "edgar", {"body": "malformed", "status": None}),
    (EdgarUnavailable, "edgar", {"body": "normal", "status": 503}),
    (OpenAIRateLimited, "openai", {"error": "rate_limit_exceeded"}),
    (OpenAIQuota, "openai", {"error": "insufficient_quota"}),
    (OpenAIErrors, "openai", {"status": 500}),
    (OpenAIOverloaded, "openai", {"status": 503}),
]


@pytest.mark.parametrize(("make", "stand_in", "rule"), ANSWERS)
def test_a_bad_answer_is_a_rule_of_its_stand_in_until_the_cure(
    make: Callable[[], Fault], stand_in: str, rule: dict[str, object], bench: FaultBench, stand_ins: StandIns
) -> None:
    fault = make()
    fault.inject(bench)
    (held,) = stand_ins.states[stand_in].rules.rules
    assert held.model_dump().items() >= rule.items()
    assert fault.declared["stand-in"] == stand_in
    fault.cure(bench)
    assert stand_ins.rules() == {"edgar": [], "openai": []}


def test_a_certificate_that_a_stand_in_has_not_got_is_an_error(bench: FaultBench, stand_ins: StandIns) -> None:
    with pytest.raises(FaultError, match="The stand-in edgar does not take POST /certificate"):
        StandIn(bench, "edgar").show_certificate(expired=True)


def test_names_are_gone_from_the_name_server_and_connections_closed(
    bench: FaultBench, links: dict[str, FakeLink]
) -> None:
    bench.host.stub("pgrep", "exit 1")
    bench.host.stub("dnsmasq", "true")
    EdgarDnsGone().inject(bench)
    EdgarDnsGone().cure(bench)
    gone, back = bench.host.calls("dnsmasq")
    assert gone.endswith("dnsmasq.conf --address=/data.sec.gov/ --address=/www.sec.gov/")
    assert back.endswith("dnsmasq.conf")
    assert links["edgar-data"].done == ["disable", "enable", "clear"]


CONFIG = "home/finchat/finchat-sec-qa/config/finchat.env"


def test_the_user_agent_is_lost_from_the_configuration_and_comes_back(bench: FaultBench) -> None:
    file = bench.host.put(CONFIG, 'EDGAR_USER_AGENT="FinChat ops@finchat.example"\nEDGAR_RETRIES=1\n')
    EdgarForbidden().inject(bench)
    assert file.read_text() == 'EDGAR_USER_AGENT="python-httpx/0.28.1"\nEDGAR_RETRIES=1\n'
    EdgarForbidden().cure(bench)
    EdgarForbidden().cure(bench)
    assert "ops@finchat.example" in file.read_text()
    assert bench.host.calls("docker") == ["restart finchat-api"] * 2


def test_a_configuration_without_a_user_agent_has_none_to_lose(bench: FaultBench) -> None:
    bench.host.put(CONFIG, "EDGAR_RETRIES=1\n")
    with pytest.raises(FaultError, match="no EDGAR_USER_AGENT in "):
        EdgarForbidden().inject(bench)


OLD: list[tuple[Callable[[], Fault], str, dict[str, object], dict[str, object]]] = [
    (EdgarMaintenance, "submissions-1", {"filings": [], "fetched_at": 90_001.0}, {"filings": [], "fetched_at": 1.0}),
    (OpenAIBusy, "answer-ab", {"answer": "x", "model": "new"}, {"answer": "x", "model": "gpt-3.5-turbo"}),
]


@pytest.mark.parametrize(("make", "name", "record", "old"), OLD)
def test_an_outage_finds_a_cache_that_is_too_old(
    make: Callable[[], Fault], name: str, record: object, old: object, bench: FaultBench, stand_ins: StandIns
) -> None:
    bench.host.stub("runuser", f'shift 3; exec "{sys.executable}" "${{@:2}}"')
    cache = bench.host.root_directory / "home/finchat/.cache/finchat_sec_qa"
    joblib.dump(record, cache / f"{name}.joblib")
    joblib.dump(record, cache / "index.joblib")
    make().inject(bench)
    assert joblib.load(cache / f"{name}.joblib") == old
    assert joblib.load(cache / "index.joblib") == record
    assert sorted(file.name for file in cache.iterdir()) == sorted([f"{name}.joblib", "index.joblib"])
    assert "cache" in make().declared


def test_a_cache_that_keeps_nothing_cannot_be_old(bench: FaultBench) -> None:
    bench.host.stub("runuser", "true")
    with pytest.raises(
        FaultError, match=r"has no submissions-\*\.joblib: this deployment keeps none that could be old"
    ):
        EdgarOutage().inject(bench)


@pytest.mark.parametrize(("mode", "fine"), [("cache", True), ("fallback", True), ("live", False), ("null", False)])
def test_under_an_outage_an_answer_has_to_say_what_it_is(mode: str, fine: bool, bench: FaultBench) -> None:
    bench.host.stub("curl", "true")
    bench.host.stub("jq", f"echo {mode}")
    said = EdgarOutage().amiss(bench)
    assert (said is None) is fine
    assert said is None or mode in said


def test_a_replaced_key_lies_in_the_operators_home_and_is_accepted(bench: FaultBench, stand_ins: StandIns) -> None:
    bench.host.put("/proc/77/environ", f"OPENAI_API_KEY={KEY}\0")
    bench.host.stub("curl", "echo 502")
    bench.host.stub("install", f"cat >{bench.host.root_directory}{GIVEN}")
    fault = OpenAIKeyReplaced()
    fault.inject(bench)
    given = bench.host.root_directory / GIVEN.lstrip("/")
    keys: Any = stand_ins.states["openai"].keys
    new = given.read_text().strip()
    assert (keys.accepts(new), keys.accepts(KEY)) == (True, False)
    assert new not in json.dumps(dict(fault.declared))
    fault.cure(bench)
    assert (keys.accepts(KEY), given.exists()) == (True, False)


def test_overuse_runs_on_the_host_until_the_cure(bench: FaultBench) -> None:
    bench.host.stub("python3", f"cat /proc/self/cmdline >{bench.host.root_directory}/asked; exec sleep 60")
    bench.host.stub("setsid", 'exec "$@"')
    bench.host.stub("runuser", "true")
    settings = bench.host.put("home/finchat/finchat-sec-qa/.env", "OPENAI_API_KEY=x\n")
    EdgarOveruse().inject(bench)
    assert settings.read_text() == "OPENAI_API_KEY=x\nEDGAR_RATE_LIMIT=30\nCIRCUIT_BREAKER_THRESHOLD=1000\n"
    (up,) = bench.host.calls("runuser")
    assert up.startswith("-u finchat -- env HOME=")
    assert up.endswith("/home/finchat docker-compose up -d api")
    files = bench.host.root_directory / "run/finchat-drills"
    assert (files / "overuse.pid").read_text().strip().isdecimal()
    compile((files / "overuse.py").read_text(), "overuse.py", "exec")
    for _ in range(2):
        EdgarOveruse().cure(bench)
    assert list(files.iterdir()) == []
    assert settings.read_text() == "OPENAI_API_KEY=x\n"

"""A bench with the reference FinChat: where it can be reached from, what it can reach, and its way back."""

import time

import httpx
import pytest

from drills.bench.bench import Bench
from drills.bench.host import DEPLOYMENT
from drills.bench.proxy_api import ProxyError
from drills.bench.reset import reset
from drills.bench.start import replace_host
from drills.bench.toxics import Latency, Timeout
from drills.bench.visit import visit
from drills.faults.service_view import look
from drills.session import watch_environment
from drills.steady import require_steady

TICKERS = "https://data.sec.gov/files/company_tickers.json"


def health(bench: Bench) -> int:
    return httpx.get(f"{bench.target.api.url}/health", timeout=5, trust_env=False).status_code


def test_everything_is_published_on_loopback_only(bench: Bench) -> None:
    containers = [bench.neighbours.proxy, *bench.neighbours.stand_ins.values()]
    wrapped = [bench.host.container, *(one.get_wrapped_container() for one in containers)]
    for container in wrapped:
        container.reload()
    ports = [entry for one in wrapped for entry in (one.attrs["NetworkSettings"]["Ports"] or {}).values() if entry]
    assert ports
    assert {address["HostIp"] for entry in ports for address in entry} == {"127.0.0.1"}


def test_the_host_has_no_way_out(bench: Bench) -> None:
    networks = bench.host.container.client.networks
    bench.host.container.reload()
    joined = [networks.get(name) for name in bench.host.container.attrs["NetworkSettings"]["Networks"]]
    assert len(joined) == 3
    assert all(network.attrs["Internal"] for network in joined)
    assert bench.host.root("getent hosts example.com", timeout_s=10).exit_code != 0
    assert bench.host.root("docker exec finchat-api getent hosts example.com", timeout_s=10).exit_code != 0


def test_every_object_of_a_bench_carries_the_suites_label(bench: Bench) -> None:
    client, run_id = bench.run.client, bench.run.run_id
    mine = {"label": f"finchat-drills.run={run_id}"}
    named = [one for one in client.containers.list(all=True) if str(one.name).startswith(bench.name)]
    assert {one.name for one in client.containers.list(filters=mine)} == {one.name for one in named}
    assert len(named) == 4
    assert len(client.networks.list(filters=mine)) == 4


def test_a_service_asks_the_benchs_edgar_by_its_real_name_and_trusts_it(bench: Bench) -> None:
    seen = look(bench, "api", TICKERS)
    assert (seen.connected, seen.curl_exit_code, seen.status) == (True, 0, 200)


def test_a_delay_on_an_upstream_is_one_for_the_service_and_for_the_checks(bench: Bench) -> None:
    link, toxic = bench.links["edgar-data"], Latency(latency_ms=300)
    link.add(toxic)
    try:
        assert [proxy.holds(toxic.name) for proxy in bench.proxy.state() if proxy.name.startswith("edgar-data")] == [
            True,
            True,
        ]
    finally:
        link.remove(toxic)


def test_a_fault_between_users_and_the_api_leaves_the_host_well(bench: Bench) -> None:
    link = bench.links["api"]
    link.disable()
    try:
        with pytest.raises(httpx.TransportError):
            health(bench)
        assert bench.host.must("curl -fsS http://localhost:8000/health")
    finally:
        link.enable()
    assert health(bench) == 200


VANDALISM = """
docker rm -f finchat-webapp
docker tag finchat-api:previous finchat-api:latest
docker tag finchat-api:latest finchat-api:broken
docker run --name extra -d -v extra:/extra finchat-api:latest sleep 1000
docker network create extra
docker update --restart=no finchat-api
echo 'memory: 1g' >>docker-compose.yml
echo EDGAR_TIMEOUT_S=1 >>config/finchat.env
git commit -qam 'bad' --author 'a <a@b>' || true
rm -rf ~/.cache/finchat_sec_qa logs/* .env
touch ~/left-behind /tmp/left-behind
nohup sleep 1000 >/dev/null 2>&1 &
"""


def test_a_reset_brings_back_the_first_state_whatever_was_done(bench: Bench) -> None:
    bench.host.operator(VANDALISM, timeout_s=30)
    bench.links["openai"].add(Timeout(timeout_ms=0))
    assert bench.first is not None
    differences = bench.first.differences(bench.state())
    for section in ("home", "images", "containers", "networks", "volumes", "scratch", "proxies"):
        assert any(line.startswith(section) for line in differences), (section, differences)
    assert reset(bench) == []
    assert bench.first.differences(bench.state()) == []
    assert bench.host.must("pgrep -u finchat sleep || echo none").strip() == "none"
    assert health(bench) == 200


def test_what_a_reset_cannot_put_back_costs_the_host_its_place(bench: Bench) -> None:
    bench.host.must("iptables -I INPUT -s 198.51.100.7 -j DROP")
    before = bench.host.container.id
    replaced = reset(bench)
    assert any("firewall" in line for line in replaced)
    assert bench.host.container.id != before
    assert health(bench) == 200


def test_a_host_that_is_gone_is_replaced(bench: Bench) -> None:
    bench.host.container.kill()
    assert reset(bench) == ["the host is gone"]
    assert health(bench) == 200
    state = bench.target_file.with_name("state")
    visit(bench.target, state)
    assert len(require_steady(bench.target_file, watch_environment(bench), state)) > 40


def test_a_proxy_that_hangs_is_told_within_its_deadline_and_replaced(bench: Bench) -> None:
    ports = bench.target.api.url
    bench.neighbours.proxy.get_wrapped_container().pause()
    started_s = time.monotonic()
    with pytest.raises(ProxyError):
        bench.links["api"].add(Latency(latency_ms=10))
    assert time.monotonic() - started_s < 15
    bench.calm()
    assert health(bench) == 200
    assert bench.target.api.url == ports
    assert look(bench, "api", TICKERS).status == 200
    assert reset(bench) == []


def test_a_command_that_does_not_end_is_ended_on_the_host_too(bench: Bench) -> None:
    ran = bench.host.operator("sleep 987", timeout_s=1)
    assert (ran.timed_out, ran.exit_code) == (True, None)
    assert bench.host.must("pgrep -f 'sleep 98[7]' || echo none").strip() == "none"


def test_the_deployment_is_a_git_repository_with_a_commit_to_go_back_to(bench: Bench) -> None:
    assert int(bench.host.must("git rev-list --count HEAD", operator=True)) == 2
    assert bench.host.must("git status --porcelain", operator=True) == ""
    assert bench.host.must("git diff --name-only HEAD~1", operator=True).split() == ["config/finchat.env"]


def test_a_new_host_has_the_same_deployment(bench: Bench) -> None:
    replace_host(bench)
    assert bench.first is not None
    assert bench.first.differences(bench.state()) == []
    assert DEPLOYMENT in bench.host.must("pwd", operator=True)

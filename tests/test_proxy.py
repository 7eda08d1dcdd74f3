"""Against a real Toxiproxy: each toxic does to a connection what it says, and what is taken off is gone."""

import http.client
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drills.bench.proxy import ProxyServer
from drills.bench.proxy_api import ProxyError, ProxyHungError
from drills.bench.toxics import Bandwidth, Latency, LimitData, ResetPeer, Slicer, SlowClose, Timeout, Toxic
from tests.harness.proxied import PAGE, PATIENCE_S, QUICK_S, Bench, bench_in, connected, fetch, get

ALL_KINDS: tuple[Toxic, ...] = (
    Latency(300, 50),
    Timeout(100),
    Bandwidth(100),
    Slicer(64, 32, 10),
    ResetPeer(0),
    LimitData(100),
    SlowClose(100),
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path) as bench:
        yield bench


def test_the_server_says_the_version_that_the_toxics_are_made_for(bench: Bench) -> None:
    assert bench.server.version() == "2.12.0"


def test_a_proxy_without_toxics_passes_the_page_on(bench: Bench) -> None:
    assert fetch(bench.proxied()) < QUICK_S


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda toxic: toxic.kind)
def test_every_toxic_is_held_as_asked_and_gone_when_removed(bench: Bench, kind: Toxic, stream: str) -> None:
    toxic = type(kind)(**{**vars(kind), "stream": stream})
    port = bench.proxied()
    before = bench.server.state()
    bench.server.add_toxic("web", toxic)
    (held,) = bench.server.proxy("web").toxics
    assert (held.name, held.stream, dict(held.attributes)) == (toxic.name, stream, toxic.attributes)
    bench.server.remove_toxic("web", toxic)
    assert bench.server.state() == before
    assert fetch(port) < QUICK_S


def test_a_share_of_connections_comes_back_as_it_was_sent(bench: Bench) -> None:
    bench.proxied()
    for share in (0, 0.000001, 0.1, 0.123457, 0.3, 0.999999):
        toxic = Latency(5, toxicity=share)
        bench.server.add_toxic("web", toxic)
        assert bench.server.proxy("web").toxics[0].toxicity == share
        bench.server.remove_toxic("web", toxic)


def test_clear_takes_all_toxics_off_and_enables(bench: Bench) -> None:
    port = bench.proxied()
    before = bench.server.state()
    for toxic in ALL_KINDS:
        bench.server.add_toxic("web", toxic)
    bench.server.disable("web")
    assert len(bench.server.proxy("web").toxics) == len(ALL_KINDS)
    bench.server.clear("web")
    assert bench.server.state() == before
    assert fetch(port) < QUICK_S


@pytest.mark.slow
def test_latency_delays_every_answer_by_what_it_says(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", Latency(400))
    with connected(port) as connection:
        assert [0.4 <= get(connection) < 0.4 + QUICK_S for _ in range(2)] == [True, True]
    bench.server.remove_toxic("web", Latency(400))
    assert fetch(port) < QUICK_S


@pytest.mark.slow
def test_latency_both_ways_adds_up(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", Latency(200))
    bench.server.add_toxic("web", Latency(200, stream="upstream"))
    assert 0.4 <= fetch(port) < 0.4 + QUICK_S


@pytest.mark.slow
def test_a_timeout_of_zero_hangs_until_it_is_removed(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", Timeout(0))
    with pytest.raises(TimeoutError):
        fetch(port, patience_s=0.7)
    with connected(port) as connection:
        connection.request("GET", "/")
        bench.server.remove_toxic("web", Timeout(0))
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            connection.getresponse()
    assert fetch(port) < QUICK_S


@pytest.mark.slow
def test_a_timeout_ends_the_connection_when_it_is_over(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", Timeout(300))
    began_s = time.monotonic()
    with pytest.raises(http.client.RemoteDisconnected):
        fetch(port)
    assert 0.3 <= time.monotonic() - began_s < 0.3 + QUICK_S


def test_a_disabled_proxy_refuses_and_ends_what_was_open_until_it_is_enabled(bench: Bench) -> None:
    port = bench.proxied()
    with connected(port) as connection:
        get(connection)
        bench.server.disable("web")
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            get(connection)
    with pytest.raises(ConnectionRefusedError):
        fetch(port)
    bench.server.enable("web")
    assert fetch(port) < QUICK_S


def test_a_reset_is_a_reset_and_no_orderly_end(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", ResetPeer(0))
    with pytest.raises(ConnectionResetError) as raised:
        fetch(port)
    assert not isinstance(raised.value, http.client.RemoteDisconnected)


@pytest.mark.slow
def test_a_toxic_that_is_slow_to_remove_is_hung_at_the_deadline_and_not_later(bench: Bench) -> None:
    port = bench.proxied()
    toxic, hasty = ResetPeer(3000), ProxyServer("127.0.0.1", bench.api_port, deadline_s=0.5)
    for _ in range(10):  # nothing holds the removal up where the answer has not come to the toxic yet
        bench.server.add_toxic("web", toxic)
        with connected(port) as connection:
            connection.request("GET", "/")
            began_s = time.monotonic()
            try:
                hasty.remove_toxic("web", toxic)
            except ProxyHungError as hung:
                assert "DELETE /proxies/web/toxics/reset_peer_downstream" in str(hung)
                assert time.monotonic() - began_s < 1
                return
    pytest.fail("no removal was slow")


@pytest.mark.slow
def test_bandwidth_slows_the_page_to_its_rate(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", Bandwidth(20))
    assert 0.8 <= fetch(port) < 1.0 + 2 * QUICK_S


@pytest.mark.slow
def test_a_bandwidth_of_zero_holds_the_page_until_it_is_removed(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", Bandwidth(0))
    with pytest.raises(TimeoutError):
        fetch(port, patience_s=0.5)
    with connected(port) as connection:
        connection.request("GET", "/")
        bench.server.remove_toxic("web", Bandwidth(0))
        assert connection.getresponse().read() == PAGE


def test_a_limit_truncates_the_page(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", LimitData(5000))
    with connected(port) as connection:
        connection.request("GET", "/")
        with pytest.raises(http.client.IncompleteRead) as cut:
            connection.getresponse().read()
    assert 4000 < len(cut.value.partial) < 5000


@pytest.mark.slow
def test_a_slicer_makes_the_page_come_in_pieces(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", Slicer(1000, 0, 20_000))
    assert fetch(port) > 0.4


def test_a_toxicity_of_zero_spoils_nothing(bench: Bench) -> None:
    port = bench.proxied()
    bench.server.add_toxic("web", Timeout(0, toxicity=0))
    assert fetch(port) < QUICK_S


def test_any_address_is_read_back_as_asked(bench: Bench) -> None:
    created = bench.server.create("wide", "0.0.0.0:0", bench.upstream)
    assert created.listen == f"0.0.0.0:{created.port}"
    bench.server.disable("wide")
    bench.server.enable("wide")
    assert bench.server.proxy("wide") == created
    assert fetch(created.port) < QUICK_S


def test_a_port_that_is_taken_is_an_error_and_leaves_no_proxy(bench: Bench) -> None:
    port = bench.proxied()
    with pytest.raises(ProxyError, match=r"answered 500 .*address already in use"):
        bench.server.create("again", f"127.0.0.1:{port}", bench.upstream)
    assert [proxy.name for proxy in bench.server.state()] == ["web"]


def test_a_server_that_was_killed_is_an_error_that_says_what_to_do(bench: Bench) -> None:
    bench.proxied()
    bench.service.kill()
    for ask in (bench.server.version, bench.server.state, lambda: bench.server.add_toxic("web", Latency(5))):
        with pytest.raises(ProxyError, match=r"look whether it runs, and replace its container if not\.") as raised:
            ask()
        assert not isinstance(raised.value, ProxyHungError)


@pytest.mark.slow
def test_a_server_that_is_frozen_is_hung_at_the_deadline_and_works_when_thawed(bench: Bench) -> None:
    bench.proxied()
    hasty = ProxyServer("127.0.0.1", bench.api_port, deadline_s=0.5)
    bench.service.freeze()
    began_s = time.monotonic()
    with pytest.raises(ProxyHungError):
        hasty.add_toxic("web", Latency(5))
    assert time.monotonic() - began_s < 1
    bench.service.thaw()
    bench.server.wait_until_ready(time.monotonic() + PATIENCE_S)
    # What it was asked while it was frozen it may do once it is thawed.
    bench.server.add_toxic("web", Latency(5, stream="upstream"))

"""A link is spoilt and mended on all its ways or on none: against a fake that errs, and against a real Toxiproxy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drills.bench.proxy import Link, ProxyServer
from drills.bench.proxy_api import ProxyError, ProxyHungError
from drills.bench.toxics import Latency, ResetPeer, Timeout
from tests.harness.proxied import QUICK_S, Bench, bench_in, connected, fetch
from tests.harness.toxiproxy import HELD, FakeToxiproxy, alters, bend_attributes, on, says, server_of, standing_fake


@pytest.fixture
def fake() -> Iterator[FakeToxiproxy]:
    with standing_fake() as fake:
        yield fake


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path) as bench:
        yield bench


LINK_WRITES: dict[str, Callable[[Link], None]] = {
    "add": lambda link: link.add(Timeout(0)),
    "remove": lambda link: link.remove(HELD),
    "disable": lambda link: link.disable(),
}


@pytest.mark.parametrize("write", LINK_WRITES.values(), ids=LINK_WRITES)
def test_a_link_is_written_on_all_its_proxies_and_no_other(fake: FakeToxiproxy, write: Callable[[Link], None]) -> None:
    server = server_of(fake)
    before = server.state()
    write(Link(server, ("a", "b")))
    changed = [now.name for then, now in zip(before, server.state(), strict=True) if then != now]
    assert changed == ["a", "b"]
    Link(server, ("a", "b")).clear()
    assert [proxy for proxy in server.state() if proxy.toxics] == []


@pytest.mark.parametrize("write", LINK_WRITES.values(), ids=LINK_WRITES)
@pytest.mark.parametrize("status", [500, 200])
def test_where_the_second_proxy_fails_the_first_is_put_back(
    fake: FakeToxiproxy, write: Callable[[Link], None], status: int
) -> None:
    server = server_of(fake)
    before = server.state()
    fake.lie = on("b", says(status))
    with pytest.raises(ProxyError):
        write(Link(server, ("a", "b")))
    assert server.state() == before


def test_what_the_second_proxy_holds_instead_is_taken_off_again(fake: FakeToxiproxy) -> None:
    server = server_of(fake)
    before = server.state()

    def bends_what_is_added(fake: FakeToxiproxy, handler: object, write: tuple[str, str, dict[str, object]]) -> None:
        if write[0] == "POST":
            write[2]["toxicity"] = 0.5
        on("nobody", says(500))(fake, handler, write)  # type: ignore[arg-type]

    fake.lie = on("b", bends_what_is_added)
    with pytest.raises(ProxyError, match=r"toxicity=0\.5"):
        Link(server, ("a", "b")).add(Timeout(0))
    assert server.state() == before


def test_what_cannot_be_put_back_is_told_with_the_first_error(fake: FakeToxiproxy) -> None:
    fake.lie = alters(bend_attributes)
    with pytest.raises(ProxyError) as raised:
        Link(server_of(fake), ("a", "b")).add(Timeout(0))
    assert any("does not hold" in note for note in raised.value.__notes__)


def test_a_link_is_cleared_as_far_as_it_can_be(fake: FakeToxiproxy) -> None:
    fake.lie = on("a", says(503))
    with pytest.raises(ProxyError, match="answered 503"):
        Link(server_of(fake), ("a", "b")).clear()
    assert [proxy.name for proxy in server_of(fake).state() if proxy.toxics] == ["a"]


@pytest.mark.slow
def test_a_link_is_slow_on_every_way_and_quick_again(bench: Bench) -> None:
    ports = [bench.proxied("service"), bench.proxied("checks")]
    other = bench.proxied("other")
    link = Link(bench.server, ("service", "checks"))
    link.add(Latency(700))
    assert [fetch(port) >= 0.7 for port in (*ports, other)] == [True, True, False]
    link.remove(Latency(700))
    assert max(fetch(port) for port in ports) < QUICK_S


def test_a_link_refuses_on_every_way_and_answers_again(bench: Bench) -> None:
    ports = [bench.proxied("service"), bench.proxied("checks")]
    link = Link(bench.server, ("service", "checks"))
    before = bench.server.state()
    link.disable()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            fetch(port)
    link.enable()
    assert bench.server.state() == before
    assert max(fetch(port) for port in ports) < QUICK_S


def test_a_toxic_that_one_way_cannot_take_is_on_none(bench: Bench) -> None:
    ports = [bench.proxied("service"), bench.proxied("checks")]
    bench.server.add_toxic("checks", Latency(5))
    before = bench.server.state()
    with pytest.raises(ProxyError, match="holds a toxic 'latency_downstream' already"):
        Link(bench.server, ("service", "checks")).add(Latency(2000))
    assert bench.server.state() == before
    assert max(fetch(port) for port in ports) < QUICK_S


@pytest.mark.slow
def test_where_one_way_hangs_the_other_is_put_back_all_the_same(bench: Bench) -> None:
    hasty, toxic = ProxyServer("127.0.0.1", bench.api_port, deadline_s=0.5), ResetPeer(3000)
    ports = {name: bench.proxied(name) for name in ("free", "stuck")}
    link = Link(hasty, ("free", "stuck"))
    link.add(toxic)
    before = bench.server.proxy("free")
    with connected(ports["stuck"]) as connection:
        connection.request("GET", "/")
        with pytest.raises(ProxyHungError, match="DELETE /proxies/stuck") as raised:
            link.remove(toxic)
        assert len(raised.value.__notes__) == 1
        assert hasty.proxy("free") == before

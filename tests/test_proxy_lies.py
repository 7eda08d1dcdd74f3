"""A Toxiproxy that errs, lies, hangs or is gone never passes for one that did what it was asked to."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from drills.bench.process import ReservedPort
from drills.bench.proxy import Link, ProxyServer
from drills.bench.proxy_api import ProxyError, ProxyHungError
from drills.bench.toxics import Latency, SlowClose, Timeout
from tests.harness.toxiproxy import (
    HELD,
    FakeToxiproxy,
    Lie,
    alters,
    bend_attributes,
    drips,
    drips_its_head,
    fake_toxiproxy,
    hangs_up,
    says,
    server_of,
    silent,
    standing_fake,
)

DEADLINE_S = 0.4
# What a busy machine may add to a deadline.
SLACK_S = 1.0

WRITES: dict[str, Callable[[ProxyServer], object]] = {
    "create": lambda server: server.create("new", "127.0.0.1:9", "127.0.0.1:8"),
    "add_toxic": lambda server: server.add_toxic("a", Timeout(0)),
    "remove_toxic": lambda server: server.remove_toxic("a", HELD),
    "disable": lambda server: server.disable("a"),
    "enable": lambda server: server.enable("off"),
    "clear": lambda server: server.clear("a"),
}
NOOP: dict[str, object] = {"name": "x", "type": "noop", "stream": "upstream", "toxicity": 1, "attributes": {}}
each_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


@pytest.fixture
def fake() -> Iterator[FakeToxiproxy]:
    with standing_fake() as fake:
        yield fake


@pytest.fixture
def nowhere() -> Iterator[int]:
    """A port on which nobody listens."""
    port = ReservedPort()
    yield port.number
    port.release()


@each_write
def test_a_true_server_is_taken_at_its_word_once_it_was_read_back(
    fake: FakeToxiproxy, write: Callable[[ProxyServer], object]
) -> None:
    before = server_of(fake).state()
    write(server_of(fake))
    assert server_of(fake).state() != before


@each_write
@pytest.mark.parametrize("status", [500, 503, 302, 400, 404, 409])
def test_an_error_of_the_server_is_an_error(
    fake: FakeToxiproxy, write: Callable[[ProxyServer], object], status: int
) -> None:
    fake.lie = says(status)
    with pytest.raises(ProxyError, match="so it says"):
        write(server_of(fake))


@each_write
@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_that_did_nothing_is_an_error(
    fake: FakeToxiproxy, write: Callable[[ProxyServer], object], status: int
) -> None:
    fake.lie = says(status)
    with pytest.raises(ProxyError):
        write(server_of(fake))


@each_write
@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda proxy: proxy.update(upstream="127.0.0.1:7"), "upstream"),
        (lambda proxy: proxy.update(listen="127.0.0.1:7"), "listen"),
        (lambda proxy: proxy.update(enabled=not proxy["enabled"]), "enabled"),
        (lambda proxy: proxy["toxics"].append({**NOOP}), "toxics"),
    ],
    ids=["upstream", "listen", "enabled", "toxics"],
)
def test_a_change_that_nobody_asked_for_is_named(
    fake: FakeToxiproxy, write: Callable[[ProxyServer], object], change: Callable[[dict[str, object]], None], field: str
) -> None:
    fake.lie = alters(change)
    with pytest.raises(ProxyError, match=f"does not hold what it was asked to .*{field}: asked .*, is "):
        write(server_of(fake))


@pytest.mark.parametrize(
    "change",
    [
        bend_attributes,
        lambda proxy: [toxic.update(stream="upstream") for toxic in proxy["toxics"]],
        lambda proxy: [toxic.update(toxicity=0.5) for toxic in proxy["toxics"]],
        lambda proxy: [toxic.update(type="noop") for toxic in proxy["toxics"]],
        lambda proxy: [toxic["attributes"].update(more=1) for toxic in proxy["toxics"]],
        lambda proxy: [toxic["attributes"].clear() for toxic in proxy["toxics"]],
    ],
    ids=["values", "stream", "toxicity", "type", "one attribute more", "no attributes"],
)
def test_a_toxic_that_is_not_the_one_that_was_asked_for_is_an_error(
    fake: FakeToxiproxy, change: Callable[[dict[str, object]], None]
) -> None:
    fake.lie = alters(change)
    with pytest.raises(ProxyError, match=r"toxics: asked .*timeout_downstream.*, is .*"):
        server_of(fake).add_toxic("a", Timeout(0))


@each_write
@pytest.mark.parametrize("lie", [silent, drips, drips_its_head], ids=["silent", "drips", "drips its head"])
@pytest.mark.slow
def test_a_server_that_hangs_is_hung_at_the_deadline(
    fake: FakeToxiproxy, write: Callable[[ProxyServer], object], lie: Lie
) -> None:
    fake.lie = lie
    began_s = time.monotonic()
    with pytest.raises(ProxyHungError, match="replace its container"):
        write(server_of(fake, DEADLINE_S))
    assert DEADLINE_S * 0.9 <= time.monotonic() - began_s < DEADLINE_S + SLACK_S


@each_write
def test_a_connection_that_ends_without_an_answer_is_an_error_and_no_hang(
    fake: FakeToxiproxy, write: Callable[[ProxyServer], object]
) -> None:
    fake.lie = hangs_up
    with pytest.raises(ProxyError) as raised:
        write(server_of(fake))
    assert not isinstance(raised.value, ProxyHungError)


def test_what_is_no_toxiproxy_is_an_error(fake: FakeToxiproxy) -> None:
    fake.proxies["a"]["enabled"] = "yes"
    with pytest.raises(ProxyError, match="look what listens there"):
        server_of(fake).state()


def test_the_environments_proxy_is_not_asked(
    fake: FakeToxiproxy, nowhere: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{nowhere}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = server_of(fake)
    assert server.version() == "2.12.0"
    server.add_toxic("a", Timeout(0))
    server.remove_toxic("a", Timeout(0))


def test_two_servers_in_one_process_are_two() -> None:
    with fake_toxiproxy("1") as first, fake_toxiproxy("2") as second:
        one, two = server_of(first), server_of(second)
        seen: list[str] = []
        threads = [
            threading.Thread(target=lambda server=server: seen.extend(server.version() for _ in range(20)))
            for server in (one, two)
        ]
        for thread in threads:
            thread.start()
        one.create("a", "127.0.0.1:9", "127.0.0.1:8")
        for thread in threads:
            thread.join(20)
        assert sorted(seen) == ["1"] * 20 + ["2"] * 20
        assert [[proxy.name for proxy in server.state()] for server in (one, two)] == [["a"], []]


def test_a_server_that_never_comes_is_waited_for_until_the_deadline(nowhere: int) -> None:
    began_s = time.monotonic()
    with pytest.raises(ProxyError, match=r"was not ready in time; the last look: .*refused"):
        ProxyServer("127.0.0.1", nowhere).wait_until_ready(began_s + 0.3)
    assert time.monotonic() - began_s < 0.3 + SLACK_S


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda server: server.create("a", "127.0.0.1:9", "127.0.0.1:8"), "already: choose another name"),
        (lambda server: server.create("a/b", "127.0.0.1:9", "127.0.0.1:8"), "is no name for a proxy"),
        (lambda server: server.create("c", "127.0.0.1", "127.0.0.1:8"), "is no address"),
        (lambda server: server.create("c", "127.0.0.1:9", "upstream"), "is no address"),
        (lambda server: server.add_toxic("a", Latency(20)), "already: remove it before adding"),
        (lambda server: server.remove_toxic("a", SlowClose(5)), "to remove: see what took it off"),
        (lambda server: server.disable("nobody"), "state.. tells what there is"),
        (lambda server: Link(server, ()), "name one proxy or more, each once"),
        (lambda server: Link(server, ("a", "a")), "name one proxy or more, each once"),
        (lambda server: Link(server, ("a", "nobody")).disable(), r"\['nobody'\].*create.. them first"),
    ],
    ids=[
        "name taken",
        "name with a slash",
        "listen without port",
        "upstream without port",
        "toxic there already",
        "toxic not there",
        "no such proxy",
        "link of none",
        "link of one twice",
        "link of a stranger",
    ],
)
def test_a_request_that_makes_no_sense_is_refused_and_changes_nothing(
    fake: FakeToxiproxy, ask: Callable[[ProxyServer], object], sentence: str
) -> None:
    before = server_of(fake).state()
    with pytest.raises(ProxyError, match=sentence):
        ask(server_of(fake))
    assert server_of(fake).state() == before


def test_any_address_is_one_address_however_it_is_spelt(fake: FakeToxiproxy) -> None:
    seen = []
    for spelling in ("[::]:80", "0.0.0.0:80", ":80"):
        fake.proxies["a"]["listen"] = spelling
        seen.append(server_of(fake).state())
    assert seen[0] == seen[1] == seen[2]
    fake.proxies["a"]["listen"] = "127.0.0.1:80"
    assert server_of(fake).state() != seen[0]

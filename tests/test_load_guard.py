"""Where load may go and how much of it: every way of writing an address, and every number that is none."""

from pathlib import Path

import pytest

from checks.target import Target
from checks.target_file import parse_target, replace_addresses
from load.by_hand import NO_HOST, Asked, Refused, plan_by_hand, shown_host
from load.guard import RATE_CAP_LOOPBACK_PER_S, RATE_CAP_PER_S, Limits, LoadRefused, is_loopback
from load.smoke import PROFILE


def target(url: str, more: str = "") -> Target:
    return parse_target(f'name = "x"\n{more}\n[api]\nurl = "{url}"\n', source="x")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "http://127.1.2.3",
        "http://localhost:8000",
        "http://LOCALHOST",
        "http://[::1]:8000",
        "https://127.0.0.1",
    ],
)
def test_this_machine(url: str) -> None:
    assert is_loopback(url)
    assert Limits.of(target(url)).rate_max_per_s == RATE_CAP_LOOPBACK_PER_S


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost.evil.com",
        "http://127.0.0.1.evil.com",
        "http://evil.com/127.0.0.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://0177.0.0.1",
        "http://127.1",
        "http://0.0.0.0",
        "http://[::]",
        "http://[::ffff:10.0.0.1]",
        "http://10.0.0.1",
        "http://192.168.1.1:8000",
        "http://localhosts",
        "http://169.254.169.254",
    ],
)
def test_what_is_not_surely_this_machine_is_another(url: str) -> None:
    assert not is_loopback(url)
    with pytest.raises(LoadRefused, match=r"allow_load = true"):
        Limits.of(target(url))


@pytest.mark.parametrize("url", ["http://127.0.0.1@evil.com", "http://localhost:80@evil.com"])
def test_a_user_name_in_an_address_is_no_disguise(url: str) -> None:
    assert not is_loopback(url)
    with pytest.raises(Refused, match="no user name"):
        plan_by_hand(PROFILE, Asked(address=url))


def test_a_file_allows_its_own_host_and_no_other() -> None:
    named = target("https://finchat.example.com", "allow_load = true")
    assert Limits.of(named).rate_max_per_s == RATE_CAP_PER_S

    def at(address: str) -> Limits:
        return Limits.of(replace_addresses(named, api_url=address, webapp_url=None))

    assert at("https://finchat.example.com:8443").rate_max_per_s == RATE_CAP_PER_S
    with pytest.raises(LoadRefused, match=r"no load goes to other\.example\.com"):
        at("https://other.example.com")
    assert at("http://127.0.0.1:1").rate_max_per_s == RATE_CAP_LOOPBACK_PER_S


def test_the_file_may_raise_or_lower_the_cap() -> None:
    for cap in (5, 500):
        more = f"allow_load = true\nload_rate_max_per_s = {cap}"
        limits = Limits.of(target("https://finchat.example.com", more))
        limits.allow(cap, 10)
        with pytest.raises(LoadRefused, match=f"more than the {cap} allowed"):
            limits.allow(cap * 1.01, 10)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf"), -float("inf"), 100.001])
def test_a_rate_that_is_none(rate: float) -> None:
    with pytest.raises(LoadRefused):
        Limits(100.0).allow(rate, 10)


def test_no_cap_makes_an_infinite_rate_one() -> None:
    with pytest.raises(LoadRefused):
        Limits(float("inf")).allow(float("inf"), 10)


@pytest.mark.parametrize("lasts", [0.0, -1.0, float("nan"), float("inf"), 24 * 3600.1])
def test_a_length_that_is_none(lasts: float) -> None:
    with pytest.raises(LoadRefused, match="lasts more than 0"):
        Limits(100.0).allow(10, lasts)


def test_what_is_allowed() -> None:
    Limits(100.0).allow(100.0, 24 * 3600.0)
    Limits(100.0).allow(0.01, 0.1)


@pytest.mark.parametrize(
    ("options", "host", "says"),
    [
        ({"target": "nowhere.toml"}, None, "cannot be read"),
        ({"load_rate": "fast"}, None, "load_rate is a number, not 'fast'"),
        ({"load_rate": "nan"}, None, "more than 0"),
        ({"load_rate": "-5"}, None, "more than 0"),
        ({"load_rate": "1e308"}, None, "more than the 2000"),
        ({"load_lasts": "inf"}, None, "lasts more than 0"),
        ({}, "http://example.com", "no load goes to example.com"),
        ({}, "example.com", "not an http"),
        ({}, "http://localhost.evil.com", "no load goes to localhost.evil.com"),
    ],
)
def test_what_is_asked_for_by_hand_is_refused_in_one_line(
    options: dict[str, object], host: str | None, says: str
) -> None:
    with pytest.raises((Refused, ValueError), match=says) as refused:
        plan_by_hand(PROFILE, Asked.of(options, host))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("host", [None, NO_HOST, "", "http://127.0.0.1:8123"])
def test_what_is_asked_for_by_hand_is_planned(host: str | None) -> None:
    plan = plan_by_hand(PROFILE, Asked.of({"load_rate": 40.0, "load_lasts": "6"}, host))
    assert (plan.users, plan.lasts_s, plan.stages[0].rate_per_s) == (80, 6, 40)
    at = host if host and host != NO_HOST else "http://localhost:8000"
    assert all(one.url.startswith(at) for one in plan.endpoints)


def test_the_shown_host_is_the_address_of_whatever_target_is_typed(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text('name = "x"\n[api]\nurl = "http://localhost:8123/finchat"\nquery = "/query"\n')
    shown = "http://localhost:8000"
    typed = Asked.of({"target": str(file)}, shown, shown)
    plan = plan_by_hand(PROFILE, typed)
    assert plan.endpoints[0].url.startswith("http://localhost:8123/finchat/")
    assert shown_host(plan) == "http://localhost:8123"

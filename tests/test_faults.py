"""The faults of the first drills: what they do to a host, in which order, what proves them, and the way back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from checks.target import Api, Target
from drills.bench.interface import Ran
from drills.bench.proxy_api import ProxyError
from drills.bench.toxics import Timeout, Toxic
from drills.faults.edgar_timeout import EdgarTimeout
from drills.faults.fault import FaultError
from drills.faults.process_killed import ProcessKilled
from drills.faults.service_view import View, look

ID = "ab" * 32


@dataclass
class FakeHost:
    """A host with one container; it does what the fault's scripts ask of its engine and its kernel.

    `fails`: the scripts that hold this text fail. `view`: what a look from the container's network prints.
    """

    policy: str = "unless-stopped"
    running: bool = True
    processes: int = 2
    obeys: bool = True
    exit_code: int = 0
    fails: str = "\0"
    view: str = "0\n000 28\n"
    scripts: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    def operator(self, script: str, *, timeout_s: float) -> Ran:
        raise AssertionError("a fault is no step of the operator's")

    def root(self, script: str, *, timeout_s: float) -> Ran:
        assert 0 < timeout_s < 60
        self.scripts.append(script)
        if self.fails in script:
            return Ran(script, 1, "", "Error: No such object: finchat-api\n", 0.1)
        return Ran(script, 0, self._does(script), "", 0.1)

    def _does(self, script: str) -> str:
        if "nsenter" in script:
            return self.view
        if "RestartPolicy" in script:
            return f"{self.policy}\n"
        if "docker update" in script:
            self.order.append("policy")
            self.policy = script.split("--restart=")[1].split()[0]
        if "kill -KILL" in script:
            self.order.append("kill")
            if self.obeys:
                self.running, self.processes, self.exit_code = False, 0, 137
        if "docker start" in script:
            self.order.append("start")
            self.running, self.processes, self.exit_code = True, 2, 0
        if "grep -l" in script:
            return f"{self.processes}\n"
        status = "running" if self.running else "exited"
        return f"{str(self.running).lower()} {status} {self.exit_code} {ID}\n"


@dataclass
class FakeLink:
    """A link that remembers its toxics, and may refuse a write."""

    name: str
    refuses: bool = False
    toxics: list[Toxic] = field(default_factory=list)

    def add(self, toxic: Toxic) -> None:
        self._may_refuse()
        self.toxics.append(toxic)

    def clear(self) -> None:
        self._may_refuse()
        self.toxics.clear()

    def _may_refuse(self) -> None:
        if self.refuses:
            raise ProxyError(f"{self.name} answered 503")


@dataclass(frozen=True)
class FakeBench:
    """A bench with a host, and with links that can be looked at."""

    host: FakeHost = field(default_factory=FakeHost)
    deployment: str = "reference"
    links: Mapping[str, Any] = field(
        default_factory=lambda: {name: FakeLink(name) for name in ("edgar-data", "edgar-www", "openai", "api")}
    )

    @property
    def host_target(self) -> Target:
        return Target(name="fake", api=Api(url="http://localhost:8000"))

    def admin(self, stand_in: str) -> str:
        raise AssertionError(f"these faults leave the stand-in {stand_in} alone")

    def container(self, role: str) -> str:
        return f"finchat-{role}"

    def disturbed(self) -> dict[str, list[Toxic]]:
        return {name: link.toxics for name, link in self.links.items() if link.toxics}


@pytest.fixture
def bench() -> FakeBench:
    return FakeBench()


@pytest.mark.parametrize("policy", ["unless-stopped", "always", "no", "on-failure:5"])
def test_a_killed_process_stays_dead_and_comes_back_under_the_policy_that_it_had(bench: FakeBench, policy: str) -> None:
    bench.host.policy = policy
    fault = ProcessKilled("api")
    fault.inject(bench)
    assert (bench.host.order, bench.host.policy, bench.host.running) == (["policy", "kill"], "no", False)
    fault.cure(bench)
    assert (bench.host.policy, bench.host.running) == (policy, True)


def test_the_number_of_retries_is_part_of_the_policy(bench: FakeBench) -> None:
    ProcessKilled("api").inject(bench)
    asked = bench.host.scripts[0]
    assert "{{.Name}}{{if .MaximumRetryCount}}:{{.MaximumRetryCount}}{{end}}" in asked
    assert asked.count("{{") == asked.count("}}")


def test_a_process_may_be_killed_under_another_policy(bench: FakeBench) -> None:
    fault = ProcessKilled("webapp", restart="always")
    fault.inject(bench)
    assert bench.host.policy == "always"
    declared = {"container": "finchat-webapp", "signal": "SIGKILL", "restart policy": "always"}
    assert fault.declared == declared
    assert all("finchat-webapp" in script for script in bench.host.scripts)


def test_where_the_policy_cannot_be_set_nothing_is_killed(bench: FakeBench) -> None:
    bench.host.fails = "docker update"
    with pytest.raises(FaultError, match="No such object: finchat-api"):
        ProcessKilled("api").inject(bench)
    assert not any("kill -KILL" in script for script in bench.host.scripts)
    assert (bench.host.policy, bench.host.running) == ("unless-stopped", True)


WITNESSES: dict[str, tuple[Callable[[FakeHost], FakeHost], str | None]] = {
    "it runs": (lambda host: host, None),
    "it is dead": (
        lambda host: replace(host, running=False, processes=0, exit_code=137),
        "finchat-api exited, exit code 137, no process in its control group",
    ),
    "the engine says so, and a process is left": (lambda host: replace(host, running=False, processes=1), None),
    "no process is left, and the engine says that it runs": (lambda host: replace(host, processes=0), None),
}


@pytest.mark.parametrize("what", WITNESSES)
@pytest.mark.parametrize("injected", [True, False], ids=["after the injection", "without one"])
def test_what_is_witnessed_of_a_killed_process_when(what: str, injected: bool) -> None:
    change, evidence = WITNESSES[what]
    fault, host = ProcessKilled("api"), FakeHost(obeys=False)
    if injected:
        fault.inject(FakeBench(host))
    bench = FakeBench(change(host))
    assert fault.witness(bench) == evidence
    assert any(f"grep -l {ID} /proc/[0-9]*/cgroup" in script for script in bench.host.scripts)


def test_a_kill_that_does_not_work_is_not_witnessed(bench: FakeBench) -> None:
    bench.host.obeys = False
    fault = ProcessKilled("api")
    fault.inject(bench)
    assert fault.witness(bench) is None


def test_a_container_that_is_gone_is_an_error_and_no_witness(bench: FakeBench) -> None:
    bench.host.fails = "docker inspect"
    with pytest.raises(FaultError, match=r"failed on the host: Error: No such object: finchat-api$"):
        ProcessKilled("api").witness(bench)


def test_a_cure_without_an_injection_changes_nothing(bench: FakeBench) -> None:
    ProcessKilled("api").cure(bench)
    assert (bench.host.policy, bench.host.running, bench.host.order) == ("unless-stopped", True, ["start"])


def test_a_cure_after_half_an_injection_brings_the_policy_back(bench: FakeBench) -> None:
    fault = ProcessKilled("api")
    fault.inject(bench)
    bench.host.running = True  # as after a kill that found nothing
    fault.cure(bench)
    fault.cure(bench)
    assert (bench.host.policy, bench.host.running) == ("unless-stopped", True)


def test_an_edgar_timeout_holds_back_both_of_its_names_and_no_other(bench: FakeBench) -> None:
    fault = EdgarTimeout()
    fault.inject(bench)
    assert bench.disturbed() == {"edgar-data": [Timeout(0)], "edgar-www": [Timeout(0)]}
    assert fault.declared["links"] == "edgar-data, edgar-www"
    fault.cure(bench)
    assert bench.disturbed() == {}


@pytest.mark.parametrize("stuck", ["edgar-data", "edgar-www"])
def test_where_one_name_cannot_be_cured_the_other_is(bench: FakeBench, stuck: str) -> None:
    fault = EdgarTimeout()
    fault.inject(bench)
    bench.links[stuck].refuses = True
    with pytest.raises(ProxyError, match=f"{stuck} answered 503"):
        fault.cure(bench)
    assert list(bench.disturbed()) == [stuck]


def test_a_cure_of_an_edgar_timeout_that_never_was_is_harmless(bench: FakeBench) -> None:
    EdgarTimeout().cure(bench)
    assert bench.disturbed() == {}


SEEN = {
    "it connects and nothing comes": ("0\n000 28\n", True),
    "it answers": ("0\n200 0\n", False),
    "it answers with an error": ("0\n503 0\n", False),
    "it does not connect": ("124\n000 28\n", False),
    "it refuses": ("1\n000 7\n", False),
    "it hangs up": ("0\n000 52\n", False),
    "its answer stalls": ("0\n200 28\n", False),
}


@pytest.mark.parametrize("what", SEEN)
def test_an_edgar_timeout_is_witnessed_only_when(what: str, bench: FakeBench) -> None:
    bench.host.view, witnessed = SEEN[what]
    evidence = "from the API's network: connected to data.sec.gov and to www.sec.gov, then no answer within 3 s"
    assert EdgarTimeout().witness(bench) == (evidence if witnessed else None)


VIEWS = {"0\n200 0\n": View(True, 0, 200), "0\n000 28\n": View(True, 28, 0), "124\n000 28\n": View(False, 28, 0)}


@pytest.mark.parametrize("printed", VIEWS)
def test_a_view_is_what_the_hosts_tools_saw(printed: str, bench: FakeBench) -> None:
    bench.host.view = printed
    assert look(bench, "api", "https://www.sec.gov/files/x.json") == VIEWS[printed]
    (script,) = bench.host.scripts
    assert "docker inspect --format '{{.State.Pid}}' finchat-api" in script
    assert "/dev/tcp/www.sec.gov/443" in script
    assert "https://www.sec.gov/files/x.json" in script


@pytest.mark.parametrize("printed", ["", "0\n", "0\n200\n", "0\nhello 0\n", "0\n-1 28\n", "0\n200 0 0\n"])
def test_a_look_that_saw_something_else_is_an_error(printed: str, bench: FakeBench) -> None:
    bench.host.view = printed
    with pytest.raises(FaultError, match=r"^https://x/ cannot be asked from finchat-webapp's network: no answer$"):
        look(bench, "webapp", "https://x/")


def test_a_look_from_a_container_that_does_not_run_says_why(bench: FakeBench) -> None:
    bench.host.view, bench.host.fails = "", "nsenter"
    with pytest.raises(FaultError, match="No such object: finchat-api"):
        look(bench, "api", "https://x/")

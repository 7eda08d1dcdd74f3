"""The faults of a service's processes: killed and started again, hung, answering errors, without CPU."""

import re
from pathlib import Path

import pytest

from drills.faults.cpu_starved import HOGS, CPUStarved
from drills.faults.error_answers import ANSWER, ErrorAnswers
from drills.faults.fault import FaultError
from drills.faults.process_hung import ProcessHung
from drills.faults.process_restarted import ProcessRestarted
from drills.faults.published import port_inside, published_url
from tests.fault_fakes import FaultBench, ShellHost

ID = "ab" * 32


@pytest.fixture
def bench(tmp_path: Path) -> FaultBench:
    return FaultBench(ShellHost(tmp_path))


def engine(bench: FaultBench, **said: str) -> None:
    """The engine on the host: what it says to a command that holds a word; `echo 77` (a process) to all else."""
    cases = "".join(f'*{word.replace("_", " ")}*) echo "{text}";; ' for word, text in said.items())
    bench.host.stub("docker", f'case "$*" in {cases}update*|restart*|start*) ;; *.Id*) echo {ID};; *) echo 77;; esac')


def process(bench: FaultBench, number: int, state: str, parent: int, container: str = ID) -> None:
    bench.host.put(f"/proc/{number}/cgroup", f"4:memory:/box/{container}\n")
    bench.host.put(f"/proc/{number}/status", f"Name:\tx y\nState:\t{state} (x)\nPid:\t{number}\nPPid:\t{parent}\n")


def curl(bench: FaultBench, printed: str, exit_code: int = 0) -> None:
    bench.host.stub("curl", f'echo "{printed}"; exit {exit_code}')


RESTARTED = {"it ended and was restarted": ("1", "137", True), "it never ended": ("0", "", False)}
RESTARTED |= {"it ended by itself": ("1", "0", False), "nobody restarted it": ("0", "137", False)}


@pytest.mark.parametrize("what", RESTARTED)
def test_a_restart_is_witnessed_by_the_engine_only_where(what: str, bench: FaultBench) -> None:
    count, exit_code, witnessed = RESTARTED[what]
    engine(bench, RestartPolicy="no", RestartCount=count, events=exit_code)
    fault = ProcessRestarted("api")
    fault.inject(bench)
    assert (fault.witness(bench) is not None) is witnessed
    assert bench.host.calls("kill") == ["-KILL 77"]
    updates = [call for call in bench.host.calls("docker") if call.startswith("update")]
    assert updates == ["update --restart=unless-stopped finchat-api"]


@pytest.mark.parametrize(("count", "restarts"), [("0", 0), ("1", 1)])
def test_a_count_of_restarts_begins_anew_with_a_restart_by_hand(bench: FaultBench, count: str, restarts: int) -> None:
    engine(bench, RestartCount=count)
    ProcessRestarted("webapp").cure(bench)
    calls = bench.host.calls("docker")
    assert [call for call in calls if call.startswith("restart")] == ["restart --time 5 finchat-webapp"] * restarts
    assert not any(call.startswith("update") for call in calls)


def test_a_restart_that_nobody_injected_is_no_witness(bench: FaultBench) -> None:
    engine(bench, RestartCount="1", events="137")
    assert ProcessRestarted("api").witness(bench) is None


HUNG = {
    "all are stopped and nothing answers": (("T", "T"), "0.001 000", 28, True),
    "one runs": (("T", "S"), "0.001 000", 28, False),
    "it answers": (("T", "T"), "0.001 200", 0, False),
    "it does not accept": (("T", "T"), "0 000", 28, False),
    "it hangs up": (("T", "T"), "0.001 000", 52, False),
}


@pytest.mark.parametrize("what", HUNG)
def test_a_hang_is_witnessed_by_kernel_and_request_only_where(what: str, bench: FaultBench) -> None:
    (first, child), printed, exit_code, witnessed = HUNG[what]
    engine(bench)
    process(bench, 77, first, 50)
    process(bench, 78, child, 77)
    process(bench, 99, "S", 50)  # a health check that the engine executes
    process(bench, 100, "S", 1, "another")
    curl(bench, printed, exit_code)
    said = "finchat-api: 2 processes stopped; connected, and no answer within 2 s"
    assert ProcessHung("api").witness(bench) == (said if witnessed else None)


def test_a_container_that_does_not_run_does_not_hang(bench: FaultBench) -> None:
    bench.host.stub("docker", "echo 0")
    assert ProcessHung("api").witness(bench) is None
    ProcessHung("api").cure(bench)


def test_every_process_of_the_container_is_stopped_and_set_going_again(bench: FaultBench) -> None:
    engine(bench)
    for number in (77, 78):
        process(bench, number, "S", 50)
    process(bench, 100, "S", 1, "another")
    ProcessHung("api").inject(bench)
    ProcessHung("api").cure(bench)
    assert bench.host.calls("kill") == ["-STOP 77 78", "-CONT 77 78"]


ERRORS = {"500\n500": True, "500\n200": False, "503\n503": False, "000\n000": False}


@pytest.mark.parametrize("statuses", ERRORS)
def test_errors_are_witnessed_by_what_the_host_is_answered(statuses: str, bench: FaultBench) -> None:
    first, second = statuses.split()
    bench.host.stub("curl", f'case "$*" in *health) echo {first};; *) echo {second};; esac')
    said = "on the host, http://localhost:8000/health and http://localhost:8000/ready are answered with 500"
    assert ErrorAnswers("api", 500).witness(bench) == (said if ERRORS[statuses] else None)


def test_errors_are_answered_in_the_containers_own_network_and_taken_back(bench: FaultBench) -> None:
    engine(bench, port="9000/tcp -> 127.0.0.1:8000")
    bench.host.stub("nsenter", f'[[ "$*" != *" -D "* || ! -e {bench.host.root_directory}/gone ]] || exit 1\n'
                    f'[[ "$*" != *" -D "* ]] || touch {bench.host.root_directory}/gone')  # fmt: skip
    bench.host.stub("pkill", "true")
    fault = ErrorAnswers("api", 503)
    fault.inject(bench)
    assert fault.declared == {"service": "api", "port": "9000", "every answer": "503"}
    fault.cure(bench)
    rules = [call for call in bench.host.calls("nsenter") if "iptables" in call]
    rule = "PREROUTING -p tcp --dport 9000 -j REDIRECT --to-ports 18999"
    begin = "--target 77 --net iptables -w 5 -t nat"
    assert rules == [f"{begin} {act} {rule}" for act in ("-I", "-D", "-D")]
    assert bench.host.calls("pkill") == ["-KILL --full ^finchat-error-answers "]


def test_what_answers_errors_is_python_that_runs() -> None:
    compile(ANSWER, "answer", "exec")


def test_a_port_that_is_not_published_is_an_error(bench: FaultBench) -> None:
    engine(bench, port="8000/tcp -> 0.0.0.0:80")
    with pytest.raises(FaultError, match="finchat-api publishes no port as 8000"):
        port_inside(bench, "api")
    with pytest.raises(FaultError, match="The target fake has no webapp"):
        published_url(bench, "webapp")


CPU = {
    "version 1": ("3:cpu,cpuacct:/box/api\n", "cpu/box/api", "cpu.cfs_quota_us", "50000", "-1"),
    "version 1, split": ("2:cpuacct:/box/api\n1:cpu:/box/api\n", "cpu/box/api", "cpu.cfs_quota_us", "50000", "-1"),
    "version 2": ("0::/box/api\n", "box/api", "cpu.max", "50000 100000", "max 100000"),
}


def cpu(bench: FaultBench, version: str, *, limited: bool = True) -> Path:
    line, directory, file, quota, unlimited = CPU[version]
    bench.host.put("/proc/77/cgroup", line)
    bench.host.put(f"/sys/fs/cgroup/{directory}/{file}", f"{quota if limited else unlimited}\n")
    bench.host.put("/sys/fs/cgroup/cpuacct/box/api/cgroup.procs", "")
    return bench.host.put(f"/sys/fs/cgroup/{directory}/cgroup.procs", "")


@pytest.mark.parametrize("version", CPU)
def test_cpu_is_taken_in_the_containers_own_group(bench: FaultBench, version: str) -> None:
    processes = cpu(bench, version)
    bench.host.stub("nsenter", "true")
    CPUStarved().inject(bench)
    for _ in range(500):
        if len(bench.host.calls("nsenter")) == HOGS:
            break
        bench.host.root("sleep 0.01", timeout_s=1)
    assert processes.read_text().strip().isdecimal()
    assert all(
        re.match("--target 77 --pid bash -c exec -a finchat-cpu-hog", one) for one in bench.host.calls("nsenter")
    )
    assert len(bench.host.calls("nsenter")) == HOGS


@pytest.mark.parametrize("version", CPU)
def test_a_container_without_a_cpu_limit_is_left_alone(bench: FaultBench, version: str) -> None:
    cpu(bench, version, limited=False)
    with pytest.raises(FaultError, match="finchat-api has no CPU limit"):
        CPUStarved().inject(bench)


@pytest.mark.parametrize(("throttled", "said"), [(10, "was held back in 10 of 10 periods"), (4, None), (0, None)])
def test_starving_is_witnessed_by_the_kernels_scheduler(bench: FaultBench, throttled: int, said: str | None) -> None:
    stat = cpu(bench, "version 1").with_name("cpu.stat")
    stat.write_text("nr_periods 5\nnr_throttled 1\nthrottled_time 9\n")
    later = f"nr_periods 15\\nnr_throttled {1 + throttled}\\nthrottled_time 99\\n"
    bench.host.stub("sleep", f"printf '{later}' >{stat}")
    evidence = CPUStarved().witness(bench)
    assert (evidence is None) if said is None else (said in str(evidence))


def test_without_a_period_nothing_starves(bench: FaultBench) -> None:
    cpu(bench, "version 1").with_name("cpu.stat").write_text("nr_periods 5\nnr_throttled 5\n")
    bench.host.stub("sleep", "true")
    assert CPUStarved().witness(bench) is None


def test_busy_loops_are_ended(bench: FaultBench) -> None:
    bench.host.stub("pgrep", f"[ ! -e {bench.host.root_directory}/dead ]")
    bench.host.stub("pkill", f"touch {bench.host.root_directory}/dead")
    CPUStarved().cure(bench)
    assert bench.host.calls("pkill") == ["-KILL --full ^finchat-cpu-hog "]

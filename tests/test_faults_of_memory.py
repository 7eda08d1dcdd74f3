"""The faults that end with the kernel's killer or near it, and the files that no memory is freed by deleting."""

from pathlib import Path

import pytest

from drills.bench.host import HOME
from drills.faults.cache_corrupt import CACHE
from drills.faults.fault import FaultError
from drills.faults.host_memory import GROW, HostMemoryUsedUp
from drills.faults.memory_limit_tight import MemoryLimitTight
from drills.faults.out_of_memory import OutOfMemory
from drills.faults.restart_policy import ON
from drills.faults.scratch_files import ScratchFiles
from tests.fault_fakes import FaultBench, ShellHost

MIB = 1 << 20


@pytest.fixture
def bench(tmp_path: Path) -> FaultBench:
    return FaultBench(ShellHost(tmp_path))


def engine(bench: FaultBench, state: str = "running 0", killed: str = "false", restarts: int = 0) -> None:
    bench.host.stub(
        "docker",
        f'case "$*" in update*|start*|restart*) ;; events*) echo oom;; *RestartPolicy*) echo on-failure:5;; '
        f'*OOMKilled*) echo {killed};; *RestartCount*) echo {restarts};; *Status*) echo "{state}";; *) echo 77;; esac',
    )


def memory(bench: FaultBench, used_mib: int, limit: str) -> None:
    """The kernel's account, of every container and of the host."""
    bench.host.put("/proc/77/cgroup", "4:memory:/box\n")
    bench.host.put("/proc/1/cgroup", "4:memory:/box\n")
    bench.host.put("/sys/fs/cgroup/memory/box/memory.usage_in_bytes", f"{used_mib * MIB}\n")
    bench.host.put("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", f"{limit}\n")
    bench.host.put("/sys/fs/cgroup/memory/box/cgroup.procs", "")


def changes(bench: FaultBench) -> list[str]:
    return [call for call in bench.host.calls("docker") if call.split()[0] in ("update", "start", "restart")]


KILLED = {
    "killed, and not restarted": ("no", "exited 137", "true", 0, True),
    "killed beside the server": ("no", "running 0", "true", 0, False),
    "ended for another reason": ("no", "exited 137", "false", 0, False),
    "killed and restarted": (ON, "running 0", "true", 1, True),
    "restarted for another reason": (ON, "running 0", "false", 1, False),
    "killed beside the server, which goes on": (ON, "running 0", "true", 0, False),
}


@pytest.mark.parametrize("what", KILLED)
def test_a_kill_for_memory_is_witnessed_by_the_engine_only_where_it_was(what: str, bench: FaultBench) -> None:
    policy, state, killed, restarts, witnessed = KILLED[what]
    memory(bench, 62, str(1024 * MIB))
    engine(bench, state, killed, restarts)
    bench.host.stub("nsenter", "true")
    fault = OutOfMemory(policy)
    fault.inject(bench)
    assert (fault.witness(bench) is not None) is witnessed
    assert changes(bench) == [f"update --restart={policy} finchat-api"]


def test_the_server_is_the_first_to_go(bench: FaultBench) -> None:
    memory(bench, 62, str(1024 * MIB))
    bench.host.put("/proc/77/cgroup", "4:memory:/box/77\n")
    bench.host.put("/sys/fs/cgroup/memory/box/77/memory.usage_in_bytes", f"{62 * MIB}\n")
    bench.host.put("/sys/fs/cgroup/memory/box/77/memory.limit_in_bytes", f"{1024 * MIB}\n")
    bench.host.put("/sys/fs/cgroup/memory/box/77/cgroup.procs", "")
    bench.host.put("/proc/77/oom_score_adj", "0\n")
    bench.host.put("/proc/99/cgroup", "4:memory:/box/another\n")
    engine(bench)
    bench.host.stub("nsenter", "true")
    OutOfMemory().inject(bench)
    assert (bench.host.root_directory / "proc/77/oom_score_adj").read_text() == "1000\n"
    assert not (bench.host.root_directory / "proc/99/oom_score_adj").exists()


def test_a_cure_takes_the_engines_mark_away_and_gives_the_policy_back(bench: FaultBench) -> None:
    memory(bench, 62, str(1024 * MIB))
    engine(bench, killed="true")
    bench.host.stub("nsenter", "true")
    bench.host.stub("pgrep", "exit 1")
    fault = OutOfMemory()
    fault.inject(bench)
    fault.cure(bench)
    assert changes(bench)[1:] == [
        "update --restart=on-failure:5 finchat-api",
        "start finchat-api",
        "restart --time 5 finchat-api",
    ]


@pytest.mark.parametrize("fault", [OutOfMemory, HostMemoryUsedUp])
def test_a_cure_where_nothing_was_injected_restarts_nothing(
    bench: FaultBench, fault: type[OutOfMemory | HostMemoryUsedUp]
) -> None:
    engine(bench)
    bench.host.stub("pgrep", "exit 1")
    fault().cure(bench)
    assert changes(bench) == ["start finchat-api"]


@pytest.mark.parametrize(
    ("fault", "said"), [(OutOfMemory, "no memory limit"), (MemoryLimitTight, "not limited"), (HostMemoryUsedUp, "host")]
)
def test_without_a_limit_nothing_is_used_up(
    bench: FaultBench, fault: type[OutOfMemory | MemoryLimitTight | HostMemoryUsedUp], said: str
) -> None:
    memory(bench, 62, "9223372036854771712")
    engine(bench)
    with pytest.raises(FaultError, match=said):
        fault().inject(bench)
    assert changes(bench) == []


def test_a_limit_becomes_tight_and_is_given_back(bench: FaultBench) -> None:
    memory(bench, 62, str(1024 * MIB))
    engine(bench)
    bench.host.stub("nsenter", "true")
    bench.host.stub("pgrep", "exit 1")
    fault = MemoryLimitTight()
    fault.inject(bench)
    assert fault.declared["limit"] == "512 MiB in place of 1024"
    fault.cure(bench)
    sizes = [512 * MIB, 1024 * MIB]
    assert changes(bench) == [f"update --memory {size} --memory-swap {size} finchat-api" for size in sizes]
    MemoryLimitTight().cure(bench)
    assert len(changes(bench)) == len(sizes)


HOST = {
    "full, and the server killed": (3000, "exited 137", True),
    "full": (3000, "running 0", False),
    "the server killed": (900, "exited 137", False),
}


@pytest.mark.parametrize("what", HOST)
def test_a_host_without_memory_is_witnessed_by_kernel_and_engine(what: str, bench: FaultBench) -> None:
    used, state, witnessed = HOST[what]
    memory(bench, used, str(3072 * MIB))
    engine(bench, state)
    assert (HostMemoryUsedUp().witness(bench) is not None) is witnessed


def test_what_takes_the_hosts_memory_is_python_that_runs() -> None:
    compile(GROW, "grow", "exec")


@pytest.mark.parametrize(("pattern", "name"), [("*.tmp", "drill-1.joblib.tmp"), ("temp*", "temp-drill-1")])
def test_scratch_files_fill_the_disk_and_are_deleted(bench: FaultBench, pattern: str, name: str) -> None:
    bench.host.stub("df", f"echo Used Avail; echo {12 * MIB} {500 * MIB}")
    bench.host.stub("fallocate", 'touch "$3"')
    bench.host.stub("chown", "true")
    kept = bench.host.put(f"{CACHE}/index.joblib", "x")
    fault = ScratchFiles(pattern)
    fault.inject(bench)
    lengths = [int(call.split()[1]) for call in bench.host.calls("fallocate")]
    assert sum(lengths) == pytest.approx(512 * MIB * 0.92 - 12 * MIB, abs=8)
    assert (bench.host.root_directory / f"{CACHE.lstrip('/')}/{name}").exists()
    bench.host.stub("df", f"echo Used Avail; echo {471 * MIB} {41 * MIB}")
    assert fault.witness(bench) == f"4 files {pattern} in {CACHE}, and its file system is 92 % full"
    fault.cure(bench)
    fault.cure(bench)
    assert fault.witness(bench) is None
    assert [path.name for path in kept.parent.iterdir()] == ["index.joblib"]


def test_a_disk_that_is_full_of_others_takes_no_scratch_files(bench: FaultBench) -> None:
    bench.host.stub("df", f"echo Used Avail; echo {500 * MIB} {12 * MIB}")
    with pytest.raises(FaultError, match="98 % full without any such files"):
        ScratchFiles("temp*").inject(bench)
    assert CACHE.startswith(HOME)
    with pytest.raises(FaultError, match="No step deletes"):
        ScratchFiles("*.log")

"""The faults on the host itself: its disk, its memory, its cache, its network."""

import pickle
import sys
from pathlib import Path

import pytest

from drills.faults.cache_corrupt import CACHE, CACHE_KEPT, GARBAGE, CacheCorrupt
from drills.faults.disk_full import FILLER, DiskFull
from drills.faults.fault import FaultError
from drills.faults.high_memory import HighMemory
from drills.faults.memory import HOLD
from drills.faults.network_cut import NAMES, NetworkCut
from tests.fault_fakes import FaultBench, ShellHost

MIB = 1 << 20


@pytest.fixture
def bench(tmp_path: Path) -> FaultBench:
    return FaultBench(ShellHost(tmp_path))


def disk(bench: FaultBench, used_mib: int, free_mib: int) -> None:
    bench.host.stub("df", f"echo Used Avail; echo {used_mib * MIB} {free_mib * MIB}")


@pytest.mark.parametrize(("percent", "mib"), [(97.0, 387), (100.0, 400)])
def test_a_disk_is_filled_up_to_the_percent_asked(bench: FaultBench, percent: float, mib: int) -> None:
    disk(bench, 112, 400)
    bench.host.stub("fallocate", "true")
    DiskFull(percent).inject(bench)
    (call,) = bench.host.calls("fallocate")
    _, length, path = call.split()
    assert abs(int(length) - (mib - 3 * (percent < 100)) * MIB) < 2 * MIB
    assert path == f"{bench.host.root_directory}{FILLER}"


def test_a_disk_that_is_full_already_is_left_alone(bench: FaultBench) -> None:
    disk(bench, 512, 0)
    DiskFull().inject(bench)
    assert bench.host.calls("fallocate") == []


@pytest.mark.parametrize("percent", [0, 50, 95, 101])
def test_a_disk_that_is_not_full_is_no_fault(percent: float) -> None:
    with pytest.raises(FaultError, match=rf"^A disk that is {percent} % full is not full: give more than 95"):
        DiskFull(percent)


@pytest.mark.parametrize(("used", "said"), [(480, None), (487, "95 % full: 487 of 512 MiB"), (512, "100 % full")])
def test_a_full_disk_is_witnessed_by_what_the_kernel_says(bench: FaultBench, used: int, said: str | None) -> None:
    disk(bench, used, 512 - used)
    evidence = DiskFull().witness(bench)
    assert (evidence is None) if said is None else (said in str(evidence))


def test_a_disk_is_freed_by_its_cure_and_by_a_second_one(bench: FaultBench) -> None:
    filler = bench.host.put(FILLER, "x")
    for _ in range(2):
        DiskFull().cure(bench)
    assert not filler.exists()


GROUPS = {
    "version 1": ("4:memory:/box/api\n0::/other\n", "memory/box/api", "memory.usage_in_bytes", "memory.limit_in_bytes"),
    "version 2": ("0::/box/api\n", "box/api", "memory.current", "memory.max"),
}


def memory(bench: FaultBench, version: str, used_mib: int, limit: str) -> Path:
    """The kernel's account of the container's memory; gives where processes join the group."""
    line, directory, usage, most = GROUPS[version]
    bench.host.put("/proc/77/cgroup", line)
    bench.host.put(f"/sys/fs/cgroup/{directory}/{usage}", f"{used_mib * MIB}\n")
    bench.host.put(f"/sys/fs/cgroup/{directory}/{most}", f"{limit}\n")
    return bench.host.put(f"/sys/fs/cgroup/{directory}/cgroup.procs", "")


@pytest.mark.parametrize("version", GROUPS)
def test_memory_is_taken_in_the_containers_own_group(bench: FaultBench, version: str) -> None:
    processes = memory(bench, version, 62, str(1024 * MIB))
    bench.host.stub("nsenter", f'echo "${{@: -1}}" >{bench.host.root_directory}/started')
    HighMemory().inject(bench)
    started = bench.host.root_directory / "started"
    for _ in range(1000):
        if started.exists() and started.read_text():
            break
        bench.host.root("sleep 0.01", timeout_s=1)
    assert processes.read_text().strip().isdecimal()
    assert bench.host.calls("nsenter")[0].startswith("--target 77 --pid bash -c exec -a finchat-memory-leak python3")
    assert int(started.read_text().split()[-1]) == int(1024 * MIB * 0.92) - 62 * MIB


def test_what_holds_memory_is_python_that_runs() -> None:
    compile(HOLD, "hold", "exec")


@pytest.mark.parametrize("version", GROUPS)
@pytest.mark.parametrize(("used", "witnessed"), [(62, False), (870, False), (942, True)])
def test_high_memory_is_witnessed_by_the_kernels_count(
    bench: FaultBench, version: str, used: int, witnessed: bool
) -> None:
    memory(bench, version, used, str(1024 * MIB))
    evidence = f"finchat-api uses {used} of 1024 MiB (92%)"
    assert HighMemory().witness(bench) == (evidence if witnessed else None)


@pytest.mark.parametrize(("version", "limit"), [("version 1", "9223372036854771712"), ("version 2", "max")])
def test_a_container_without_a_limit_cannot_come_near_it(bench: FaultBench, version: str, limit: str) -> None:
    memory(bench, version, 62, limit)
    assert HighMemory().witness(bench) is None
    with pytest.raises(FaultError, match=r"^finchat-api has no memory limit"):
        HighMemory().inject(bench)


def test_a_container_that_does_not_run_has_no_memory_to_take(bench: FaultBench) -> None:
    bench.host.stub("docker", "echo 0")
    for act in (HighMemory().inject, HighMemory().witness):
        with pytest.raises(FaultError, match=r"failed on the host: finchat-api does not run$"):
            act(bench)


def test_memory_is_given_back_and_a_process_that_does_not_die_is_an_error(bench: FaultBench) -> None:
    bench.host.stub("pgrep", "exit 1")
    HighMemory().cure(bench)
    assert bench.host.calls("pkill") == []
    bench.host.stub("pgrep", f"[ ! -e {bench.host.root_directory}/dead ]")
    bench.host.stub("pkill", f"touch {bench.host.root_directory}/dead")
    HighMemory().cure(bench)
    assert bench.host.calls("pkill") == ["-KILL --full ^finchat-memory-leak "]
    bench.host.stub("pkill", "true")
    bench.host.stub("sleep", "true")
    (bench.host.root_directory / "dead").unlink()
    with pytest.raises(FaultError, match="failed on the host"):
        HighMemory().cure(bench)


RECORD = pickle.dumps({"a": 1})


def cache(bench: FaultBench, *names: str) -> dict[str, Path]:
    bench.host.stub("curl", "echo 200")
    bench.host.stub("runuser", 'shift 3; exec "$@"')
    bench.host.stub("python3", f'exec {sys.executable} "$@"')
    files = {name: bench.host.put(f"{CACHE}/{name}", "") for name in names}
    for file in files.values():
        file.write_bytes(RECORD)
    return files


def test_every_record_of_the_cache_is_spoilt_and_brought_back(bench: FaultBench) -> None:
    files, fault = cache(bench, "index.joblib", "answer-1.joblib", "0001-26-10-K.html"), CacheCorrupt()
    fault.inject(bench)
    assert [file.read_bytes() for file in files.values()] == [GARBAGE.encode(), GARBAGE.encode(), RECORD]
    assert len(bench.host.calls("curl")) == 4
    for _ in range(2):
        fault.cure(bench)
        assert {file.read_bytes() for file in files.values()} == {RECORD}
    assert not (bench.host.root_directory / CACHE_KEPT.lstrip("/")).exists()


def test_a_cure_leaves_alone_what_a_step_deleted_and_what_the_service_wrote_since(bench: FaultBench) -> None:
    files = cache(bench, "index.joblib", "answer-1.joblib", "tickers.joblib")
    CacheCorrupt().inject(bench)
    files["answer-1.joblib"].unlink()
    files["tickers.joblib"].write_bytes(b"newer")
    CacheCorrupt().cure(bench)
    assert not files["answer-1.joblib"].exists()
    assert (files["index.joblib"].read_bytes(), files["tickers.joblib"].read_bytes()) == (RECORD, b"newer")


def test_a_cache_without_records_cannot_be_spoilt(bench: FaultBench) -> None:
    cache(bench)
    with pytest.raises(FaultError, match="joblib"):
        CacheCorrupt().inject(bench)


def test_a_spoilt_cache_is_witnessed_by_files_that_do_not_load(bench: FaultBench) -> None:
    files = cache(bench, "index.joblib", "answer-1.joblib")
    assert CacheCorrupt().witness(bench) is None
    files["answer-1.joblib"].write_text(GARBAGE)
    assert CacheCorrupt().witness(bench) == "1 records of the cache do not load (answer-1.joblib)"
    bench.host.put(f"{CACHE}/debug.log", "12:00 ERROR error corrupt cache file answer-1.joblib\n12:01 DEBUG hit\n")
    assert str(CacheCorrupt().witness(bench)).endswith(
        "; its debug.log: 12:00 ERROR error corrupt cache file answer-1.joblib"
    )


def test_what_comes_back_from_each_upstream_is_dropped_in_a_chain_of_our_own(bench: FaultBench) -> None:
    bench.host.stub("getent", 'echo "10.0.0.${#2} STREAM $2"; echo "10.0.0.${#2} DGRAM"')
    bench.host.stub("iptables", "true")
    NetworkCut().inject(bench)
    rules = [call.removeprefix("-w 5 -t mangle ") for call in bench.host.calls("iptables")]
    drops = [f"-A FINCHAT-CUT -s 10.0.0.{len(name)} -m conntrack --ctdir REPLY -j DROP" for name in NAMES]
    assert rules == ["-N FINCHAT-CUT", *drops, "-I PREROUTING -j FINCHAT-CUT"]


def test_a_name_without_an_address_cuts_nothing(bench: FaultBench) -> None:
    bench.host.stub("getent", "exit 2")
    bench.host.stub("iptables", "true")
    with pytest.raises(FaultError, match=r"data\.sec\.gov has no address"):
        NetworkCut().inject(bench)
    assert len(bench.host.calls("iptables")) == 1


def test_where_nothing_was_cut_the_cure_changes_nothing(bench: FaultBench) -> None:
    bench.host.stub("iptables", "exit 1")
    NetworkCut().cure(bench)
    assert bench.host.calls("iptables") == ["-w 5 -t mangle -n -L FINCHAT-CUT"]


ENDS = {
    "nothing gets through": ({"tcp": "124", "ping": "1"}, True),
    "a name is refused": ({"tcp": "1", "ping": "1"}, True),
    "pings do": ({"tcp": "124", "ping": "0"}, False),
    "connections do": ({"tcp": "0", "ping": "1"}, False),
}


@pytest.mark.parametrize("what", ENDS)
def test_a_cut_is_witnessed_only_when(what: str, bench: FaultBench) -> None:
    ends, witnessed = ENDS[what]
    lines = [f"{kind} {code}" for kind, code in ends.items() for _ in NAMES]
    bench.host.stub("nsenter", "\n".join(f"echo {line}" for line in lines))
    evidence = f"from the API's network: neither TCP nor ping reaches {', '.join(NAMES)}"
    assert NetworkCut().witness(bench) == (evidence if witnessed else None)


def test_a_network_that_cannot_be_looked_at_is_an_error(bench: FaultBench) -> None:
    bench.host.stub("docker", "echo 0")
    with pytest.raises(FaultError, match=r"cannot be looked at: finchat-api does not run$"):
        NetworkCut().witness(bench)

"""The faults of what the service keeps: its cache, and the disk that it lies on."""

import os
import pickle
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from drills.bench.host import DEPLOYMENT
from drills.faults.cache_corrupt import CACHE, CacheCorrupt, Spoilt
from drills.faults.cache_deleted import COPY, CacheDeleted
from drills.faults.cache_unwritable import OWNER, CacheUnwritable
from drills.faults.disk_full import FILLER, REST_BYTES, DiskFull
from drills.faults.fault import FaultError
from tests.fault_fakes import FaultBench, ShellHost, StandIns


@pytest.fixture
def bench(tmp_path: Path) -> FaultBench:
    """A host whose operator is whoever runs this."""
    host = ShellHost(tmp_path)
    host.stub("runuser", f'HOME={tmp_path}/home/finchat exec bash -c "${{@: -1}}"')
    host.stub("docker", "echo 77")
    (tmp_path / DEPLOYMENT.lstrip("/")).mkdir()
    return FaultBench(host)


def here(bench: FaultBench, path: str) -> Path:
    return bench.host.root_directory / path.lstrip("/")


def test_records_are_cut_short_so_that_none_ends_like_a_pickle(bench: FaultBench) -> None:
    bench.host.stub("curl", "echo 200")
    for number, text in enumerate(("a" * 40, "." * 40, "x." * 40)):
        here(bench, f"{CACHE}/{number}.joblib").write_bytes(pickle.dumps(text))
    whole = {file: file.read_bytes() for file in here(bench, CACHE).glob("*.joblib")}
    fault = CacheCorrupt(Spoilt.TRUNCATED)
    fault.inject(bench)
    for file, content in whole.items():
        left = file.read_bytes()
        assert content.startswith(left) and 0 < len(left) <= len(content) // 2 and not left.endswith(b".")
    fault.cure(bench)
    assert {file: file.read_bytes() for file in whole} == whole


@pytest.mark.parametrize(("copied", "amiss"), [(True, None), (False, "does not hold 1 of 1 files of the cache")])
def test_a_reset_of_the_cache_is_whole_where_its_backup_is(bench: FaultBench, copied: bool, amiss: str | None) -> None:
    bench.host.stub("curl", "echo 200")
    record = here(bench, f"{CACHE}/a.joblib")
    record.write_bytes(pickle.dumps("a"))
    fault = CacheCorrupt()
    fault.inject(bench)
    bench.host.put(f"{CACHE}.backup.1/a.joblib", record.read_text() if copied else "")
    record.unlink()
    said = fault.amiss(bench)
    assert said is None if amiss is None else amiss in str(said)


def test_a_disk_is_filled_to_the_last_byte(bench: FaultBench) -> None:
    bench.host.stub("df", "echo Used Avail; echo 100000000 100000000")
    bench.host.stub("fallocate", "true")
    DiskFull(100).inject(bench)
    (call,) = bench.host.calls("fallocate")
    assert int(call.split()[1]) == 100000000 - REST_BYTES // 2
    assert here(bench, FILLER).stat().st_size == REST_BYTES
    assert DiskFull(100).told(bench) == {"large-file": "finchat-drills.fill"}


@pytest.mark.parametrize("user", ["1000", "0"])
def test_a_directory_is_unwritable_where_the_kernel_says_so_to_the_services_user(bench: FaultBench, user: str) -> None:
    bench.host.put("/proc/77/status", f"Name:\tpython\nUid:\t{user}\t{user}\nGid:\t{user}\t{user}\n")
    bench.host.stub("setpriv", f"[ {user} = 0 ]")
    bench.host.stub("chown", "true")
    evidence = f"user {user}, which finchat-api runs as, may not write to {CACHE}"
    assert CacheUnwritable().witness(bench) == (None if user == "0" else evidence)
    assert bench.host.calls("setpriv")[0].startswith(f"--reuid={user} --regid={user} --clear-groups test -w ")
    CacheUnwritable().inject(bench)
    assert bench.host.calls("chown") == [f"root:root {here(bench, CACHE)}"]
    CacheUnwritable().cure(bench)
    assert bench.host.calls("chown")[1] == f"{os.getuid()}:{os.getgid()} {here(bench, CACHE)}"
    assert not here(bench, OWNER).exists()


@pytest.fixture
def edgar(monkeypatch: pytest.MonkeyPatch) -> StandIns:
    stand_ins = StandIns()
    fake = SimpleNamespace(Client=stand_ins.client, HTTPError=httpx.HTTPError)
    monkeypatch.setattr("drills.faults.stand_in.httpx", fake)
    return stand_ins


def test_a_cache_is_deleted_once_its_backup_is_complete_and_is_brought_back(bench: FaultBench, edgar: StandIns) -> None:
    bench.host.stub("curl", "echo 200")
    bench.host.put("/proc/77/mountinfo", f"1 2 0:5 {CACHE}//deleted /cache rw\n")
    bench.host.put(f"{CACHE}/a.joblib", "a")
    fault = CacheDeleted()
    fault.inject(bench)
    assert not here(bench, CACHE).exists()
    assert edgar.rules() == {"edgar": [503], "openai": []}
    assert "is deleted: " in str(fault.witness(bench))
    lost, backup = fault.calibrate(bench).items()
    assert lost == ("lost", "1 of 1 files of the cache")
    assert backup[0].startswith("~/.cache/finchat_sec_qa.backup.") and backup[1].startswith("1 of 1 of them")
    assert fault.amiss(bench) == "1 of 1 files of the cache did not come back: ~/.cache/finchat_sec_qa/a.joblib"
    fault.cure(bench)
    assert fault.amiss(bench) is None
    assert (edgar.rules()["edgar"], here(bench, COPY).exists()) == ([], False)
    assert "restart --time 1 finchat-api" in bench.host.calls("docker")


def test_a_cache_that_a_step_brought_back_is_left_alone_by_the_cure(bench: FaultBench, edgar: StandIns) -> None:
    bench.host.stub("curl", "echo 200")
    bench.host.put("/proc/77/mountinfo", f"1 2 0:5 {CACHE} /cache rw\n")
    bench.host.put(f"{CACHE}/a.joblib", "a")
    fault = CacheDeleted()
    fault.inject(bench)
    assert fault.witness(bench) is None
    bench.host.put(f"{CACHE}/b.joblib", "the step's")
    fault.cure(bench)
    assert [file.name for file in here(bench, CACHE).iterdir()] == ["b.joblib"]
    assert not any("restart" in call for call in bench.host.calls("docker"))


def test_a_backup_that_is_not_complete_deletes_nothing(bench: FaultBench, edgar: StandIns) -> None:
    bench.host.stub("curl", "echo 200")
    bench.host.stub("cp", 'for to; do :; done; mkdir -p "$to"; : >"$to/a.joblib"')
    record = bench.host.put(f"{CACHE}/a.joblib", "a")
    with pytest.raises(FaultError, match=r"step cache-backup made is not complete: .*/a\.joblib\.$"):
        CacheDeleted().inject(bench)
    assert record.exists()

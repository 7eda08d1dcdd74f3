"""What is the user's on the host, and what of it counts as lost."""

import hashlib
import time
from pathlib import Path

import pytest

from drills.faults.kept import KeptError, backups, cache_of, files, not_held
from tests.fault_fakes import FaultBench, ShellHost

CACHE = "~/.cache/finchat_sec_qa"
BACKUP = f"{CACHE}.backup.20260101_0300"
COMPOSE = "~/finchat-sec-qa/docker-compose.yml"


def test_a_backup_holds_the_cache_byte_for_byte_and_its_log_as_it_was() -> None:
    cache = {f"{CACHE}/a.joblib": "a1", f"{CACHE}/debug.log": "later", f"{CACHE}/b.html": "b1"}
    whole = {f"{BACKUP}/a.joblib": "a1", f"{BACKUP}/debug.log": "earlier", f"{BACKUP}/b.html": "b1"}
    assert not_held({**cache, **whole}, BACKUP) == ()
    assert not_held({**cache, **whole, f"{BACKUP}/b.html": "cut"}, BACKUP) == (f"{CACHE}/b.html",)
    assert not_held(cache, BACKUP) == cache_of(cache)
    index = f"{CACHE}/index.joblib"
    assert not_held({**cache, **whole, index: "newer", f"{BACKUP}/index.joblib": "older"}, BACKUP) == ()
    assert not_held({**cache, **whole, index: "newer"}, BACKUP) == (index,)


def test_the_newest_backup_is_the_last() -> None:
    manifest = {f"{CACHE}.backup.20260102_0300/a/b": "1", f"{BACKUP}/a": "1", f"{CACHE}.damaged.1/a": "1", COMPOSE: "c"}
    assert backups(manifest) == (BACKUP, f"{CACHE}.backup.20260102_0300")


def test_the_users_files_are_listed_and_nothing_else(tmp_path: Path) -> None:
    host = ShellHost(tmp_path)
    deployed = ("finchat-sec-qa/.env", "finchat-sec-qa/config/a b\nc.env")
    copies = (".cache/finchat_sec_qa.backup.1/x.joblib", ".cache/finchat_sec_qa.damaged.1/x.joblib")
    theirs = (*deployed, ".cache/finchat_sec_qa/index.joblib", *copies)
    others = ("finchat-sec-qa/logs/app.log", "finchat-sec-qa/.git/HEAD", ".bash_profile", ".cache/other/x")
    scratch = (".cache/finchat_sec_qa/temp-1", ".cache/finchat_sec_qa/x.joblib.1.tmp")
    for name in (*theirs, *others, *scratch):
        host.put(f"/home/finchat/{name}", name)
    assert files(FaultBench(host)) == {f"~/{name}": hashlib.sha256(name.encode()).hexdigest() for name in theirs}


def test_a_host_with_nothing_on_it_has_no_files_and_one_without_a_home_is_an_error(tmp_path: Path) -> None:
    host = ShellHost(tmp_path)
    assert files(FaultBench(host)) == {}
    (tmp_path / "home").rename(tmp_path / "elsewhere")
    with pytest.raises(KeptError, match=r"^The files of /home/finchat cannot be listed \(.*No such file"):
        files(FaultBench(host))


def test_listing_a_thousand_files_is_quick(tmp_path: Path) -> None:
    host = ShellHost(tmp_path)
    for number in range(1000):
        host.put(f"/home/finchat/.cache/finchat_sec_qa/{number}.joblib", str(number))
    began_s = time.monotonic()
    assert len(files(FaultBench(host))) == 1000
    assert time.monotonic() - began_s < 2.0, "it stands before and after the steps of every drill"

"""The reference service's cache survives garbage, a full disk and a crash, and the service survives its cache."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from finchat_sec_qa.cache import initialize_cache

from tests.finchat_fakes import DOC_ID, FILING, Service

CORRUPT = "finchat_cache_corrupt_total"
FAILED_WRITES = 'finchat_errors_total{code="cache_unavailable"}'


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".cache" / "finchat_sec_qa"


def names(cache: Path) -> set[str]:
    return {path.name.split("-")[0] for path in cache.iterdir()}


def test_the_filing_lies_in_the_cache_as_it_was_downloaded(cache: Path) -> None:
    with Service() as service:
        service.ask()
    assert (cache / f"{DOC_ID}-10-K.html").read_bytes() == FILING.encode()
    assert names(cache) == {"tickers.joblib", "submissions", "answer", "index.joblib", DOC_ID.split("-")[0]}


def test_initialising_makes_an_empty_index(cache: Path) -> None:
    assert initialize_cache() == cache
    assert [path.name for path in cache.iterdir()] == ["index.joblib"]


def test_initialising_a_populated_cache_changes_nothing(cache: Path) -> None:
    with Service() as service:
        service.ask()
    before = {path.name: path.read_bytes() for path in cache.iterdir()}
    initialize_cache()
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == before


def test_the_runbooks_way_to_clear_the_cache_leaves_a_working_service(cache: Path) -> None:
    with Service() as service:
        service.ask()
        for path in cache.glob("*.joblib"):
            path.unlink()
        initialize_cache()
        assert service.ask().json()["metadata"]["mode"] == "live"
        assert service.ask().json()["metadata"]["mode"] == "cache"


@pytest.mark.parametrize("garbage", [b"", b"garbage", b"\x80\x04N."], ids=["empty", "text", "another pickle"])
@pytest.mark.parametrize("kind", ["index", "tickers", "submissions-77", "answer-*"])
def test_a_garbage_file_is_counted_and_written_anew(garbage: bytes, kind: str, cache: Path) -> None:
    with Service() as service:
        service.ask()
    (damaged,) = cache.glob(f"{kind}.joblib")
    damaged.write_bytes(garbage)
    with Service() as service:
        assert service.ask().status_code == 200
        assert service.ask(ticker="NONE").status_code == 404
        assert service.metric(CORRUPT) >= 1
    assert damaged.read_bytes() != garbage


def test_a_filing_that_was_changed_on_disk_is_downloaded_again(cache: Path) -> None:
    with Service() as service:
        service.ask()
        (cache / f"{DOC_ID}-10-K.html").write_text(FILING.replace("rise", "fall"))
        answer = service.ask("What about the price?").json()
        assert answer["metadata"]["filings"][0]["source"] == "edgar"
        assert service.metric(CORRUPT) == 1


def test_a_full_disk_costs_the_cache_and_not_the_answer(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Service() as service:
        monkeypatch.setattr(os, "fsync", full)
        assert [service.ask().json()["metadata"]["mode"] for _ in range(2)] == ["live", "live"]
        assert service.metric(FAILED_WRITES) > 0
        assert service.get("/health").json()["services"]["query_handler"] == "degraded"
        assert list(cache.iterdir()) == []

        monkeypatch.undo()


def test_with_no_directory_for_the_cache_it_answers_and_says_that_it_is_not_ready(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file where the directory should be")
    with Service() as service, service.started():
        assert service.ask().json()["metadata"]["mode"] == "live"
        ready = service.get("/ready")
        assert (ready.status_code, ready.json()["ready"], ready.json()["services"]["cache"]) == (503, False, False)
    with Service(CACHE_ONLY="true") as service:
        error = service.ask().json()["error"]
        assert error["code"] == "cache_unavailable"
        assert str(cache) not in error["message"]


def test_a_cache_that_is_removed_while_it_runs_comes_back(cache: Path) -> None:
    with Service() as service:
        service.ask()
        for path in cache.iterdir():
            path.unlink()
        cache.rmdir()
        assert service.ask().status_code == 200
        assert service.get("/ready").status_code == 200
    assert (cache / f"{DOC_ID}-10-K.html").exists()


def test_readiness_leaves_no_scratch_behind(cache: Path) -> None:
    with Service() as service:
        assert service.get("/ready").json()["ready"] is True
    assert list(cache.iterdir()) == []


KILLED_WHILE_WRITING = """
import os
from finchat_sec_qa.cache import Cache
from finchat_sec_qa.metrics import Metrics
from finchat_sec_qa.sources import TickerBook
cache = Cache(Metrics())
cache.save("tickers", TickerBook(companies={}, fetched_at=1))
os.fsync = lambda _: os.kill(os.getpid(), 9)
cache.save("tickers", TickerBook(companies={}, fetched_at=2))
"""


def test_a_process_killed_while_it_writes_leaves_the_old_file_whole(cache: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING], env=environment, timeout=20, check=False)
    assert killed.returncode == -9
    assert sorted(path.suffix for path in cache.iterdir()) == [".joblib", ".tmp"]
    with Service() as service:
        assert service.ask().status_code == 200
        assert service.metric(CORRUPT) == 0

"""What steps changed on a host, from the states before and after: by a table, without a host."""

from dataclasses import replace
from typing import Any

import pytest

from drills.bench.interface import Ran
from drills.bench.process import BenchError
from drills.host_state import Changes, ContainerState, HostState, changes, look, passed
from drills.surroundings import EMPTY, lost_files
from tests.drill_fakes import FakeShell

API = ContainerState("finchat-api", "sha256:1", {"A": "1"}, 100, ("~/x",), "running", "id1", "t1")
BEFORE = HostState(
    containers={"finchat-api": API},
    tags={"finchat-api:latest": "sha256:1"},
    files={"docker-compose.yml": "h1", "config/x": "h2"},
    head="c1",
    compose="parses",
    passes=("A",),
    cache={"finchat_sec_qa": "directory", "finchat_sec_qa/a.joblib": "h3"},
)


def api(**what: Any) -> dict[str, Any]:
    return {"containers": {"finchat-api": replace(API, **what)}}


TABLE: dict[str, tuple[dict[str, Any], Changes]] = {
    "nothing": ({}, Changes()),
    "a restart": (api(started_at="t2"), Changes(containers=("finchat-api restarted",))),
    "a new container": (
        api(id="id2", started_at="t2", environment={"A": "1", "B": "2"}),
        Changes(containers=("finchat-api recreated", "finchat-api environment: B")),
    ),
    "another image": (api(image="sha256:2"), Changes(containers=("finchat-api image: 1 became 2",))),
    "a limit": (api(memory=200), Changes(containers=("finchat-api memory limit: 100 became 200",))),
    "a stop": (api(status="exited"), Changes(containers=("finchat-api status: running became exited",))),
    "no container": ({"containers": {}}, Changes(containers=("finchat-api removed",))),
    "a tag": (
        {"tags": {"finchat-api:latest": "sha256:2", "finchat-api:broken": "sha256:1", "<none>:<none>": "sha256:3"}},
        Changes(images=("finchat-api:broken made: 1", "finchat-api:latest moved to 2")),
    ),
    "files": (
        {"files": {"docker-compose.yml": "h9", "new": "h"}},
        Changes(files=("docker-compose.yml changed", "new added"), removed=("~/finchat-sec-qa/config/x",)),
    ),
    "an empty cache and a backup": (
        {"cache": {"finchat_sec_qa": "directory", "finchat_sec_qa.backup": "directory"}},
        Changes(files=("~/.cache/finchat_sec_qa.backup added",), removed=("~/.cache/finchat_sec_qa/a.joblib",)),
    ),
    "what the service caches": ({"cache": {**BEFORE.cache, "finchat_sec_qa/b.joblib": "h"}}, Changes()),
    "a commit": ({"head": "c2"}, Changes(git=("HEAD c1 became c2",))),
    "a revert half done": ({"half_done": "revert under way"}, Changes(git=("revert under way",))),
    "a broken compose file": ({"compose": "bad", "passes": ()}, Changes(compose="bad")),
}


@pytest.mark.parametrize("what", TABLE)
def test_changed_by(what: str) -> None:
    after, expected = TABLE[what]
    mounts = () if what == "no container" else ("~/x",)
    assert changes(BEFORE, replace(BEFORE, **after)) == replace(expected, passes=("A",), mounts=mounts or ("~/x",))


def test_two_states_are_equal_whatever_the_clock_and_the_cache_say() -> None:
    assert replace(BEFORE, cache={}, **api(id="id2", started_at="t2")) == BEFORE
    assert replace(BEFORE, **api(environment={})) != BEFORE
    assert replace(BEFORE, files={}) != BEFORE


CONFIG = (
    "services:\n  a:\n    environment: {A: '41001', B: x-41002-y}\n    ports: ['41003:1']\n"
    "  b: {environment: ['D=41004']}\n"
)
MARKS = {"A": "41001", "B": "41002", "C": "41003", "D": "41004", "E": "41005"}


def test_passed_is_what_reaches_an_environment() -> None:
    assert passed(CONFIG, MARKS) == ("A", "B", "D")
    assert passed("", MARKS) == passed("services:\n", MARKS) == ()


def test_a_host_that_does_not_answer_is_told() -> None:
    class Rooted(FakeShell):
        def root(self, script: str, *, timeout_s: float) -> Ran:
            return self.answer

    broken = Rooted(Ran("x", 1, "", "Traceback\nOSError: no space\n", 0.1))
    with pytest.raises(BenchError, match=r"^What steps change on the host cannot be seen: OSError: no space\.$"):
        look(broken)
    with pytest.raises(BenchError, match="cannot be seen: KeyError"):
        look(Rooted(Ran("x", 0, "{}", "", 0.1)))


LOST: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "nothing": ({}, (), ()),
    "a cached answer": ({"cache": {"finchat_sec_qa": "directory"}}, (), ("~/.cache/finchat_sec_qa/a.joblib",)),
    "a cached answer that may go": (
        {"cache": {"finchat_sec_qa": "directory"}},
        ("~/.cache/finchat_sec_qa/*.joblib",),
        (),
    ),
    "a file of the deployment": ({"files": {"docker-compose.yml": "h1"}}, (), ("~/finchat-sec-qa/config/x",)),
    "a cached answer that a backup holds": ({"cache": {"finchat_sec_qa.backup.1/a.joblib": "h3"}}, (), ()),
    "a file that was emptied": (
        {"files": {"docker-compose.yml": EMPTY, "config/x": "h2"}},
        (),
        ("~/finchat-sec-qa/docker-compose.yml",),
    ),
    "a file that was emptied, and copied before": (
        {"files": {"docker-compose.yml": EMPTY, "config/x": "h2", "docker-compose.yml.backup": "h1"}},
        (),
        (),
    ),
    "a file that was changed": ({"files": {"docker-compose.yml": "h9", "config/x": "h2"}}, (), ()),
}


@pytest.mark.parametrize("what", LOST)
def test_lost_is(what: str) -> None:
    after, may_lose, lost = LOST[what]
    assert lost_files(BEFORE, replace(BEFORE, **after), may_lose) == lost


def test_a_write_in_progress_is_no_loss() -> None:
    writing = replace(BEFORE, cache={**BEFORE.cache, "finchat_sec_qa/b.joblib.12.tmp": "h"})
    assert lost_files(writing, BEFORE, ()) == ()

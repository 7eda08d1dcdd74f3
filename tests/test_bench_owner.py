"""Whether an owner still lives: by boot, pid namespace, pid and start time, in a made-up /proc and in the real one."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from drills.bench.owner import STANDING, Owner, this_process

BOOT, OTHER_BOOT = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
SPACE = "4026531836"
OWNER = Owner(BOOT, SPACE, 41, "777")


@dataclass(frozen=True)
class Proc:
    """A /proc with processes that never were."""

    path: Path

    def boots(self, boot: str) -> None:
        file = self.path / "sys/kernel/random/boot_id"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{boot}\n")

    def stands_in(self, namespace: str) -> None:
        link = self.path / "self/ns/pid"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"pid:[{namespace}]")

    def has(self, pid: int, born: str, state: str = "S", name: str = "python3") -> None:
        file = self.path / str(pid) / "stat"
        file.parent.mkdir()
        # Between the state and the start time stand 18 fields, after it 30 more.
        file.write_text(f"{pid} ({name}) {state} {'0 ' * 18}{born} {'0 ' * 30}\n")


@pytest.fixture
def proc(tmp_path: Path) -> Proc:
    proc = Proc(tmp_path / "proc")
    proc.boots(BOOT)
    proc.stands_in(SPACE)
    return proc


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def has_died(process: "subprocess.Popen[bytes]") -> None:
    """Ends it, and returns when it is a zombie that nobody has reaped."""
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


PROCESSES: dict[str, tuple[dict[str, str], bool]] = {
    "runs": ({}, False),
    "sleeps where nothing interrupts it": ({"state": "D"}, False),
    "is stopped": ({"state": "T"}, False),
    "is a zombie": ({"state": "Z"}, True),
    "is dead": ({"state": "X"}, True),
    "is another one with its number": ({"born": "778"}, True),
    "has a name with a space and a bracket": ({"name": "a) Z 1 (b"}, False),
}


@pytest.mark.parametrize("what", PROCESSES)
def test_an_owner_is_dead_when_its_process(what: str, proc: Proc) -> None:
    said, dead = PROCESSES[what]
    proc.has(41, **{"born": "777", **said})
    assert OWNER.is_dead(same_machine=True, proc=proc.path) is dead


def test_an_owner_without_a_process_is_dead(proc: Proc) -> None:
    proc.has(42, "777")
    assert OWNER.is_dead(same_machine=True, proc=proc.path)


@pytest.mark.parametrize("same_machine", [True, False])
def test_another_boot_is_dead_only_on_the_same_machine(proc: Proc, same_machine: bool) -> None:
    proc.has(41, "777")
    assert replace(OWNER, boot=OTHER_BOOT).is_dead(same_machine=same_machine, proc=proc.path) is same_machine


@pytest.mark.parametrize("same_machine", [True, False])
def test_of_another_pid_namespace_nobody_is_dead(proc: Proc, same_machine: bool) -> None:
    assert not replace(OWNER, pid_namespace="1").is_dead(same_machine=same_machine, proc=proc.path)


def test_an_owner_is_read_from_proc(proc: Proc) -> None:
    proc.has(41, "777")
    assert Owner.of(41, proc.path) == OWNER


@pytest.mark.parametrize("state", ["Z", "X"])
def test_a_process_that_has_ended_owns_nothing(proc: Proc, state: str) -> None:
    proc.has(41, "777", state)
    with pytest.raises(ProcessLookupError):
        Owner.of(41, proc.path)


def test_a_real_process_lives_is_a_zombie_and_is_gone(child: "subprocess.Popen[bytes]") -> None:
    owner = Owner.of(child.pid)
    assert not owner.is_dead(same_machine=True)
    assert replace(owner, born=f"{owner.born}1").is_dead(same_machine=True)
    has_died(child)
    assert owner.is_dead(same_machine=True)
    child.wait()
    assert owner.is_dead(same_machine=True)


def test_this_process_owns_what_it_makes() -> None:
    owner = this_process()
    assert owner.pid == os.getpid()
    assert not owner.is_dead(same_machine=True)
    assert not owner.is_dead(same_machine=False)


@pytest.mark.parametrize("owner", [OWNER, this_process()], ids=["made up", "this process"])
def test_an_owner_is_the_same_when_it_is_read_back(owner: Owner) -> None:
    assert Owner.parse(str(owner)) == owner


NO_OWNER = {
    "nothing": "",
    "a standing bench": STANDING,
    "too little": f"{BOOT}/{SPACE}/41",
    "too much": f"{OWNER}/1",
    "a pid that is none": f"{BOOT}/{SPACE}/x/777",
    "a boot that is none": f"boot/{SPACE}/41/777",
    "a line more": f"{OWNER}\n",
}


@pytest.mark.parametrize("what", NO_OWNER)
def test_a_text_that_names_no_owner_is_none(what: str) -> None:
    assert Owner.parse(NO_OWNER[what]) is None

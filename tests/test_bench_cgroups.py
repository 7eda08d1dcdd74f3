"""The control groups that an ended container leaves: found in every layout, and no other is touched."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drills.bench.reap import remove_cgroups

ID, INNER, OTHER = "ab" * 32, "cd" * 32, "ef" * 32
LAYOUTS: dict[str, tuple[str, ...]] = {
    "v1": (f"memory/docker/{ID}/{INNER}", f"pids/docker/{ID}/{INNER}", f"cpu,cpuacct/docker/{ID}"),
    "v1, docker in docker in docker": (f"memory/docker/{ID}/docker/{INNER}/docker/{OTHER[:12]}",),
    "v1, by systemd": (f"memory/system.slice/docker-{ID}.scope/docker/{INNER}",),
    "v2": (f"docker/{ID}/docker/{INNER}", f"docker/{ID}/init"),
    "v2, by systemd": (f"system.slice/docker-{ID}.scope/system.slice/docker-{INNER}.scope",),
    "v2, at the top": (f"{ID}/{INNER}",),
    "in a pod": (f"memory/kubepods/burstable/pod1/docker/x/y/z/{ID}/{INNER}",),
}
REMAINS = ("memory/docker", f"memory/docker/{OTHER}/{INNER}", "memory/system.slice/cron.service", f"x/{ID[:-1]}")


def tree(root: Path, *directories: str) -> None:
    for directory in directories:
        (root / directory).mkdir(parents=True, exist_ok=True)


def below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_groups_of_a_container_and_those_below_go_and_no_others(layout: str, tmp_path: Path) -> None:
    tree(tmp_path, *REMAINS, *LAYOUTS[layout])
    before = below(tmp_path)
    remove_cgroups(ID, tmp_path)
    assert below(tmp_path) == {name for name in before if ID not in name}


def test_a_group_that_is_in_use_stays_and_hinders_no_other(tmp_path: Path) -> None:
    tree(tmp_path, f"a/docker/{ID}/{INNER}", f"b/docker/{ID}/{INNER}")
    (tmp_path / "a/docker" / ID / INNER / "busy").write_text("as rmdir refuses while a process is in it")
    remove_cgroups(ID, tmp_path)
    assert {name for name in below(tmp_path) if ID in name} == {
        f"a/docker/{ID}",
        f"a/docker/{ID}/{INNER}",
        f"a/docker/{ID}/{INNER}/busy",
    }


NO_ID = ["", "*", "a", ID[:12], ID[:-1], f"{ID}0", f"{ID[:-1]}*", "docker", "..", ID.upper()]


@pytest.mark.parametrize("no_id", NO_ID)
def test_what_is_no_containers_id_removes_nothing(no_id: str, tmp_path: Path) -> None:
    tree(tmp_path, *REMAINS, f"memory/docker/{ID}")
    before = below(tmp_path)
    remove_cgroups(no_id, tmp_path)
    assert below(tmp_path) == before


def test_a_tree_that_is_not_there_has_no_groups(tmp_path: Path) -> None:
    remove_cgroups(ID, tmp_path / "nothing")


def test_groups_that_others_remove_meanwhile_hinder_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, *(f"m/{number}/inner" for number in range(20)), f"n/docker/{ID}")
    walk: Callable[..., Iterator[object]] = os.walk

    def walk_while_others_remove(top: object, topdown: bool = True) -> Iterator[object]:
        for number, found in enumerate(walk(top, topdown)):
            if number == 1:
                for directory in sorted(tmp_path.glob("m/*/inner"))[::2]:
                    directory.rmdir()
                    directory.parent.rmdir()
            yield found

    monkeypatch.setattr("os.walk", walk_while_others_remove)
    remove_cgroups(ID, tmp_path)
    assert not (tmp_path / "n/docker" / ID).exists()


def test_a_big_tree_is_looked_through_in_no_time(tmp_path: Path) -> None:
    tree(tmp_path, *(f"c{c}/docker/{number:064x}/x" for c in range(10) for number in range(200)), f"c0/docker/{ID}")
    began_s = time.monotonic()
    remove_cgroups(ID, tmp_path)
    assert time.monotonic() - began_s < 1.0
    assert not (tmp_path / "c0/docker" / ID).exists()

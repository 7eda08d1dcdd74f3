"""The host's own containers live within the host's bounds."""

from collections.abc import Iterator

import pytest

from drills.bench.box import Bounds, Place
from drills.bench.host import Host
from drills.bench.reap import CGROUPS, remove_cgroups
from drills.bench.run import Run
from drills.bench.spec import Spec

SMALL = Bounds(memory_mb=400, processes=200, file_systems_mb={**Bounds().file_systems_mb, "/home/finchat": 8})
HOG = "docker run --name hog finchat-api:latest python3 -c 'print(len(bytearray(650 << 20)))'"


@pytest.fixture(scope="module")
def small(run: Run, reference: Spec) -> Iterator[Host]:
    """A host of 400 MB without a deployment."""
    place = Place("none", run.labels("host"), {reference.store: {"bind": "/store", "mode": "ro"}})
    host = Host(run.boxes.run(reference.images.host, SMALL, place))
    host.wait_for_engine()
    yield host
    host.container.remove(force=True, v=True)


def test_an_inner_container_that_wants_more_than_the_host_has_is_killed(small: Host) -> None:
    assert small.root(HOG, timeout_s=30).exit_code == 137
    assert small.must("docker inspect --format '{{.State.OOMKilled}}' hog").strip() == "true"


def test_the_same_container_lives_on_a_host_that_has_the_memory(run: Run, reference: Spec) -> None:
    place = Place("none", run.labels("host"), {reference.store: {"bind": "/store", "mode": "ro"}})
    host = Host(run.boxes.run(reference.images.host, Bounds(memory_mb=1500), place))
    try:
        host.wait_for_engine()
        assert host.must(HOG, timeout_s=30).strip() == str(650 << 20)
    finally:
        host.container.remove(force=True, v=True)


def test_inner_containers_stand_below_the_host_in_every_control_group(small: Host) -> None:
    listed = small.must("docker run --rm finchat-api:latest cat /proc/self/cgroup", timeout_s=20)
    assert listed
    assert all(str(small.container.id) in line for line in listed.splitlines())


def test_a_fork_bomb_ends_at_the_hosts_limit_of_processes(small: Host) -> None:
    forks = "for i in range(400):\n    try:\n        os.fork() or time.sleep(3) or os._exit(0)\n"
    script = f"import os, time\n{forks}    except OSError:\n        print('refused at', i)\n        break"
    ran = small.root(f'python3 -c "{script}"', timeout_s=20)
    assert "refused at" in ran.stdout


def test_a_file_system_of_the_host_is_full_at_its_size(small: Host) -> None:
    ran = small.root("head -c 20M /dev/zero >/home/finchat/large", timeout_s=20)
    assert "No space left on device" in ran.stderr
    assert small.root("touch /anywhere-else", timeout_s=20).exit_code != 0


def test_what_the_host_leaves_in_the_control_groups_is_removed(run: Run, reference: Spec) -> None:
    place = Place("none", run.labels("host"), {reference.store: {"bind": "/store", "mode": "ro"}})
    host = Host(run.boxes.run(reference.images.host, Bounds(), place))
    host.wait_for_engine()
    host.must("docker run -d finchat-api:latest sleep 1000", timeout_s=20)
    own = str(host.container.id)
    assert list(CGROUPS.glob(f"*/**/*{own}*"))
    host.container.remove(force=True, v=True)
    remove_cgroups(own)
    assert list(CGROUPS.glob(f"*/**/*{own}*")) == []

"""Removes what runs left on the engine and on this machine: by label, and only what belongs to nobody alive.

python -m drills.bench.reap          # what dead runs left
python -m drills.bench.reap --all    # what living runs and standing benches have, too
"""

import argparse
import contextlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.networks import Network
from docker.models.volumes import Volume

from drills.bench.engine import EngineError, Trouble, connect, reason
from drills.bench.labels import OWNER, RUN, SUITE
from drills.bench.ledger import Ledger, ledgers, state_directory
from drills.bench.owner import Owner

CGROUPS = Path("/sys/fs/cgroup")
DIRECTORY_PREFIX = "finchat-drills-"
"""What every temporary directory of a run is called; another one is never removed."""

_CONTAINER_ID = re.compile("[0-9a-f]{64}")

Item = TypeVar("Item", Container, Network, Volume)
Whose = Callable[[dict[str, str]], bool]
"""Whether an object with these labels is to go."""


def of_run(run_id: str) -> Whose:
    """Objects of one run."""
    return lambda labels: labels.get(RUN) == run_id


def of_dead_owners() -> Whose:
    """Objects whose owner's process has certainly ended."""

    def whose(labels: dict[str, str]) -> bool:
        owner = Owner.parse(labels.get(OWNER, ""))
        return owner is not None and owner.is_dead(same_machine=True)

    return whose


def reap(client: docker.DockerClient, whose: Whose) -> list[str]:
    """Removes the containers, networks and volumes that are `whose`, and the control groups that containers leave.

    Gives a line for each object that is still there. What another run removes meanwhile is gone, and that is well.
    """
    containers, networks, volumes = _found(client, whose)
    stuck = [said for item in containers if (said := _removed(item.name, partial(item.remove, force=True, v=True)))]
    for container in containers:
        remove_cgroups(container.id)
    for network in networks:
        stuck += filter(None, [_removed(network.name, network.remove)])
    for volume in volumes:
        stuck += filter(None, [_removed(volume.name, volume.remove)])
    return stuck


def any_left(client: docker.DockerClient, whose: Whose) -> bool:
    """Whether a container, network or volume that is `whose` is there."""
    return any(_found(client, whose))


def clear_up(client: docker.DockerClient, state: Path) -> list[str]:
    """Removes what dead runs left on the engine and on this machine; gives a line for each object still there."""
    stuck = reap(client, of_dead_owners())
    for ledger in ledgers(state):
        if ledger.is_left_behind:
            stuck += reap(client, of_run(ledger.run_id))
            undo(ledger)
    return stuck


def undo(ledger: Ledger) -> None:
    """Undoes the entries of a ledger, and closes it unless a directory stays, for the next run to remove.

    A fault ends with its bench: nothing of it is left to cure.
    """
    left = False
    for entry in ledger.entries():
        if entry.kind == "cgroup":
            remove_cgroups(entry.what)
        elif entry.kind == "directory" and Path(entry.what).name.startswith(DIRECTORY_PREFIX):
            shutil.rmtree(entry.what, ignore_errors=True)
            left = left or Path(entry.what).exists()
    if not left:
        ledger.close()


def remove_cgroups(container_id: str, root: Path = CGROUPS) -> None:
    """Removes the control groups of an ended container and those below: an inner engine's outlive it.

    They are called by its id, whole, whatever the layout: docker/ID, system.slice/docker-ID.scope, and that once for
    each controller. Anything but such an id removes nothing.
    """
    if not _CONTAINER_ID.fullmatch(container_id):
        return
    # Groups of others come and go meanwhile; os.walk takes one that is gone for an empty one.
    for parent, names, _ in os.walk(root):
        for group in [name for name in names if container_id in name]:
            names.remove(group)
            for directory, _, _ in os.walk(Path(parent, group), topdown=False):
                # Still in use, not ours to remove, or gone already.
                with contextlib.suppress(OSError):
                    Path(directory).rmdir()


def _found(client: docker.DockerClient, whose: Whose) -> tuple[list[Container], list[Network], list[Volume]]:
    """The objects that are `whose`, of those that runs made."""
    label = {"label": f"{SUITE}=run"}
    return (
        _chosen(client.containers.list(all=True, filters=label, ignore_removed=True), whose),
        _chosen(client.networks.list(filters=label), whose),
        _chosen(client.volumes.list(filters=label), whose),
    )


def _chosen(objects: Iterable[Item], whose: Whose) -> list[Item]:
    return [item for item in objects if whose(_labels(item))]


def _labels(item: Container | Network | Volume) -> dict[str, str]:
    if isinstance(item, Container):
        return dict(item.attrs.get("Config", {}).get("Labels") or {})
    return dict(item.attrs.get("Labels") or {})


def _removed(name: str, remove: Callable[[], object]) -> str | None:
    try:
        remove()
    except NotFound:
        return None
    except APIError as error:
        if "already in progress" in reason(error):
            return None
        return f"{name} is still there: {reason(error)}"
    return None


def main() -> None:
    cli = argparse.ArgumentParser(prog="python -m drills.bench.reap", description="Remove what drills left behind.")
    cli.add_argument("--all", action="store_true", help="living runs' and standing benches' objects too")
    arguments = cli.parse_args()
    try:
        client = connect()
        stuck = clear_up(client, state_directory())
        if arguments.all:
            stuck = reap(client, lambda labels: True)
            for ledger in ledgers(state_directory()):
                undo(ledger)
    except EngineError as error:
        sys.exit(str(error))
    except Trouble as error:
        sys.exit(f"The engine does not remove what is left: {reason(error)}.")
    if stuck:
        sys.exit("\n".join(stuck))


if __name__ == "__main__":
    main()

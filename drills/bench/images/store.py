"""The store of the host's own engine: the images under test, loaded once, then shared read-only by every host.

A volume of the operator's engine for each set of images. A host lays its own writable store over it (host-init), so a
start costs no loading. The layers are complete when `ready` is there; what a killed run left half-made is made anew.
"""

import contextlib
import hashlib
import subprocess
import tempfile
import time
from collections.abc import Mapping

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from drills.bench.box import Bounds, Boxes, Place
from drills.bench.docker_cli import call, docker_command, engine_environment
from drills.bench.engine import Trouble, reason
from drills.bench.images.builder import ImageError, Say
from drills.bench.labels import STORE_LABELS

START_BOUND_S = 30.0
LOAD_BOUND_S = 300.0
STOP_BOUND_S = 20.0
POLL_S = 0.1
BOUNDS = Bounds(memory_mb=2048)
STORES_MAX = 4
"""So many sets of images are kept loaded, each of some 150 MB."""


def ensure_store(
    client: docker.DockerClient,
    boxes: Boxes,
    host_image: str,
    deployed: Mapping[str, str],
    say: Say,
    labels: Mapping[str, str],
) -> str:
    """The volume that holds `deployed` (name on the host: tag on the operator's engine), made if need be.

    `labels` are for the container that makes it. Raises ImageError.
    """
    try:
        ids = {name: client.images.get(tag).id for name, tag in deployed.items()}
    except NotFound as error:
        raise ImageError(f"{reason(error)}: build or pull that image on the engine first.") from None
    parts = [host_image, *(f"{name}={image_id}" for name, image_id in sorted(ids.items()))]
    volume = f"finchat-drills-store-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:16]}"
    with contextlib.suppress(NotFound):
        client.volumes.get(volume)
        if _is_ready(client, host_image, volume, labels):
            return volume
    say(f"loading {', '.join(sorted(deployed))} into the host's store")
    try:
        client.volumes.create(volume, labels=dict(STORE_LABELS))
        volumes = {volume: {"bind": "/store", "mode": "rw"}}
        box = boxes.run(host_image, BOUNDS, Place("none", labels, volumes, ("make-store",)))
        try:
            _fill(box, deployed, ids)
        finally:
            box.remove(force=True, v=True)
        _prune(client, volume)
    except Trouble as error:
        raise ImageError(f"The host's store cannot be made: {reason(error)}.") from None
    return volume


def _prune(client: docker.DockerClient, new: str) -> None:
    """Removes all but the newest few stores; one that a host uses stays, as the engine has it."""
    stores = client.volumes.list(filters={"label": [f"{name}={value}" for name, value in STORE_LABELS.items()]})
    newest_first = sorted(stores, key=lambda one: str(one.attrs["CreatedAt"]), reverse=True)
    for store in newest_first[STORES_MAX:]:
        if store.name != new:
            with contextlib.suppress(APIError):
                store.remove()


def _is_ready(client: docker.DockerClient, image: str, volume: str, labels: Mapping[str, str]) -> bool:
    found = client.containers.run(
        image,
        entrypoint=["sh", "-c", "test -d /store/ready && echo ready || true"],
        volumes={volume: {"bind": "/store", "mode": "ro"}},
        network_mode="none",
        labels=dict(labels),
        remove=True,
    )
    return bool(found.strip() == b"ready")


def _fill(box: Container, deployed: Mapping[str, str], ids: Mapping[str, str]) -> None:
    _wait_for_engine(box)
    _load(box, sorted(set(deployed.values())))
    script = ["set -e"]
    # By id: one image's name on the host may be another's on the engine.
    script += [f"docker tag '{ids[name]}' '{name}'" for name in deployed]
    script += [f"docker rmi '{tag}' >/dev/null" for tag in sorted(set(deployed.values()) - set(deployed))]
    script += ["touch /store/making/loaded", "kill $(cat /run/docker.pid)"]
    ended = call(["exec", box.id, "sh", "-c", "\n".join(script)], timeout_s=STOP_BOUND_S)
    if ended.exit_code != 0 or box.wait(timeout=STOP_BOUND_S)["StatusCode"] != 0:
        tail = box.logs(tail=8).decode(errors="replace")
        raise ImageError(f"The host's store cannot be made: {ended.stderr.strip()}. Its last log lines:\n{tail}")


def _wait_for_engine(box: Container) -> None:
    deadline_s = time.monotonic() + START_BOUND_S
    while call(["exec", box.id, "docker", "version"], timeout_s=START_BOUND_S).exit_code != 0:
        if time.monotonic() > deadline_s:
            tail = box.logs(tail=8).decode(errors="replace")
            raise ImageError(f"The engine in the host's box does not start. Its last log lines:\n{tail}")
        time.sleep(POLL_S)


def _load(box: Container, tags: list[str]) -> None:
    """Streams images from the operator's engine into the box's."""
    with tempfile.TemporaryFile() as said:
        saving = subprocess.Popen(
            [docker_command(), "save", *tags], stdout=subprocess.PIPE, stderr=said, env=engine_environment()
        )
        assert saving.stdout
        try:
            command = ["exec", "-i", box.id, "docker", "load", "--quiet"]
            loaded = call(command, timeout_s=LOAD_BOUND_S, stdin=saving.stdout)
        finally:
            saving.stdout.close()  # a load that ended early must not leave it writing for ever
            if saving.poll() is None:
                saving.terminate()
            saved = saving.wait(STOP_BOUND_S)
        said.seek(0)
        why = said.read().decode(errors="replace")
    if loaded.exit_code != 0 or saved != 0:
        raise ImageError(f"The images cannot be copied into the host: {(loaded.stderr or why).strip()[:500]}.")

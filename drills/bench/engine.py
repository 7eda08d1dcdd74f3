"""The operator's Docker engine: the one that answers, or one sentence on how to get one."""

import os
import shutil
import socket
from pathlib import Path

import docker
from docker.errors import DockerException
from requests.exceptions import RequestException

from drills.bench.process import BenchError

CALL_TIMEOUT_S = 120
KNOCK_TIMEOUT_S = 5.0
ROOM_BYTES = 2 << 30
"""What a bench may need on the engine's disk: the images under test once more, and what it writes meanwhile."""

LOCAL_ENGINE = "unix:///var/run/docker.sock"

Trouble = (DockerException, RequestException, OSError)
"""What the engine's client raises when the engine refuses, hangs up or is not there."""

ADVICE = (
    "start one (on Debian as root: `make engine`; elsewhere install Docker Engine 20.10 or newer), "
    "or name one that runs in DOCKER_HOST"
)


class EngineError(BenchError):
    """There is no engine to work with; the text says how to get one."""


def connect() -> docker.DockerClient:
    """A client of the engine that DOCKER_HOST names, or of the local one. Raises EngineError."""
    where = os.environ.get("DOCKER_HOST") or LOCAL_ENGINE
    if not where.startswith("unix:"):
        raise EngineError(
            f"The engine at {where} is not on this machine, and a bench is reached at 127.0.0.1: run this where the "
            "engine runs, or name a unix:// socket in DOCKER_HOST."
        )
    try:
        _knock(where)
        client = docker.from_env(timeout=CALL_TIMEOUT_S)
        client.ping()
    except Trouble as error:
        raise EngineError(f"No Docker engine answers at {where} ({reason(error)}): {ADVICE}.") from None
    return client


def _knock(where: str) -> None:
    """OSError where nobody listens at a Unix socket. The client would say so too, and leave its own open."""
    with socket.socket(socket.AF_UNIX) as knocking:
        knocking.settimeout(KNOCK_TIMEOUT_S)
        knocking.connect("/" + where.removeprefix("unix:").lstrip("/"))


def require_room(client: docker.DockerClient) -> None:
    """Raises EngineError where the engine's disk, if it is this machine's, has less than 2 GiB left."""
    root = Path(client.info().get("DockerRootDir", ""))
    if root.is_dir() and shutil.disk_usage(root).free < ROOM_BYTES:
        free = shutil.disk_usage(root).free >> 20
        raise EngineError(
            f"The Docker engine keeps its data in {root}, where {free} MiB are free and a bench needs "
            f"{ROOM_BYTES >> 20}: make room there, or give the engine another --data-root."
        )


def reason(error: BaseException) -> str:
    """What the engine's client said, in one line."""
    said = getattr(error, "explanation", None) or str(error)
    return " ".join(str(said).split())[:300]


def want_no_reaper() -> None:
    """Tells testcontainers not to start its reaper: that is an image which may not be pullable, and ours goes by label.

    What the operator has set stays.
    """
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

"""Runs on the host, as root: prints what a step could have changed there, as JSON. Python's own library only.

`drills.host_state` sends this text over and reads the answer.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

HOME = Path("/home/finchat")
DEPLOYMENT = HOME / "finchat-sec-qa"
CACHES = HOME / ".cache"
LOOKED_AT_BYTES = 32 << 20
COMMAND_BOUND_S = 25

# Their values decide over the command itself, or over where it looks; nobody's step exports them.
_OWN = re.compile(r"PATH|HOME|USER|PWD|SHELL|TERM|LANG|LC_\w+|LD_\w+|(DOCKER|COMPOSE|PYTHON)_?\w*")
_NAME = re.compile(r"\b[A-Za-z_][A-Za-z0-9_]{2,}\b")
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)
_FIRST_MARK = 41001
"""A number, so that a compose file that takes it for a port or a limit parses all the same."""


def run(*command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command in the deployment directory, whatever it ends with."""
    given = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(HOME), **(env or {})}
    return subprocess.run(
        command, cwd=DEPLOYMENT, env=given, capture_output=True, text=True, errors="replace", timeout=COMMAND_BOUND_S
    )


def containers() -> list[dict[str, object]]:
    """Every container: what it was made with, and since when it runs."""
    ids = run("docker", "ps", "-aq", "--no-trunc").stdout.split()
    found = json.loads(run("docker", "container", "inspect", *ids).stdout or "[]") if ids else []
    return [
        {
            "name": one["Name"].lstrip("/"),
            "id": one["Id"],
            "started_at": one["State"]["StartedAt"],
            "status": one["State"]["Status"],
            "image": one["Image"],
            "memory": one["HostConfig"]["Memory"],
            "environment": dict(map(_setting, one["Config"]["Env"] or [])),
            "mounts": sorted(_short(Path(mount["Source"])) for mount in one["Mounts"] if mount["Type"] == "bind"),
        }
        for one in found
    ]


def _setting(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, f"sha256:{hashlib.sha256(value.encode()).hexdigest()}" if _SECRET.search(name) else value


def tags() -> dict[str, str]:
    """The image behind each name."""
    listed = run("docker", "images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").stdout
    return dict(line.split(" ", 1) for line in listed.splitlines() if " " in line)


def files(root: Path, skip: tuple[str, ...] = ()) -> dict[str, str]:
    """The files and directories below `root` by their names there, with a hash of what a file holds."""
    return {str(path.relative_to(root)): _content(path) for path in _walk(root, skip)}


def _walk(root: Path, skip: tuple[str, ...]) -> Iterator[Path]:
    for directory, names, held in os.walk(root):
        here = Path(directory)
        names[:] = sorted(name for name in names if here != root or name not in skip)
        yield from (here / name for name in (*names, *sorted(held)))


def _content(path: Path) -> str:
    try:
        if path.is_symlink():
            return f"-> {path.readlink()}"
        if path.is_dir():
            return "directory"
        if not path.is_file():
            return "special"
        if path.stat().st_size > LOOKED_AT_BYTES:
            return f"{path.stat().st_size} bytes"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:  # removed by the service meanwhile, or a disk that a fault broke
        return f"unread: {error.strerror}"


def git() -> dict[str, str]:
    """Which commit the deployment directory is at, and whether a revert stands half done in it."""
    head = run("git", "-c", "safe.directory=*", "rev-parse", "HEAD")
    half = "revert under way" if (DEPLOYMENT / ".git" / "REVERT_HEAD").exists() else ""
    return {"head": head.stdout.strip() if head.returncode == 0 else "", "half": half}


def compose() -> dict[str, object]:
    """Whether the compose file parses, and what it makes of variables that each hold a number of their own."""
    named: set[str] = set()
    for path in (*DEPLOYMENT.glob("*.yml"), *DEPLOYMENT.glob("*.yaml")):
        named |= set(_NAME.findall(path.read_text(errors="replace")))
    marks = {name: str(_FIRST_MARK + number) for number, name in enumerate(sorted(filter(_is_variable, named)))}
    told = run("docker-compose", "config", env=marks)
    if told.returncode == 0:
        return {"error": "", "config": told.stdout, "marks": marks}
    plain = run("docker-compose", "config")
    return {"error": _last_words(plain) if plain.returncode else "", "config": "", "marks": marks}


def _is_variable(name: str) -> bool:
    return name.upper() == name and not _OWN.fullmatch(name)


def _last_words(ended: subprocess.CompletedProcess[str]) -> str:
    said = " ".join((ended.stderr.strip() or ended.stdout.strip()).split())
    return said[-500:] or f"exit code {ended.returncode}"


def _short(path: Path) -> str:
    return f"~/{path.relative_to(HOME)}" if path.is_relative_to(HOME) else str(path)


def main() -> None:
    """Looks, all at once: docker-compose alone takes most of a second."""
    with ThreadPoolExecutor() as pool:
        looks: dict[str, Future[dict[str, object]] | Future[dict[str, str]] | Future[list[dict[str, object]]]] = {
            "compose": pool.submit(compose),
            "containers": pool.submit(containers),
            "tags": pool.submit(tags),
            "git": pool.submit(git),
            "files": pool.submit(files, DEPLOYMENT, ("logs", ".git")),
            "cache": pool.submit(files, CACHES),
        }
        print(json.dumps({name: look.result() for name, look in looks.items()}))


if __name__ == "__main__":
    main()

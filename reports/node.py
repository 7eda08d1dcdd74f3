"""Node.js, and Allure in reports/allure/node_modules: installed when missing or when the lock file changed."""

import hashlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from reports.locks import lock

NODE_MAJOR_MIN = 20  # package.json says the same to npm
PROJECT = Path(__file__).resolve().parent / "allure"

_VERSION_TIMEOUT_S = 10.0
_INSTALL_TIMEOUT_S = 300.0
_STAMP = Path("node_modules/.installed-from")  # inside what `npm ci` removes first, so a killed install is done again


class NodeError(Exception):
    """Node.js or a program on it is missing, too old or failed; the text says why and what to do."""


def find_node(environ: Mapping[str, str]) -> str:
    """The path of node, NODE_MAJOR_MIN or newer. Raises NodeError."""
    node = shutil.which("node", path=environ.get("PATH"))
    if node is None:
        raise NodeError(f"Node.js is not installed: install Node.js {NODE_MAJOR_MIN} or newer.")
    version = run([node, "--version"], Path.cwd(), environ, _VERSION_TIMEOUT_S).strip()
    major = version.removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < NODE_MAJOR_MIN:
        raise NodeError(f"Node.js {version} at {node} is too old: install Node.js {NODE_MAJOR_MIN} or newer.")
    return node


def install_allure(project: Path, environ: Mapping[str, str]) -> None:
    """Runs `npm ci` if need be: one process at a time, no package's own scripts. Raises NodeError."""
    with (project / "package-lock.json").open("rb") as locked:
        try:
            lock(locked, _INSTALL_TIMEOUT_S)
        except TimeoutError as error:
            raise NodeError(f"{error}.") from error
        wanted = hashlib.sha256(locked.read()).hexdigest()
        stamp = project / _STAMP
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        npm = shutil.which("npm", path=environ.get("PATH"))
        if npm is None:
            raise NodeError(f"npm is not installed: install Node.js {NODE_MAJOR_MIN} or newer, with npm.")
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], project, environ, _INSTALL_TIMEOUT_S)
        stamp.write_text(wanted)


def run(command: Sequence[str], folder: Path, environ: Mapping[str, str], timeout_s: float) -> str:
    """What the command printed. Raises NodeError with the last line of its errors, also when it takes too long."""
    name = " ".join([Path(command[0]).name, *command[1:2]])
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        raise NodeError(f"`{name}` did not end within {timeout_s:g} s: it was stopped.") from None
    except OSError as error:
        raise NodeError(f"`{name}` cannot be run: {error.strerror}.") from error
    if done.returncode != 0:
        lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise NodeError(f"`{name}` failed with exit code {done.returncode}: {_telling(lines)}")
    return done.stdout


def _telling(lines: Sequence[str]) -> str:
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["it printed nothing"])[0]

"""What images are made from: Debian as a base, Python packages, and Toxiproxy; from registries, or without any.

Where a registry of images answers, Debian's and Toxiproxy's own images are used. Where none does, the same Debian is
made from its packages by mmdebstrap, and the same Toxiproxy from its Go module.
"""

import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from drills.bench.process import BenchError

SUITE = "bookworm"
DEBIAN_IMAGE = "debian:bookworm-slim"
TOXIPROXY_VERSION = "2.12.0"
TOXIPROXY_IMAGE = f"ghcr.io/shopify/toxiproxy:{TOXIPROXY_VERSION}"
TOXIPROXY_MODULE = f"github.com/Shopify/toxiproxy/v2/cmd/server@v{TOXIPROXY_VERSION}"

TARGET_PYTHON = "3.11"  # Debian bookworm's
PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
UNREAD = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/i18n/*")
"""What nobody reads in a container, as paths that dpkg leaves out."""

MMDEBSTRAP_BOUND_S = 600
PIP_BOUND_S = 600
GO_BOUND_S = 600


class MaterialError(BenchError):
    """Something that images are made from cannot be had; the text says what to install or to set."""


def debian_root(packages: Sequence[str], archive: Path) -> None:
    """Writes a Debian with these packages, as a tar of its root. Raises MaterialError."""
    if shutil.which("mmdebstrap") is None:
        _install_mmdebstrap()
    excluded = [f"--dpkgopt=path-exclude={path}" for path in UNREAD]
    merged = ["--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"]  # without it Perl comes in to merge /usr
    include = f"--include={','.join(('usr-is-merged', *packages))}"
    command = ["mmdebstrap", "--quiet", "--variant=essential", *excluded, *merged, include, SUITE, str(archive)]
    _run(command, MMDEBSTRAP_BOUND_S, "Debian's packages cannot be fetched")


def python_packages(lock: Path, directory: Path) -> None:
    """Installs a locked set of Python packages into `directory`, for Debian's Python whatever Python runs this."""
    wanted = [f"{name}_{platform.machine()}" for name in PLATFORMS]
    platforms = [argument for name in wanted for argument in ("--platform", name)]
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"),
        *("--target", str(directory), "--python-version", TARGET_PYTHON, "--implementation", "cp", *platforms),
        *("--only-binary=:all:", "--require-hashes", "-r", str(lock)),
    ]
    _run(command, PIP_BOUND_S, f"the packages of {lock.name} cannot be fetched")
    shutil.rmtree(directory / "bin", ignore_errors=True)  # scripts for the Python that ran pip


def toxiproxy_server(directory: Path) -> Path:
    """Builds Toxiproxy's server with this machine's Go, as one static binary. Raises MaterialError."""
    go = shutil.which("go")
    if go is None:
        raise MaterialError(
            f"Toxiproxy {TOXIPROXY_VERSION} can be had neither as an image (no registry answers) nor built "
            "(no `go` in PATH): install Go 1.23 or newer, or let the engine pull images."
        )
    flags = f"-s -w -X github.com/Shopify/toxiproxy/v2.Version={TOXIPROXY_VERSION}"
    environment = {"CGO_ENABLED": "0", "GOBIN": str(directory), "GOFLAGS": ""}
    command = [go, "install", "-ldflags", flags, TOXIPROXY_MODULE]
    _run(command, GO_BOUND_S, "Toxiproxy's Go module cannot be built", environment)
    return directory / "server"


def _install_mmdebstrap() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MaterialError(
            "No registry of images answers, and Debian's packages cannot be made into an image here: "
            "install mmdebstrap (as root on Debian this is done for you), or let the engine pull images."
        )
    print("Installing Debian's mmdebstrap to make images from packages (undo: apt-get remove mmdebstrap).", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"], MMDEBSTRAP_BOUND_S, "the list of Debian's packages cannot be fetched", quiet)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap"]
    _run(install, MMDEBSTRAP_BOUND_S, "mmdebstrap cannot be installed", quiet)


def _run(command: Sequence[str], bound_s: float, trouble: str, environment: Mapping[str, str] | None = None) -> None:
    """Runs a command to its end; MaterialError with its last lines where it does not end well within the bound."""
    try:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise MaterialError(f"{command[0]} cannot be run ({error.strerror}), so {trouble}.") from None
    with process:
        try:
            stdout, stderr = process.communicate(timeout=bound_s)
        except subprocess.TimeoutExpired:
            raise MaterialError(f"{command[0]} did not end within {bound_s:g} s, so {trouble}: try again.") from None
        finally:
            if process.poll() is None:  # with all that it started, whatever ended the wait
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        tail = "\n".join((stderr or stdout).strip().splitlines()[-8:])
        raise MaterialError(f"{trouble} (exit code {process.returncode} of {command[0]}). Its last lines:\n{tail}")

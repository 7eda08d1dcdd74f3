"""The reference FinChat and the stand-ins for its upstreams as four local processes with a temporary HOME of their own.

    with embedded.running() as bench:
        httpx.get(bench.api_url + "/health")

`python -m drills.bench.embedded` stands until Ctrl-C and says how to run checks against it. Linux only: cleaning up
reads /proc.
"""

import argparse
import contextlib
import json
import os
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, MappingProxyType

from drills.bench import guard
from drills.bench.process import POLL_S, START_BOUND_S, BenchError, PortTakenError, ReservedPort, Service

ROOT = Path(__file__).resolve().parents[2]
TARGET_FILE = "target.toml"
HOME_PREFIX = "finchat-embedded-"
START_ATTEMPTS = 3
GUARD_BOUND_S = 5.0
READY_TIMEOUT_S = 3.0

# On one machine an answer takes milliseconds: what does not come soon will not come, and a drill need not wait for it.
PATIENCE = MappingProxyType(
    {
        "EDGAR_TIMEOUT_S": "2",
        "EDGAR_RETRIES": "1",
        "OPENAI_TIMEOUT_S": "3",
        "OPENAI_RETRIES": "0",
        "CIRCUIT_BREAKER_RESET_S": "2",
    }
)

# Where the Python that runs this needs them, so do the children.
INHERITED = ("PATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Embedded:
    """A running bench: where its services are, and what one needs to use them.

    `openai_url` ends in /v1. `home` is the HOME of the four processes, with the cache in .cache/finchat_sec_qa and in
    output what each wrote to stdout and stderr; `logs` holds app.log and access.log. `token` is for the web
    application, `openai_key` is the key that the OpenAI stand-in accepts.
    """

    api_url: str
    webapp_url: str
    edgar_url: str
    edgar_admin_url: str
    openai_url: str
    openai_admin_url: str
    home: Path
    logs: Path
    token: str
    openai_key: str
    services: Mapping[str, Service]


@contextlib.contextmanager
def running(env: Mapping[str, str] | None = None) -> Iterator[Embedded]:
    """Starts the bench and ends it on the way out, by SIGKILL, as nothing of it is kept.

    `env` overrides FinChat's environment (the API's and the web application's). BenchError, with a service's last log
    lines, where it does not stand ready within 20 s. Should this process be killed, a guard process ends the bench.
    """
    remove_leftovers(Path(tempfile.gettempdir()))
    with _guarded_home() as home:
        for attempt in range(1, START_ATTEMPTS + 1):
            with contextlib.ExitStack() as stack:
                bench = _prepare(home, env or {}, stack)
                try:
                    _start(bench)
                except PortTakenError:
                    if attempt == START_ATTEMPTS:
                        raise
                    continue
                yield bench
                return


def remove_leftovers(directory: Path) -> None:
    """Ends and removes what benches of ours left in `directory` whose process was killed together with its guard."""
    for home in directory.glob(f"{HOME_PREFIX}*-*"):
        pid = home.name.removeprefix(HOME_PREFIX).partition("-")[0]
        if not pid.isdecimal() or Path("/proc", pid).exists():
            continue
        # Another start may be removing the same one.
        with contextlib.suppress(FileNotFoundError):
            if home.lstat().st_uid == os.getuid() and not home.is_symlink():
                guard.end_and_remove(home)


@contextlib.contextmanager
def _guarded_home() -> Iterator[Path]:
    """A temporary HOME and the process that removes it, with all that still runs in it, when this process ends."""
    home = Path(tempfile.mkdtemp(prefix=f"{HOME_PREFIX}{os.getpid()}-"))
    watching = subprocess.Popen(
        [sys.executable, "-I", "-S", str(guard.__file__), str(home)],
        env=_inherited(),
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A signal to our process group must not reach it.
        start_new_session=True,
    )
    try:
        yield home
    finally:
        # The end of its input is what the guard waits for.
        watching.communicate(timeout=GUARD_BOUND_S)


def _prepare(home: Path, env: Mapping[str, str], stack: contextlib.ExitStack) -> Embedded:
    """Chooses ports and keys, and describes the four services; starts nothing. The stack ends what is started later."""
    names = ("api", "webapp", "edgar", "edgar_admin", "openai", "openai_admin")
    ports = {name: _reserve(stack) for name in names}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    token, openai_key = secrets.token_urlsafe(18), f"sk-standin-{secrets.token_hex(16)}"
    logs, output = home / "logs", home / "output"
    for directory in (logs, output):
        directory.mkdir(exist_ok=True)
    base = {
        **_inherited(),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "drills" / "bench" / "finchat")]),
        "PYTHONUNBUFFERED": "1",
    }
    finchat = {
        **base,
        **PATIENCE,
        "FINCHAT_API_HOST": "127.0.0.1",
        "FINCHAT_API_PORT": str(ports["api"]),
        "FINCHAT_API_URL": urls["api"],
        "FINCHAT_TOKEN": token,
        "FINCHAT_SECRET_KEY": secrets.token_hex(16),
        "FINCHAT_LOG_DIR": str(logs),
        "EDGAR_DATA_URL": urls["edgar"],
        "EDGAR_WWW_URL": urls["edgar"],
        "OPENAI_API_KEY": openai_key,
        "OPENAI_BASE_URL": f"{urls['openai']}/v1",
        **env,
    }

    def service(name: str, environment: Mapping[str, str], probe_url: str, *arguments: str) -> Service:
        command = [sys.executable, "-m", *arguments]
        described = Service(name, command, environment, home, output / f"{name}.log", probe_url)
        stack.callback(described.kill)
        return described

    def upstream(name: str, *more: str) -> Service:
        # Asked at the admin port, where asking is not counted.
        listening = ("--port", str(ports[name]), "--admin-port", str(ports[f"{name}_admin"]))
        return service(
            name, base, f"{urls[f'{name}_admin']}/state", f"drills.bench.upstreams.{name}", *listening, *more
        )

    gunicorn = shlex.split(
        f"gunicorn 'finchat_sec_qa.webapp:create_app()' --bind 127.0.0.1:{ports['webapp']} --workers 1 --threads 8"
    )
    # The API takes longest, so it goes first. The web application is asked for its form: that takes no API.
    services = {
        "api": service("api", finchat, f"{urls['api']}/live", "finchat_sec_qa.server"),
        "webapp": service("webapp", finchat, f"{urls['webapp']}/", *gunicorn),
        "edgar": upstream("edgar"),
        "openai": upstream("openai", "--key", openai_key),
    }
    return Embedded(
        api_url=urls["api"],
        webapp_url=urls["webapp"],
        edgar_url=urls["edgar"],
        edgar_admin_url=urls["edgar_admin"],
        openai_url=f"{urls['openai']}/v1",
        openai_admin_url=urls["openai_admin"],
        home=home,
        logs=logs,
        token=token,
        openai_key=openai_key,
        services=services,
    )


def _start(bench: Embedded) -> None:
    """Starts the four side by side and waits until the web application says that all is ready."""
    deadline_s = time.monotonic() + START_BOUND_S
    for service in bench.services.values():
        service.launch()
    silent = list(bench.services.values())
    # All are asked in turn, so that one that dies is told while another is still starting.
    while silent := [service for service in silent if not service.answers(deadline_s)]:
        time.sleep(POLL_S)
    while (said := _readiness(bench.webapp_url)) is not None:
        if time.monotonic() > deadline_s:
            tail = bench.services["api"].log_tail()
            raise BenchError(f"FinChat runs but does not get ready: {said}\nThe API's last log lines:\n{tail}")
        time.sleep(POLL_S)


def _readiness(webapp_url: str) -> str | None:
    """None when the web application is ready, and the API with it; else what it said."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"{webapp_url}/ready", timeout=READY_TIMEOUT_S).close()
    except urllib.error.HTTPError as error:
        with error:
            return f"GET /ready gives {error.code}: {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return f"GET /ready fails: {error}"
    return None


def _reserve(stack: contextlib.ExitStack) -> int:
    port = ReservedPort()
    stack.callback(port.release)
    return port.number


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def _as_json(bench: Embedded) -> str:
    return json.dumps(
        {
            "api_url": bench.api_url,
            "webapp_url": bench.webapp_url,
            "edgar_url": bench.edgar_url,
            "edgar_admin_url": bench.edgar_admin_url,
            "openai_url": bench.openai_url,
            "openai_admin_url": bench.openai_admin_url,
            "home": str(bench.home),
            "target": str(bench.home / TARGET_FILE),
            "logs": str(bench.logs),
            "token": bench.token,
            "openai_key": bench.openai_key,
            "pids": {name: service.pid for name, service in bench.services.items()},
        }
    )


def _as_text(bench: Embedded) -> str:
    pids = ", ".join(f"{name} {service.pid}" for name, service in bench.services.items())
    return f"""FinChat stands: API {bench.api_url}, web application {bench.webapp_url}
  EDGAR   {bench.edgar_url} (admin port {bench.edgar_admin_url})
  OpenAI  {bench.openai_url} (admin port {bench.openai_admin_url})
  HOME    {bench.home} (logs in {bench.logs})
  pids    {pids}
Run the checks against it:
  export FINCHAT_TOKEN={bench.token} OPENAI_API_KEY={bench.openai_key}
  pytest -m p0 --target={bench.home / TARGET_FILE}
Ctrl-C ends it."""


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    cli = argparse.ArgumentParser(prog="python -m drills.bench.embedded", description="The reference FinChat, locally.")
    cli.add_argument("--json", action="store_true", help="print one JSON line instead of text")
    arguments = cli.parse_args()
    # That module describes benches of this one.
    from drills.bench.embedded_target import target_toml

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        with running() as bench:
            (bench.home / TARGET_FILE).write_text(target_toml(bench))
            print(_as_json(bench) if arguments.json else _as_text(bench), flush=True)
            while True:
                signal.pause()
    except BenchError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

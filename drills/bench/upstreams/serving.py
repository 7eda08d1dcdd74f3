"""Runs a stand-in: the public port (TLS where a certificate is given) and the admin port (plain HTTP) in one process.

When both listen, one JSON line on stdout names the ports: {"name", "port", "admin_port"}. SIGTERM or Ctrl-C ends it
with exit code 0.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from drills.bench.upstreams.certificate import Certificate
from drills.bench.upstreams.state import State

# What an answer that is under way gets at the end.
GRACE_S = 1


@dataclass(frozen=True)
class Options:
    host: str
    port: int
    admin_port: int
    certfile: Path | None
    keyfile: Path | None
    expired_file: Path | None = None


def parser(name: str) -> argparse.ArgumentParser:
    """The command line that both stand-ins have; `options` reads what it gives."""
    cli = argparse.ArgumentParser(
        prog=f"python -m drills.bench.upstreams.{name}", description=f"A stand-in for {name}."
    )
    cli.add_argument("--host", default="127.0.0.1", help="address of both ports (%(default)s)")
    cli.add_argument("--port", type=int, default=0, help="public port; 0: a free one")
    cli.add_argument("--admin-port", type=int, default=0, help="admin port; 0: a free one")
    cli.add_argument("--certfile", type=Path, help="PEM certificate: the public port speaks TLS")
    cli.add_argument("--keyfile", type=Path, help="PEM key of the certificate")
    cli.add_argument("--expired-file", type=Path, help="PEM certificate and key that the admin port can switch to")
    return cli


def options(cli: argparse.ArgumentParser, arguments: argparse.Namespace) -> Options:
    """The common options, checked. Ends the process with exit code 2 and one line where they cannot be used."""
    certfile, keyfile, expired_file = arguments.certfile, arguments.keyfile, arguments.expired_file
    if (certfile is None) != (keyfile is None):
        cli.error("--certfile and --keyfile go together: give both or none")
    if expired_file is not None and certfile is None:
        cli.error("--expired-file stands in place of a certificate: give --certfile and --keyfile too")
    for port in (arguments.port, arguments.admin_port):
        if not 0 <= port <= 65535:
            cli.error(f"{port} is not a port: give a number from 0 (a free one) to 65535")
    for file in (certfile, keyfile, expired_file):
        if file is not None and not file.is_file():
            cli.error(f"{file} is not a file: give the path of a PEM file")
    return Options(arguments.host, arguments.port, arguments.admin_port, certfile, keyfile, expired_file)


def run(state: State, public: ASGIApp, admin: ASGIApp, given: Options) -> None:
    """Serves until SIGTERM or SIGINT. A port that is taken ends the process with exit code 1 and one line."""
    # stdout is for the one JSON line.
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        sockets = _listen(given.host, given.port), _listen(given.host, given.admin_port)
    except OSError as error:
        reason = error.strerror or error
        sys.exit(f"{state.name}: cannot listen on {given.host}: {reason}. Choose other ports, or 0 for free ones.")
    asyncio.run(_serve(state, public, admin, given, *sockets))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=512)
    # asyncio sets this only on sockets that it made itself; without it an answer of two writes takes 40 ms more.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it listens, and leaves the signals to its owner: two of them share a process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(
    state: State,
    public: ASGIApp,
    admin: ASGIApp,
    given: Options,
    public_socket: socket.socket,
    admin_socket: socket.socket,
) -> None:
    served = _config(public, given.certfile, given.keyfile)
    served.load()
    if served.ssl and given.certfile and given.keyfile and given.expired_file:
        state.certificate = Certificate(served.ssl, given.certfile, given.keyfile, given.expired_file)
    servers = [_Server(served), _Server(_config(admin, None, None))]

    def end() -> None:
        state.closing.set()
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    async with asyncio.TaskGroup() as tasks:
        for server, listening in zip(servers, (public_socket, admin_socket), strict=True):
            tasks.create_task(server.serve(sockets=[listening]))
        ports = {"port": public_socket.getsockname()[1], "admin_port": admin_socket.getsockname()[1]}
        for server in servers:
            await server.listens.wait()
        print(json.dumps({"name": state.name, **ports}), flush=True)


def _config(app: ASGIApp, certfile: Path | None, keyfile: Path | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        # The one protocol implementation that every uvicorn has.
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        server_header=False,
        ssl_certfile=certfile,
        ssl_keyfile=keyfile,
        timeout_graceful_shutdown=GRACE_S,
    )

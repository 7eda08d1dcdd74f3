"""A bench for a person to look at: it stands until it is told to end.

python -m drills.bench.standing up [--deployment DIR ...]
python -m drills.bench.standing down
"""

import argparse
import signal
import sys
import time
from types import FrameType

from checks.outcome import ExitCode
from drills.bench.bench import Bench
from drills.bench.deployment import DeploymentError
from drills.bench.engine import Trouble, connect, reason
from drills.bench.host import DEPLOYMENT, USER
from drills.bench.ledger import ledgers, state_directory
from drills.bench.options import BENCH_OPTIONS, read_choice
from drills.bench.plan import FRONT, PROXY_API_PORT, STAND_INS
from drills.bench.process import BenchError
from drills.bench.reap import of_run, reap, undo
from drills.bench.run import begin
from drills.bench.spec import prepare
from drills.bench.start import start_bench


def up(arguments: argparse.Namespace) -> None:
    """Starts a bench and leaves it standing. BenchError where it does not start; then nothing stands."""
    started_s = time.monotonic()
    run = begin(lambda text: print(f"{time.monotonic() - started_s:6.1f} s  {text}", file=sys.stderr), standing=True)
    try:
        spec = prepare(run, read_choice(lambda dest: getattr(arguments, dest), arguments.target))
        run.say("starting the bench")
        bench = start_bench(run, spec)
        run.ledger.stand()
    except BaseException:
        run.end()
        raise
    print(describe(bench))


def down() -> None:
    """Ends every standing bench of this user."""
    client = connect()
    standing = [ledger for ledger in ledgers(state_directory()) if ledger.is_standing]
    stuck = [line for ledger in standing for line in reap(client, of_run(ledger.run_id))]
    for ledger in standing:
        undo(ledger)
    if stuck:
        raise BenchError("Not all of it goes: " + "; ".join(stuck) + ".")
    print(f"{len(standing)} standing bench{'es' * (len(standing) != 1)} ended.")


def describe(bench: Bench) -> str:
    """Where everything is, and how to look at it."""
    fronts = [(name, service.url) for name in FRONT if (service := bench.target.service(name))]
    lines = [f"A bench stands: {bench.deployment}"]
    lines += [f"  {name:<9}{url}   (through Toxiproxy, as users reach it)" for name, url in fronts]
    proxy = bench.neighbours.port(bench.neighbours.proxy, PROXY_API_PORT)
    lines += [f"  {'proxy':<9}http://127.0.0.1:{proxy}   (Toxiproxy's API; upstreams: {', '.join(_upstreams(bench))})"]
    lines += [f"  {name:<9}{bench.admin(name)}   (admin port of the stand-in)" for name in STAND_INS]
    shell = f"docker exec -it --user {USER} --workdir {DEPLOYMENT} {bench.host.container.name} bash -l"
    return "\n".join(
        [
            *lines,
            "A shell on its host, as the operator:",
            f"  {shell}",
            "The production checks against it:",
            f"  set -a; . {bench.environment_file}; set +a",
            f"  pytest -m p0 --access http,docker,host,logs --target={bench.target_file}",
            "`make bench-down` ends it.",
        ]
    )


def _upstreams(bench: Bench) -> list[str]:
    return [name for name in bench.links if name not in FRONT]


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    cli = argparse.ArgumentParser(prog="python -m drills.bench.standing", description="A bench that stands.")
    commands = cli.add_subparsers(required=True, dest="command")
    starting = commands.add_parser("up", help="start a bench and leave it standing")
    for option in BENCH_OPTIONS:
        starting.add_argument(f"--{option.name}", dest=option.dest, metavar=option.metavar, help=option.help)
    starting.add_argument("--target", metavar="FILE", help="the target file that describes the deployment")
    commands.add_parser("down", help="end every standing bench")
    arguments = cli.parse_args()
    signal.signal(signal.SIGTERM, _end)
    try:
        up(arguments) if arguments.command == "up" else down()
    except DeploymentError as error:
        print(error, file=sys.stderr)
        sys.exit(ExitCode.USAGE)
    except BenchError as error:
        sys.exit(str(error))
    except Trouble as error:
        sys.exit(f"The engine refuses: {reason(error)}.")
    except KeyboardInterrupt:
        sys.exit("Interrupted; what was begun is removed.")


if __name__ == "__main__":
    main()

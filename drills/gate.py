"""May this build be deployed: is it healthy on a bench, and does the runbook bring back the build before it?

python -m drills.gate --candidate IMAGE --previous IMAGE [--deployment DIR ...]

Exits 0: deploy, the way back is proven; 1: do not; 3: nobody can tell; 4: the command line names what there is not;
2: interrupted.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import pytest

from checks.outcome import ExitCode
from drills.bench.deployment import DeploymentError, read_deployment
from drills.bench.engine import connect
from drills.bench.options import BENCH_OPTIONS, Choice, read_choice
from drills.bench.process import BenchError
from drills.bench.spec import image_ids, required_image
from drills.gate_decision import Decision, Proof, decide
from drills.properties import record_in
from drills.proving import read_subject
from drills.session import DrillSession

ROOT = Path(__file__).resolve().parents[1]
MARK = "rollback"
OWN = {"api-image": "candidate", "previous-api-image": "previous"}
"""The options of a run of drills that the gate has under names of its own."""
_MARKED = re.compile(rf"^@pytest\.mark\.{MARK}\b.*?^def (test_\w+)", re.MULTILINE | re.DOTALL)
NO_BENCH = "no drill can begin on a bench with this build"


@dataclass
class Seen:
    """The plugin of pytest that keeps what became of each drill. Where the first got no bench, none is tried again."""

    proof: Proof = field(default_factory=Proof)
    stopped: bool = False
    session: pytest.Session | None = None
    heard: set[str] = field(default_factory=set)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = record_in(report) if report.when == "call" else None
        if report.when == "call" or not report.passed:
            self.heard.add(report.nodeid.partition("[")[0])
        if record is not None:
            self.proof.ended.append(record)
        if report.skipped and isinstance(report.longrepr, tuple):
            self.proof.left_out.append(str(report.longrepr[2]).removeprefix("Skipped: "))
        elif report.failed and record is None:
            self.proof.without.append(_why(report))
            self._stop()

    def _stop(self) -> None:
        if self.proof.ended or self.session is None:
            return
        self.stopped = True
        self.session.shouldstop = NO_BENCH
        if xdist := self.session.config.pluginmanager.get_plugin("dsession"):
            xdist.shouldstop = NO_BENCH


def _why(report: pytest.TestReport) -> str:
    """The sentence that a test failed with; of an exception, what it says, without where it was raised."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longrepr).removeprefix("Failed: ").strip()


def gate(candidate: str, previous: str, choice: Choice, passed_on: Sequence[str]) -> Decision:
    """Runs the drills marked rollback with these images. `choice`: the bench with the candidate. `passed_on`: further
    arguments for pytest. Raises BenchError, a DeploymentError among them for what is not there."""
    client = connect()
    ids = image_ids(client, {image: required_image(client, image) for image in (candidate, previous)})
    if ids[candidate] == ids[previous]:
        raise DeploymentError(
            f"{candidate} and {previous} are one image ({ids[candidate][:19]}), and a way back from a build to itself "
            "proves nothing: give as --previous the build that runs now."
        )
    read_deployment(choice.deployment, choice.target)
    seen = Seen()
    ended = pytest.main([*_command(), *passed_on], plugins=[seen])
    if ended == pytest.ExitCode.INTERRUPTED and not seen.stopped:
        raise KeyboardInterrupt
    if ended == pytest.ExitCode.USAGE_ERROR:
        return Decision(ExitCode.USAGE, "Nothing was run: see above.")
    seen.proof.missing += [f"{name} was not run (see above)." for name in rollbacks() if name not in seen.heard]
    if ended == pytest.ExitCode.INTERNAL_ERROR:
        seen.proof.missing.append("The run of the drills broke off (see above).")
    return decide(candidate, previous, seen.proof, lambda: amiss(replace(choice, api_image=previous)))


def rollbacks(directory: Path = ROOT / "drills") -> Iterator[str]:
    """The tests that are marked, as pytest names them: from the text, for a file that cannot be imported is one too."""
    for path in sorted(directory.glob("test_*.py")):
        for found in _MARKED.finditer(path.read_text(encoding="utf-8")):
            yield f"{directory.name}/{path.name}::{found[1]}"


def amiss(choice: Choice) -> str | None:
    """What is amiss with a bench before anything is broken on it; None where it is healthy."""
    session = DrillSession(choice, read_subject(None), lambda text: print(f"with the build before: {text}", flush=True))
    try:
        session.bench()
    except BenchError as error:
        return session.redact(str(error))
    finally:
        session.end()
    return None


def _command() -> list[str]:
    # pytest would rewrite the asserts of what is imported here already, and complains that it cannot.
    calm = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", str(ROOT / "drills"), "-m", MARK, "--gate", *calm]


class _Cli(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.USAGE, f"{message}; --help lists what there is\n")


def read_arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says. Exits with 4 for one that cannot be read."""
    cli = _Cli(prog="python -m drills.gate", description="May this build be deployed? 0 yes, 1 no, 3 nobody can tell.")
    cli.add_argument("--candidate", required=True, metavar="IMAGE", help="the API's image that is to be deployed")
    cli.add_argument("--previous", required=True, metavar="IMAGE", help="the API's image that a rollback goes back to")
    for option in BENCH_OPTIONS:
        if option.name not in OWN:
            cli.add_argument(f"--{option.name}", dest=option.dest, metavar=option.metavar, help=option.help)
    cli.add_argument("--target", metavar="FILE", help="the target file that describes the deployment")
    cli.add_argument("--evidence", metavar="DIR", help="where the evidence goes (default: reports/out)")
    cli.add_argument("-n", dest="benches", metavar="N", help="so many benches side by side (default: one)")
    return cli.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Says in its last line whether to deploy, and gives the exit code."""
    arguments = read_arguments(given)
    values = {option.dest: getattr(arguments, OWN.get(option.name, option.dest)) for option in BENCH_OPTIONS}
    passed_on = [
        f"--{option.name}={values[option.dest]}" for option in BENCH_OPTIONS if values[option.dest] is not None
    ]
    passed_on += [f"--{name}={value}" for name in ("target", "evidence") if (value := getattr(arguments, name))]
    passed_on += ["-n", arguments.benches] if arguments.benches else []
    try:
        for name in OWN.values():
            if not getattr(arguments, name).strip():
                raise DeploymentError(f"--{name} is given and empty: give it a value.")
        choice = read_choice(values.get, arguments.target)
        decision = gate(arguments.candidate, arguments.previous, choice, passed_on)
    except DeploymentError as error:
        decision = Decision(ExitCode.USAGE, str(error))
    except BenchError as error:
        decision = Decision(ExitCode.UNKNOWN, f"Cannot tell: {error}")
    except KeyboardInterrupt:
        print("Interrupted: nothing is proven, so do not deploy yet.", flush=True)
        return int(pytest.ExitCode.INTERRUPTED)
    print(decision.sentence, file=sys.stderr if decision.exit_code == ExitCode.USAGE else sys.stdout, flush=True)
    return int(decision.exit_code)


if __name__ == "__main__":
    sys.exit(main())

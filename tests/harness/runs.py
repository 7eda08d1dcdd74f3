"""One run of the checks as a person would start it, and what became of each check."""

import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from drills.bench.embedded import Embedded
from drills.bench.embedded_target import secrets_of, target_toml
from reports.record import CheckResult, RecordError, read_record

ROOT = Path(__file__).resolve().parents[2]
RUN_BOUND_S = 30.0
EVERYTHING = "--access=http,docker,host,logs --max-paid-calls=9"


@dataclass(frozen=True)
class Verdict:
    """What became of a check: its outcome, the code of the reason, and the check that explains it."""

    outcome: str
    code: str
    caused_by: str | None = None


def failed(code: str, because: str | None = None) -> Verdict:
    return Verdict("fail", code, because)


def unknown(code: str, because: str | None = None) -> Verdict:
    return Verdict("unknown", code, because)


@dataclass(frozen=True)
class Scene:
    """What a run of the checks is given: a target file, the environment, and where state is kept (None: nowhere)."""

    target: str
    env: Mapping[str, str] = field(default_factory=dict)
    state: Path | None = None


@dataclass(frozen=True)
class Seen:
    """What a run came to: what became of each check that did not pass, and the ids of those that did."""

    exit_code: int
    amiss: Mapping[str, Verdict]
    passed: frozenset[str]
    severities: Mapping[str, str]
    text: str

    @property
    def roots(self) -> Mapping[str, Verdict]:
        """What did not pass and is not explained by another check."""
        return {id_: verdict for id_, verdict in self.amiss.items() if verdict.caused_by is None}


def scene(bench: Embedded, *more: str, edits: Mapping[str, str] | None = None, state: Path | None = None) -> Scene:
    """The bench as a target: its target file with `more` at its end, and `edits` (old text: new text) in it."""
    text = "\n".join([target_toml(bench), *more])
    for old, new in (edits or {}).items():
        assert old in text, f"the target file has no {old!r} to put {new!r} in its place"
        text = text.replace(old, new)
    return Scene(text, secrets_of(bench), state)


def look(given: Scene, arguments: str) -> Seen:
    """Runs `python -m pytest` with these arguments on the target; AssertionError where that is no run of checks.

    The outcomes are those of run.json. The run has an environment of its own: what the caller has set changes nothing.
    """
    with tempfile.TemporaryDirectory(prefix="finchat-look-") as place:
        target, evidence = Path(place, "target.toml"), Path(place, "evidence")
        target.write_text(given.target)
        fixed = (f"--target={target}", f"--evidence={evidence}", f"--state={given.state or Path(place, 'state')}")
        exit_code, text = _run([*shlex.split(arguments), *fixed], given.env, Path(place))
        try:
            record = read_record(evidence / "latest" / "run.json")
        except RecordError as error:
            raise AssertionError(f"{error}\n{text}") from None
    amiss = {check.id: _verdict(check) for check in record.checks if check.outcome != "pass"}
    passed = frozenset(check.id for check in record.checks if check.outcome == "pass")
    return Seen(exit_code, amiss, passed, {check.id: check.severity for check in record.checks}, text)


def _verdict(check: CheckResult) -> Verdict:
    assert check.reason, f"{check.id} did not pass and gives no reason"
    return Verdict(check.outcome, check.reason.code, check.reason.caused_by)


def _run(arguments: list[str], env: Mapping[str, str], place: Path) -> tuple[int, str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(place), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with contextlib.ExitStack() as stack:
        stack.callback(process.wait)
        stack.callback(process.kill)  # nothing for one that has ended
        text, _ = process.communicate(timeout=RUN_BOUND_S)
        return process.returncode, text

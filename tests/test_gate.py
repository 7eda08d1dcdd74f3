"""What a gate decides, and what it says of a command line that names what there is not."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks.outcome import ExitCode
from drills import gate as gate_module
from drills.bench.options import Choice
from drills.catalogue import DRILLS
from drills.gate import rollbacks
from drills.gate_decision import Proof, decide
from drills.properties import PROPERTY
from drills.recorded import Record
from tests.hostile import ROOT, environment

HEALTHY: str | None = None


def drill(verdict: str, expected: str = "recovered", *, documented: str | None = "recovered") -> Record:
    return {
        "scenario": f"rollback-{verdict.replace(' ', '-')}",
        "verdict": verdict,
        "expected": expected,
        "why": "Because.",
        "time_to_recover_s": 4.25 if verdict == "recovered" else None,
        "documented_verdict": documented,
    }


@dataclass
class Case:
    """Drills that ended, why others have no record, what is amiss with the build before; what is decided, and said."""

    ended: list[Record]
    without: list[str]
    with_previous: str | None
    code: ExitCode
    said: str


GOOD, BAD, UNSURE = drill("recovered"), drill("not recovered"), drill("inconclusive")
DETECTED = drill("detected", "detected", documented=None)
CORRECTED = drill("recovered", documented="not recovered")
BACK = "It is healthy on a bench, and 1 drill came back to before:1 or to the commit before, the slowest in 4.2 s."
CASES: dict[str, Case] = {
    "all came back": Case([GOOD], [], HEALTHY, ExitCode.ALL_PASS, f"Deploy new:2. {BACK}"),
    "one only with a corrected step": Case(
        [CORRECTED],
        [],
        HEALTHY,
        ExitCode.ALL_PASS,
        f"Deploy new:2. {BACK} The runbook as it is written does not do for rollback-recovered: use the corrected",
    ),
    "one did not": Case(
        [GOOD, BAD],
        [],
        HEALTHY,
        ExitCode.FAILED,
        "Do not deploy new:2. rollback-not-recovered: not recovered, expected recovered. Because.",
    ),
    "one did not, and one is in doubt": Case(
        [UNSURE, BAD],
        ["No bench."],
        HEALTHY,
        ExitCode.FAILED,
        "Do not deploy new:2. rollback-not-recovered: not recovered, expected recovered. Because.",
    ),
    "one was not noticed": Case(
        [drill("not detected")],
        [],
        HEALTHY,
        ExitCode.FAILED,
        "Do not deploy new:2. rollback-not-detected: not detected, expected recovered. Because.",
    ),
    "one is in doubt": Case(
        [GOOD, UNSURE], [], HEALTHY, ExitCode.UNKNOWN, "Cannot tell about new:2. rollback-inconclusive: Because."
    ),
    "one has no record": Case([GOOD], ["No bench."], HEALTHY, ExitCode.UNKNOWN, "Cannot tell about new:2. No bench."),
    "only the new build is ill": Case(
        [],
        ["api_is_ready: red"],
        HEALTHY,
        ExitCode.FAILED,
        "Do not deploy new:2. It is not healthy on a bench, where before:1 is: api_is_ready: red",
    ),
    "both builds are ill, or the bench": Case(
        [],
        ["No bench."],
        "No engine.",
        ExitCode.UNKNOWN,
        "Cannot tell about new:2. No drill could begin with it (No bench.), nor could one with before:1: No engine.",
    ),
    "nothing was run": Case(
        [], [], HEALTHY, ExitCode.UNKNOWN, "Cannot tell about new:2. No drill of a rollback was run."
    ),
    "a variant is noticed": Case([GOOD, DETECTED], [], HEALTHY, ExitCode.ALL_PASS, "Deploy new:2. It is healthy on a"),
}


@pytest.mark.parametrize("what", CASES)
def test_the_decision_where(what: str) -> None:
    case = CASES[what]
    decision = decide("new:2", "before:1", Proof(case.ended, case.without), lambda: case.with_previous)
    assert (decision.exit_code, decision.sentence[: len(case.said)]) == (case.code, case.said)


def test_a_build_is_not_deployed_without_a_drill_that_was_to_be_run() -> None:
    decision = decide("new:2", "before:1", Proof([GOOD], missing=["test_x was not run."]), lambda: HEALTHY)
    assert (decision.exit_code, decision.sentence) == (ExitCode.UNKNOWN, "Cannot tell about new:2. test_x was not run.")


def test_a_build_is_not_deployed_where_nothing_came_back() -> None:
    proof = Proof([DETECTED], [], ["rollback-config: there is no config/."])
    decision = decide("new:2", "before:1", proof, lambda: HEALTHY)
    assert decision.exit_code is ExitCode.UNKNOWN
    assert decision.sentence.startswith("Cannot tell about new:2. No drill of a rollback was run.")


def test_the_drills_that_are_to_be_run_are_found_in_files_that_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("import nothing\n@pytest.mark.rollback\ndef test_b(drill: Drill) -> None: ((")
    assert list(rollbacks(tmp_path)) == [f"{tmp_path.name}/test_a.py::test_b"]
    marked = [path.name for path in DRILLS.glob("test_*.py") if "mark.rollback" in path.read_text()]
    assert sorted(name.partition("::")[0] for name in rollbacks()) == sorted(f"drills/{name}" for name in marked)


def test_what_was_left_out_is_said() -> None:
    proof = Proof([GOOD], [], ["rollback-config: there is no config/."])
    decision = decide("new:2", "before:1", proof, lambda: HEALTHY)
    assert decision.exit_code is ExitCode.ALL_PASS
    assert decision.sentence.endswith("the slowest in 4.2 s. Left out: rollback-config: there is no config/.")


def test_the_build_before_is_tried_only_where_no_drill_could_begin() -> None:
    def never() -> str | None:
        raise AssertionError("a bench was started for nothing")

    assert decide("new:2", "before:1", Proof([GOOD], ["No bench."]), never).exit_code is ExitCode.UNKNOWN
    assert decide("new:2", "before:1", Proof(), never).exit_code is ExitCode.UNKNOWN


USAGE = {
    "no candidate": (["--previous", "x"], "the following arguments are required: --candidate"),
    "no image before": (["--candidate", "x"], "the following arguments are required: --previous"),
    "an empty candidate": (["--candidate=", "--previous=x"], "--candidate is given and empty: give it a value"),
    "an empty image before": (["--candidate=x", "--previous= "], "--previous is given and empty: give it a value"),
    "an option that there is not": (["--candidate=x", "--previous=y", "--smell"], "unrecognized arguments: --smell"),
}


@pytest.mark.parametrize("what", USAGE)
def test_refused_with_one_sentence_is(what: str) -> None:
    arguments, said = USAGE[what]
    code, out, error = gate(*arguments)
    assert (code, out) == (4, ""), error
    assert error.startswith(said)
    assert len(error.strip().splitlines()) == 1


def test_a_gate_without_an_engine_cannot_tell() -> None:
    code, out, _ = gate("--candidate=x", "--previous=y", DOCKER_HOST="unix:///nonexistent")
    assert code == 3
    assert out.startswith("Cannot tell: No Docker engine answers at unix:///nonexistent")


def gate(*arguments: str, **env: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "drills.gate", *arguments]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment(**env), capture_output=True, text=True, timeout=60, check=False
    )
    return ran.returncode, ran.stdout, ran.stderr


# The gate as it is, but for the two images, which are taken to be there.
WITH_IMAGES = """
import sys
from drills import gate
gate.connect = lambda: None
gate.required_image = lambda client, image: image
gate.image_ids = lambda client, images: {image: image for image in images}
sys.exit(gate.main(sys.argv[1:]))
"""


def reported(nodeid: str) -> pytest.TestReport:
    properties = [(PROPERTY, json.dumps(GOOD))]
    return pytest.TestReport(nodeid, ("x", 1, "x"), {}, "passed", None, "call", user_properties=properties)


@pytest.mark.parametrize(
    ("left_out", "ended", "code", "said"),
    [
        (0, pytest.ExitCode.OK, ExitCode.ALL_PASS, "Deploy new:2."),
        # By PYTEST_ADDOPTS, or a file that cannot be imported: the drills that were run ended well.
        (1, pytest.ExitCode.OK, ExitCode.UNKNOWN, "Cannot tell about new:2. drills/test_"),
        (0, pytest.ExitCode.INTERNAL_ERROR, ExitCode.UNKNOWN, "Cannot tell about new:2. The run of the drills broke"),
    ],
    ids=["all were run", "one was not", "pytest broke off"],
)
def test_a_gate_of_drills_that_end_well(
    monkeypatch: pytest.MonkeyPatch, left_out: int, ended: pytest.ExitCode, code: ExitCode, said: str
) -> None:
    def run(command: list[str], plugins: list[gate_module.Seen]) -> pytest.ExitCode:
        for name in list(rollbacks())[left_out:]:
            plugins[0].pytest_runtest_logreport(reported(name))
        return ended

    monkeypatch.setattr(pytest, "main", run)
    monkeypatch.setattr(gate_module, "connect", lambda: None)
    monkeypatch.setattr(gate_module, "required_image", lambda client, image: image)
    monkeypatch.setattr(gate_module, "image_ids", lambda client, images: images)
    decision = gate_module.gate("new:2", "before:1", Choice(), [])
    assert (decision.exit_code, decision.sentence[: len(said)]) == (code, said)


@pytest.mark.parametrize("benches", [(), ("-n", "2")], ids=["on one bench", "on two"])
def test_where_no_bench_comes_up_one_drill_is_tried_and_nobody_can_tell(benches: tuple[str, ...]) -> None:
    arguments = ["--candidate=new:2", "--previous=before:1", "--evidence=none", *benches]
    ran = subprocess.run(
        [sys.executable, "-c", WITH_IMAGES, *arguments],
        cwd=ROOT,
        env=environment(DOCKER_HOST="unix:///nonexistent"),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ran.returncode == 3, ran.stdout + ran.stderr
    last = ran.stdout[ran.stdout.rindex("Cannot tell") :]
    assert last.startswith("Cannot tell about new:2. No drill could begin with it (No Docker engine answers")
    assert "nor could one with before:1: No Docker engine answers" in last
    assert "no drill can begin on a bench with this build" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr

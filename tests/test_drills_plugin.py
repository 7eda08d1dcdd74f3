"""A run of drills as a person starts it, on a machine without an engine: refused, or in doubt, in one sentence."""

import re
from pathlib import Path

import pytest

from reports.record import read_record
from tests.hostile import Run, environment, run

NO_ENGINE = "unix:///nonexistent"


def drills(*arguments: str, **env: str) -> Run:
    """`pytest` with these arguments where no engine answers; no evidence, and no state in anybody's home."""
    return run(*arguments, "--evidence", "none", env=environment(DOCKER_HOST=NO_ENGINE, **env))


def test_drills_are_listed_without_an_engine() -> None:
    ended = drills("drills", "--collect-only", "-q")
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    assert "drills/test_api_killed.py::test_a_restart_brings_a_killed_api_back" in ended.stdout


def test_drills_that_are_only_listed_leave_no_evidence(tmp_path: Path) -> None:
    ended = run("drills", "--collect-only", "-q", "--evidence", str(tmp_path / "out"), env=environment())
    assert ended.exit_code == 0, ended.text
    assert not (tmp_path / "out").exists()


OF_ITS_OWN = "a drill works on a bench that it starts itself, never at an address: leave out"
USAGE: dict[str, tuple[list[str], dict[str, str], str]] = {
    "an API elsewhere": (
        ["drills", "--api-url", "http://x:1"],
        {},
        f"{OF_ITS_OWN} --api-url (FINCHAT_CHECKS_API_URL)",
    ),
    "an API elsewhere, by the environment": (
        ["drills"],
        {"FINCHAT_CHECKS_API_URL": "http://x:1"},
        f"{OF_ITS_OWN} --api-url (FINCHAT_CHECKS_API_URL)",
    ),
    "a webapp elsewhere": (["drills", "--webapp-url", "http://x:1"], {}, f"{OF_ITS_OWN} --webapp-url"),
    "a webapp elsewhere, by the environment": (
        ["drills"],
        {"FINCHAT_CHECKS_WEBAPP_URL": "http://x:1"},
        f"{OF_ITS_OWN} --webapp-url",
    ),
    "the embedded FinChat": (["drills", "--embedded"], {}, "drills need a host to break, which --embedded has not"),
    "a deployment that is not there": (
        ["drills", "--deployment", "/nonexistent"],
        {},
        "/nonexistent is not a directory: --deployment takes the one that holds the compose file",
    ),
    "a compose file for a deployment": (
        ["drills", "--deployment", "drills/bench/deployment/reference/docker-compose.yml"],
        {},
        "drills/bench/deployment/reference/docker-compose.yml is not a directory: --deployment takes",
    ),
    "drills and checks at once": (["checks", "drills"], {}, "run the checks alone: `pytest checks`"),
    "drills and tests at once": (["drills", "tests"], {}, "run the drills alone: `pytest drills`"),
}


@pytest.mark.parametrize("what", USAGE)
def test_refused_with_one_sentence_is(what: str) -> None:
    arguments, env, said = USAGE[what]
    ended = drills(*arguments, **env)
    assert (ended.exit_code, ended.clean) == (4, True), ended.text
    (line,) = [line for line in ended.stderr.splitlines() if line.strip()]
    assert line.startswith(f"ERROR: {said}")


REFERENCE = ("--deployment", "drills/bench/deployment/reference")


@pytest.mark.parametrize(
    "arguments",
    [(), REFERENCE, ("=".join(REFERENCE),), ("-n", "2")],
    ids=["alone", "with a deployment", "with a deployment, joined", "on two workers"],
)
def test_drills_without_an_engine_are_in_doubt_and_say_how_to_get_one(arguments: tuple[str, ...]) -> None:
    ended = drills("drills", "-m", "not diagnostics", *arguments)
    assert ended.exit_code == 3, ended.text
    (failed,) = re.findall(r"=+ (\d+) failed\b", ended.stdout)
    assert ended.stdout.count(f"No Docker engine answers at {NO_ENGINE} (") == int(failed), "once for each drill"
    assert (
        "start one (on Debian as root: `make engine`; elsewhere install Docker Engine 20.10 or newer)" in ended.stdout
    )
    assert ended.clean
    assert "drills/session.py" not in ended.text
    assert len(ended.text.splitlines()) < 20 + 4 * int(failed)


def test_doubt_leaves_evidence_of_no_drill(tmp_path: Path) -> None:
    ended = run("drills", "--evidence", str(tmp_path / "out"), env=environment(DOCKER_HOST=NO_ENGINE))
    assert ended.exit_code == 3, ended.text
    record = read_record(tmp_path / "out" / "latest" / "run.json")
    assert record.drills == ()
    assert {step.verdict for step in record.steps} == {"pending", "not here", "no reading"}


def test_a_run_that_selects_no_drill_is_in_doubt() -> None:
    assert drills("drills", "-k", "nothing_is_called_so").exit_code == 3

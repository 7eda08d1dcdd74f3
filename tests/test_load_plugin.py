"""A run of load as a person starts it: refused in one sentence, or sent, judged and kept."""

import contextlib
from pathlib import Path

import pytest

from checks.outcome import ExitCode
from load.asked import AskedLoad
from load.objectives import read_objectives
from load.plan import RECORDS_FILE
from load.plugin import LoadRun, NotSent
from tests.hostile import Run, environment, run

ELSEWHERE = """
name = "elsewhere"
[api]
url = "http://load.example:8000"
"""


def load(*arguments: str, **env: str) -> Run:
    """`pytest load` with these arguments, and no evidence."""
    return run("load", *arguments, "--evidence", "none", env=environment(**env))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """The target file of a host that is not this machine."""
    file = tmp_path / "elsewhere.toml"
    file.write_text(ELSEWHERE)
    return file


SMOKE = ["--load-profile", "smoke"]
USAGE: dict[str, tuple[list[str], str]] = {
    "no profile": ([], "say which load: --load-profile takes one of smoke, baseline, stress, spike, soak, recovery"),
    "an unknown profile": (
        ["--load-profile", "basline"],
        "'basline': did you mean 'baseline'?",
    ),
    "a module's name for a profile": (["--load-profile", "judge"], "there is no load profile 'judge'"),
    "a rate that is none": (
        [*SMOKE, "--load-rate", "fast"],
        "--load-rate takes requests a second, more than 0, not 'fast'",
    ),
    "a rate that is no number": (
        [*SMOKE, "--load-rate", "nan"],
        "--load-rate takes requests a second, more than 0, not 'nan'",
    ),
    "a rate below nothing": (
        [*SMOKE, "--load-rate", "-1"],
        "--load-rate takes requests a second, more than 0, not '-1'",
    ),
    "a rate without end": (
        [*SMOKE, "--load-rate", "inf"],
        "--load-rate takes requests a second, more than 0, not 'inf'",
    ),
    "a length that is none": ([*SMOKE, "--load-lasts", "-5"], "--load-lasts takes seconds, more than 0, not '-5'"),
    "no rate": ([*SMOKE, "--load-rate", "0"], "--load-rate takes requests a second, more than 0, not '0'"),
    "no length": ([*SMOKE, "--load-lasts", "0.0"], "--load-lasts takes seconds, more than 0, not '0.0'"),
    "half a process": ([*SMOKE, "--load-processes", "1.5"], "--load-processes takes a whole number"),
    "no process": ([*SMOKE, "--load-processes", "0"], "--load-processes takes a whole number, 1 to 64, not '0'"),
    "processes and workers": (
        [*SMOKE, "--load-processes", "2", "--load-workers", "2"],
        "--load-processes is for this machine and --load-workers for others: leave one out",
    ),
    "too few pairs": (
        [*SMOKE, "--against", "embedded", "--load-pairs", "2"],
        "--load-pairs takes a whole number",
    ),
    "the length of a comparison": (
        [*SMOKE, "--against", "embedded", "--load-lasts", "60"],
        "a comparison lasts as long as its blocks: leave out --load-lasts, give --load-pairs",
    ),
    "one image": ([*SMOKE, "--load-image", "a:1"], "two builds are compared: give --load-image the new one and"),
    "a drill without its profile": (
        [*SMOKE, "--load-drill", "api-killed"],
        "--load-drill goes with --load-profile recovery, not smoke",
    ),
    "a drill that is none": (
        ["--load-profile", "recovery", "--load-drill", "api-kiled"],
        "--load-drill: there is no drill 'api-kiled'; did you mean 'api-killed'?",
    ),
    "objectives that are not there": (
        [*SMOKE, "--load-objectives", "/nonexistent.toml"],
        "/nonexistent.toml cannot be read (No such file or directory)",
    ),
    "an older target that is not there": (
        [*SMOKE, "--against", "nowhere"],
        "--against: there is no target file",
    ),
    "an address elsewhere": (
        [*SMOKE, "--api-url", "http://load.example:8000"],
        "no load goes to load.example: it is not this machine, and the target file does not say `allow_load = true`",
    ),
    "an older address elsewhere": (
        [*SMOKE, "--api-url", "http://localhost:1", "--against", "http://load.example:8000"],
        "no load goes to load.example: it is not this machine",
    ),
    "more than is allowed": (
        [*SMOKE, "--api-url", "http://localhost:1", "--load-rate", "5000"],
        "5000 requests/s are more than the 2000 allowed there",
    ),
    "load and checks at once": (["checks"], "run the checks alone: `pytest checks`"),
}


@pytest.mark.parametrize("case", USAGE)
def test_a_wrong_command_line_is_refused_in_one_sentence(case: str) -> None:
    arguments, said = USAGE[case]
    ended = load(*arguments)
    assert (ended.exit_code, ended.clean) == (4, True), ended.text
    assert said in ended.stderr


def test_a_target_file_without_leave_gets_no_load_and_with_it_no_more_than_it_allows(elsewhere: Path) -> None:
    assert "no load goes to load.example" in load(*SMOKE, f"--target={elsewhere}").stderr
    elsewhere.write_text(f"allow_load = true\nload_rate_max_per_s = 10\n{ELSEWHERE}")
    refused = load(*SMOKE, f"--target={elsewhere}")
    assert "25 requests/s are more than the 10 allowed there" in refused.stderr


def test_objectives_are_listed_without_sending_anything() -> None:
    ended = load(*SMOKE, "--collect-only", "-q", "--api-url", "http://localhost:1")
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    assert "load/test_objectives.py::test_objective_is_met[question.p95]" in ended.stdout


def test_a_load_that_nobody_answers_is_no_pass() -> None:
    ended = load(*SMOKE, "--api-url", "http://localhost:1", "--load-lasts", "5")
    assert (ended.exit_code, ended.clean) == (1, True), ended.text
    assert "api.availability" in ended.stdout


def test_what_the_target_has_not_is_not_asked_for(elsewhere: Path) -> None:
    elsewhere.write_text(f"allow_load = true\n{ELSEWHERE}")  # no word that questions are free
    ended = load(*SMOKE, "--collect-only", "-q", f"--target={elsewhere}")
    assert ended.exit_code == 0, ended.text
    assert "[question.p95]" in ended.stdout
    assert "[question_fresh.p95]" not in ended.stdout


def test_a_load_that_broke_off_is_not_sent_again(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent = []

    def breaks(*arguments: object) -> None:
        sent.append(arguments)
        raise RuntimeError("odd")

    monkeypatch.setattr("load.run.run_load", breaks)
    run = LoadRun(
        pytestconfig, AskedLoad("smoke"), read_objectives(), lambda *_: contextlib.nullcontext({}), {"a": None}
    )
    run.folder = tmp_path
    with pytest.raises(RuntimeError):
        run.judgement("api.p95")
    with pytest.raises(NotSent, match="it broke off"):
        run.judgement("api.p99")
    assert len(sent) == 1
    assert run.exit_code is ExitCode.UNKNOWN


def test_a_run_that_sent_nothing_says_so(tmp_path: Path) -> None:
    other = tmp_path / "objectives.toml"
    other.write_text("[question_edgar]\np95_s = 1\n")  # which the target has not
    for why in (["-k", "nothing_of_this_name"], [f"--load-objectives={other}"]):
        ended = load(*SMOKE, *why, "--api-url", "http://localhost:1")
        assert (ended.exit_code, ended.clean) == (3, True), ended.text
        assert "no load was judged: none was sent" in ended.stdout


def test_a_run_that_only_lists_says_nothing_of_a_load() -> None:
    ended = load(*SMOKE, "--collect-only", "--api-url", "http://localhost:1")
    assert "no load was judged" not in ended.text


@pytest.mark.parametrize(
    ("profile", "left", "said"),
    [
        ("smoke", b"x" * 40, "the load was interrupted: python -m load.verdict {} judges what was sent"),
        ("smoke", b"", "no load was judged: it was interrupted"),
        ("recovery", b"x" * 40, "no load was judged: it was interrupted"),
    ],
)
def test_an_interrupted_load_says_who_judges_what_was_sent(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str, left: bytes, said: str
) -> None:
    def interrupted(*_: object) -> None:
        (tmp_path / RECORDS_FILE).write_bytes(left)
        raise KeyboardInterrupt

    monkeypatch.setattr("load.run.run_load", interrupted)
    run = LoadRun(
        pytestconfig, AskedLoad(profile), read_objectives(), lambda *_: contextlib.nullcontext({}), {"a": None}
    )
    run.folder = tmp_path
    with pytest.raises(KeyboardInterrupt):
        run.judgement("api.p95")
    assert run.lines() == [said.format(tmp_path)]

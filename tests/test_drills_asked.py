"""What a person asks of a run of drills: one by name, the list, what would be done, each several times."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from checks.outcome import Severity
from drills.catalogue import Entry, UnknownDrill, catalogue, entry_of, expected_s, listing, require_known
from drills.scenario import DetectedBy, Scenario, Verdict
from reports.record import read_record
from tests.drill_fakes import scenario
from tests.hostile import Run, environment, run

NO_ENGINE = "unix:///nonexistent"
WITHIN_S = 60.0


def drills(*arguments: str) -> Run:
    """`pytest drills` with these arguments, where no engine answers."""
    return run("drills", *arguments, env=environment(DOCKER_HOST=NO_ENGINE), within_s=WITHIN_S)


def variant(**changes: object) -> Scenario:
    values: dict[str, object] = {
        "id": "edgar-slow",
        "title": "EDGAR is slow",
        "severity": Severity.P1,
        "fault": "edgar slow",
        "detected_by": DetectedBy("api_reaches_edgar", ("api.edgar_timeout",)),
        "noticed_within_s": 30.0,
        "recover": (),
        "ttr_declared_s": 10.0,
        "expect": Verdict.DETECTED,
        **changes,
    }
    return Scenario(**values)  # type: ignore[arg-type]


def test_every_file_of_drills_tells_one_scenario_which_is_in_the_catalogue() -> None:
    entries = catalogue()
    ids = [entry.scenario.id for entry in entries]
    told = {path.name: path.read_text().count("= Scenario(") for path in Path("drills").glob("test_*.py")}
    assert {entry.file: 1 for entry in entries} == {file: count for file, count in told.items() if count}
    assert len(set(ids)) == len(ids), "an id names one drill"
    assert {"api-killed", "edgar-timeout"} <= set(ids)


def test_a_file_that_cannot_be_imported_leaves_the_others_in_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "room_of_drills"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "test_a_broken.py").write_text("import nothing_of_that_name\n")
    (room / "test_b_no_drill.py").write_text("SCENARIO = 3\n")
    (room / "test_c_well.py").write_text("from tests.drill_fakes import scenario\n\nSCENARIO = scenario()\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert [entry.file for entry in catalogue(room)] == ["test_c_well.py"]


def test_a_family_is_the_first_word_of_the_file() -> None:
    module = ModuleType("drills.test_edgar_slow_drip")
    module.__file__, module.SCENARIO = "/x/drills/test_edgar_slow_drip.py", scenario()  # type: ignore[attr-defined]
    entry = entry_of(module)
    assert entry is not None
    assert (entry.family, entry.file) == ("edgar", "test_edgar_slow_drip.py")
    assert entry_of(ModuleType("drills.test_diagnostics")) is None


def test_an_unknown_drill_is_refused_with_the_nearest() -> None:
    require_known(["api-killed"], ["api-killed", "edgar-timeout"])
    with pytest.raises(UnknownDrill, match=r"there is no drill 'api-kild'; did you mean 'api-killed'\?"):
        require_known(["api-killed", "api-kild"], ["api-killed", "edgar-timeout"])
    with pytest.raises(UnknownDrill, match="known: api-killed, edgar-timeout "):
        require_known(["zzz"], ["api-killed", "edgar-timeout"])


def test_the_longest_drills_are_those_with_two_kinds_of_steps() -> None:
    full = variant(recover=("a",), steps=("a",), expect=Verdict.RECOVERED)
    both = variant(recover=("a",), steps=("a",), corrected=("b",), expect=Verdict.RECOVERED)
    assert expected_s(variant()) < expected_s(full) < expected_s(both) < expected_s(None) + 60


def test_a_list_has_a_line_for_each_scenario() -> None:
    lines = listing([Entry(scenario(), "test_api_down.py"), Entry(variant(), "test_edgar_slow.py")])
    assert [re.split(r"  +", line) for line in lines] == [
        ["scenario", "severity", "expects", "family", "fault"],
        ["api-down", "p0", "recovered", "api", "the API's container is killed"],
        ["edgar-slow", "p1", "detected", "edgar", "edgar slow"],
    ]


def test_the_list_starts_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    ended = drills("--list", "-n", "2", "--evidence", str(tmp_path / "out"))
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    assert re.search(r"^api-killed +p0 +recovered +api +process killed$", ended.stdout, re.MULTILINE)
    assert "gw0" not in ended.text
    assert "diagnostics" not in ended.stdout
    assert not (tmp_path / "out").exists()


def test_a_dry_run_says_what_each_drill_would_do_and_starts_nothing(tmp_path: Path) -> None:
    ended = drills("--dry-run", "--drill", "api-killed", "-n", "2", "--evidence", str(tmp_path / "out"))
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    told = ended.stdout[ended.stdout.index("api-killed (p0)") :]
    phases = re.findall(r"^  (\w+(?: \w+)?)(?: [\w-]+ \(\S+\))?:", told, re.MULTILINE)
    assert phases == [
        *("steady", "inject", "witness", "detect", "control", "step", "recover", "cure", "steady again", "expected")
    ]
    assert re.search(r"step restart-api \(runbook.md:\d+\):\n    \$ docker-compose restart api\n", told)
    assert "witness: The engine says that it exited" in told
    assert "edgar-timeout" not in told
    assert not (tmp_path / "out").exists()


def test_a_dry_run_with_a_runbook_that_lacks_the_step_fails_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "theirs.md").write_text("```bash\nuptime\n```\n")
    ended = drills("--dry-run", "--drill", "api-killed", "--runbook", str(tmp_path / "theirs.md"))
    assert (ended.exit_code, ended.clean) == (1, True), ended.text
    assert "has no line of step restart-api" in ended.stdout


def test_a_dry_run_with_a_runbook_has_the_corrected_steps_from_ours(tmp_path: Path) -> None:
    (tmp_path / "theirs.md").write_text("```bash\nuptime\n```\n")
    ended = drills("--dry-run", "--drill", "webapp-killed", "--runbook", str(tmp_path / "theirs.md"))
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    assert "corrected step restart-webapp (runbook.md:" in ended.stdout


REFUSED = {
    "an unknown drill": (
        ["--drill", "api-kiled"],
        "--drill: there is no drill 'api-kiled'; did you mean 'api-killed'?",
    ),
    "an unknown drill on workers": (["--drill", "api-kiled", "-n", "2"], "--drill: there is no drill 'api-kiled'; "),
    "no run at all": (["--repeat", "0"], "--repeat: '0' is no number of runs: give 1 to 1000."),
    "a word for a number": (["--repeat", "often"], "--repeat: 'often' is no number of runs"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_one_sentence_is(what: str) -> None:
    arguments, says = REFUSED[what]
    ended = drills(*arguments, "--evidence", "none")
    assert (ended.exit_code, ended.clean) == (4, True), ended.text
    (line,) = [line for line in ended.stderr.splitlines() if line.strip()]
    assert line.startswith(f"ERROR: {says}")


def test_a_drill_that_is_repeated_is_one_test_each_time() -> None:
    ended = drills("--drill", "api-killed", "--repeat", "3", "--collect-only", "-q")
    assert ended.exit_code == 0, ended.text
    found = re.findall(r"test_a_restart_brings_a_killed_api_back(\[.*\])", ended.stdout)
    assert found == ["[1 of 3]", "[2 of 3]", "[3 of 3]"]
    assert "diagnostics" not in ended.stdout


def test_workers_write_what_allure_shows(tmp_path: Path) -> None:
    """They get the command line, and not what the run's own options were set to."""
    ended = drills("--drill", "api-killed", "-n", "1", "--evidence", str(tmp_path / "out"))
    assert ended.exit_code == 3, ended.text
    run_of = tmp_path / "out" / "latest"
    assert len(list((run_of / "allure-results").glob("*-result.json"))) == 1
    coverage = read_record(run_of / "run.json").coverage
    assert coverage is not None
    assert coverage.matrix.faults == ()
    assert coverage.gaps

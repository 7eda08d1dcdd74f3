"""Our own runbook: complete, in order, and with nothing that an operator of the host does not have."""

import ast
import re
from pathlib import Path

import pytest

from checks.runbook import Section
from drills.bench.images.inventory import inventory
from drills.check_index import check_index
from drills.runbook.predicate import Predicate
from drills.runbook.readings import NotHere
from drills.runbook.scenarios import ScenarioSourceError, drills_of_steps
from drills.runbook.shell import normal, segments
from drills.steps import RUNBOOK, Kind, Step, load_runbook

ROOT = Path(__file__).resolve().parents[1]
OURS = load_runbook()
# Of Debian's base system and of bash; the rest is in the host's inventory.
BASE = {
    *("awk", "cp", "cut", "date", "df", "du", "grep", "head", "ls", "mv", "rm", "sed", "sort", "tail", "uniq", "wc"),
    *("[", "cd", "echo", "export", ""),
}


def test_each_step_stands_where_it_says_it_does() -> None:
    lines = RUNBOOK.read_text().splitlines()
    for step in OURS.steps:
        assert lines[step.line - 1].startswith(f"```bash {{#{step.id} .{step.kind} ")
        for line in step.lines:
            assert lines[line.line - 1] == line.text


def test_the_steps_that_drills_name_keep_their_ids() -> None:
    known = {step.id for step in OURS.steps}
    assert {"triage-logs", "api-container-status", "restart-api", "rollback-api-image", "edgar-connectivity"} <= known
    assert set(drills_of_steps()) <= known


def test_its_headings_are_the_sections_that_checks_open_it_at() -> None:
    assert {step.section for step in OURS.steps} == {str(section) for section in Section} - {Section.SEVERITY}


def test_every_check_that_it_names_exists() -> None:
    known = check_index()
    assert {check for step in OURS.steps for check in step.checks} - set(known) == set()


@pytest.mark.parametrize("step", OURS.steps, ids=lambda step: step.id)
def test_a_step(step: Step) -> None:
    assert step.fault
    for line in step.lines:
        assert (line.reading is not None) is step.kind.is_read
        if isinstance(line.reading, NotHere):
            continue
        for part in segments(line.text):
            assert {part.name} <= {*BASE, *inventory().commands}, "the host has no such command: say `not here`"
    if step.kind is Kind.DIAGNOSTIC:
        assert any(isinstance(line.reading, Predicate | NotHere) for line in step.lines)


@pytest.mark.parametrize("step", [step for step in OURS.steps if step.corrects], ids=lambda step: step.id)
def test_a_corrected_step_uses_what_an_operator_has(step: Step) -> None:
    assert {OURS.step(corrected).kind.is_read for corrected in step.corrects} <= {step.kind.is_read}
    assert set(re.findall(r"localhost:(\d+)", step.commands)) <= {"8000", "5000"}, (
        "a port of the bench, not of the host"
    )
    assert not any(word in step.commands for word in ("toxiproxy", "/admin", "export ", "rm -rf"))
    corrected = {normal(line.text) for other in step.corrects for line in OURS.step(other).lines}
    assert {normal(line.text) for line in step.lines} - corrected, "it corrects nothing"


def test_a_step_that_is_corrected_is_no_correction_itself() -> None:
    corrections = {step.id for step in OURS.steps if step.corrects}
    assert not corrections & {corrected for step in OURS.steps for corrected in step.corrects}


def test_no_scenario_carries_a_command_of_the_runbook() -> None:
    commands = [line.text for step in OURS.steps for line in step.lines]
    for path in sorted((ROOT / "drills").glob("test_*.py")):
        tree = ast.parse(path.read_text())
        documentation = {ast.get_docstring(tree, clean=False)}
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        for text in (text for text in texts if text not in documentation):
            assert not any(command in text for command in commands), f"{path.name} carries {text!r}: name the step"


def test_scenarios_are_read_without_being_run(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "raise SystemExit\nS = Scenario(id='one', steps=('x', 'y'))\nT = m.Scenario(id='two', steps=('x',))\n"
        "U = Scenario(id='three')\n"
    )
    assert drills_of_steps(tmp_path) == {"x": ("one", "two"), "y": ("one",)}
    assert "api-killed" in drills_of_steps()["restart-api"]


@pytest.mark.parametrize("text", ["S = Scenario(id=NAME)", "S = Scenario(steps=())", "S = Scenario(id='a', steps=f())"])
def test_a_scenario_that_cannot_be_read_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "test_a.py").write_text(f"\n{text}\n")
    with pytest.raises(ScenarioSourceError, match=r"test_a\.py:2: the scenario's (id|steps) is to be written out"):
        drills_of_steps(tmp_path)

"""One step, filled in and run as it is written."""

import pytest

from drills.bench.interface import Ran
from drills.step_runner import StepError, StepRun, fill_in, nearest, placeholders
from drills.steps import Step, load_runbook
from tests.drill_fakes import ran

REVERT = Step("revert", "3. Rollback Procedures: Code Rollback", "runbook.md", 7, "git log\ngit revert <commit-hash>\n")


def step(commands: str) -> Step:
    return Step("a", "A", "rb.md", 3, commands)


@pytest.mark.parametrize("step_id", [step.id for step in load_runbook().steps])
def test_no_character_of_a_block_but_its_placeholders_is_altered(step_id: str) -> None:
    asked = load_runbook().step(step_id)
    given = dict.fromkeys(placeholders(asked.commands), "x")
    assert set(given) <= {"commit-hash", "large-file", "ticker"}
    written = asked.commands
    for name in given:
        written = written.replace(f"<{name}>", "x")
    assert fill_in(asked, asked.commands, given) == written


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ran(2), "ended with exit code 2"),
        (ran(None, timed_out=True), "did not end within 1.0 s"),
        (ran(0, timed_out=True), "did not end within 1.0 s"),
        (ran(None), "ended in a way that nobody saw"),
    ],
)
def test_what_did_not_succeed_says_how_it_ended(answer: Ran, says: str) -> None:
    run = StepRun(step("true\n"), "true\n", answer)
    assert not run.succeeded
    assert run.sentence == f"step a (rb.md:3) {says}"


@pytest.mark.parametrize("commands", ["sort <in >out\n", "cat <<EOF\nx\nEOF\n", "a<b>c\n", "diff <(a) <(b)\n"])
def test_redirections_are_no_placeholders(commands: str) -> None:
    assert placeholders(commands) == []
    assert fill_in(step(commands), commands, {}) == commands


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "runbook.md:7: step revert has <commit-hash> to be filled in: give a value for 'commit-hash'."),
        ({"commit": "a"}, "give a value for 'commit-hash'"),
        ({"commit-hash": "a; rm -rf /"}, "cannot stand for <commit-hash>"),
        ({"commit-hash": "$(x)"}, "cannot stand for <commit-hash>"),
        ({"commit-hash": "--all"}, "cannot stand for <commit-hash>"),
        ({"commit-hash": ""}, "cannot stand for <commit-hash>"),
    ],
)
def test_a_step_with_placeholders_is_refused_without_good_values(given: dict[str, str], says: str) -> None:
    with pytest.raises(StepError) as caught:
        fill_in(REVERT, REVERT.commands, given)
    assert says in str(caught.value)


SERVICES = ["finchat-api", "finchat-webapp", "redis"]


@pytest.mark.parametrize(
    ("output", "existing", "says"),
    [
        (
            "ERROR: No such service: api",
            SERVICES,
            "there is no service 'api'; the nearest that exists is 'finchat-api'",
        ),
        ("no such service: webap", SERVICES, "the nearest that exists is 'finchat-webapp'"),
        (
            "Error response from daemon: No such container: finchat-api",
            ["finchat_api_1", "redis"],
            "there is no container 'finchat-api'; the nearest that exists is 'finchat_api_1'",
        ),
        ("Error: No such image: finchat-api:previous", ["finchat-api:latest"], "'finchat-api:latest'"),
        ("no such service: zzz", SERVICES, "there are finchat-api, finchat-webapp, redis"),
        ("no such service: zzz", [], "there is no service 'zzz'; there is none"),
        ("curl: (7) connection refused", SERVICES, None),
    ],
)
def test_a_name_that_does_not_exist_is_answered_with_the_nearest(
    output: str, existing: list[str], says: str | None
) -> None:
    found = nearest(output, existing)
    assert found is None if says is None else says in str(found)

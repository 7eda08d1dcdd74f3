"""One step, run as it is written."""

import pytest

from drills.step_runner import StepError, filled, nearest, run_step
from drills.steps import Step, load_runbook
from tests.drill_fakes import FakeShell, ran

REVERT = Step("revert", "3. Rollback Procedures: Code Rollback", "runbook.md", 7, "git log\ngit revert <commit-hash>\n")


def step(commands: str) -> Step:
    return Step("a", "A", "rb.md", 3, commands)


@pytest.mark.parametrize("step_id", [step.id for step in load_runbook().steps])
def test_the_block_reaches_the_shell_unaltered(step_id: str) -> None:
    shell, asked = FakeShell(ran()), load_runbook().step(step_id)
    given = {name: "x" for name in ("commit-hash", "ticker") if f"<{name}>" in asked.commands}
    run = run_step(asked, shell, timeout_s=60, given=given)
    written = asked.commands.replace("<commit-hash>", "x").replace("<ticker>", "x")
    assert shell.scripts == [written] == [run.script]
    assert run.succeeded
    assert run.sentence == f"step {step_id} ({asked.where}) ended with exit code 0"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ran(2), "ended with exit code 2"),
        (ran(None, timed_out=True), "did not end within 1.0 s"),
        (ran(0, timed_out=True), "did not end within 1.0 s"),
        (ran(None), "ended in a way that nobody saw"),
    ],
)
def test_what_did_not_succeed_says_how_it_ended(answer: object, says: str) -> None:
    run = run_step(step("true\n"), FakeShell(answer), timeout_s=1)  # type: ignore[arg-type]
    assert not run.succeeded
    assert run.sentence == f"step a (rb.md:3) {says}"


def test_placeholders_are_filled_in_and_nothing_else() -> None:
    shell = FakeShell(ran())
    run = run_step(REVERT, shell, timeout_s=1, given={"commit-hash": "HEAD~1"})
    assert shell.scripts == ["git log\ngit revert HEAD~1\n"]
    assert run.step.commands == REVERT.commands


@pytest.mark.parametrize("commands", ["sort <in >out\n", "cat <<EOF\nx\nEOF\n", "a<b>c\n", "diff <(a) <(b)\n"])
def test_redirections_are_no_placeholders(commands: str) -> None:
    assert filled(step(commands), {}) == commands


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "runbook.md:7: step revert has <commit-hash> to be filled in: give a value for 'commit-hash'."),
        ({"commit": "a"}, "give a value for 'commit-hash'"),
        ({"commit-hash": "a1", "branch": "b"}, "has no <branch>: leave the value out"),
        ({"commit-hash": "a; rm -rf /"}, "cannot stand for <commit-hash>"),
        ({"commit-hash": "$(x)"}, "cannot stand for <commit-hash>"),
        ({"commit-hash": "--all"}, "cannot stand for <commit-hash>"),
        ({"commit-hash": ""}, "cannot stand for <commit-hash>"),
    ],
)
def test_a_step_with_placeholders_is_refused_without_good_values(given: dict[str, str], says: str) -> None:
    shell = FakeShell(ran())
    with pytest.raises(StepError) as caught:
        run_step(REVERT, shell, timeout_s=1, given=given)
    assert says in str(caught.value)
    assert shell.scripts == []


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


def test_the_failure_names_the_nearest_and_asks_for_names_only_then() -> None:
    asked: list[int] = []

    def existing() -> list[str]:
        asked.append(1)
        return SERVICES

    assert run_step(step("true\n"), FakeShell(ran()), timeout_s=1, existing=existing).hint is None
    assert asked == []
    run = run_step(step("x\n"), FakeShell(ran(1, "no such service: api\n")), timeout_s=1, existing=existing)
    assert run.sentence.endswith("exit code 1: there is no service 'api'; the nearest that exists is 'finchat-api'")

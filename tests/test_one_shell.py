"""A mitigation's steps in one shell: what each step is told of the one run."""

from collections.abc import Sequence
from typing import cast

import pytest

from drills import one_shell
from drills.bench.host import Host
from drills.bench.process import BenchError
from drills.diagnostics import LOOK_S
from drills.one_shell import COMMAND_BOUND_S, OneShell, as_ran
from drills.step_runner import StepError, StepRun
from drills.steps import parse_runbook
from drills.terminal import BlockRun, CommandRun, Typed

OURS = parse_runbook(
    """
## Down

```bash {#set .mitigation fault=dead}
export A=1
cd /srv
```

```bash {#restart .mitigation fault=dead}
docker-compose restart api
tail -f logs/app.log
```
""",
    "ours.md",
)
SET, RESTART = OURS.steps
HOST = cast(Host, object())
NO_SERVICE = "no such service: api"


def ran(exit_code: int | None = 0, output: str = "", *, timed_out: bool = False, note: str = "") -> CommandRun:
    return CommandRun("x", 0, exit_code, output, 1.5, timed_out, (note,) if note else ())


OK, HANGS = ran(), ran(None, timed_out=True)
# What each command came to and what cut the block short; then exit code, time out, and standard error.
AS_RAN: dict[str, tuple[list[CommandRun], str | None, tuple[int | None, bool, str]]] = {
    "all is well": ([OK, OK], None, (0, False, "")),
    "the first fails": ([ran(3), OK], None, (3, False, "")),
    "the last fails": ([OK, ran(4)], None, (4, False, "")),
    "both fail": ([ran(3), ran(4)], None, (3, False, "")),
    "one hangs": ([OK, HANGS], None, (None, True, "")),
    "one fails and one hangs": ([ran(3), HANGS], None, (None, True, "")),
    "nobody saw the end of the last": ([OK, ran(None)], "the host is gone", (None, False, "the host is gone")),
    "one is missing": ([OK], "the host is gone", (None, False, "the host is gone")),
    "one failed and the next is missing": ([ran(3)], "the host is gone", (None, False, "the host is gone")),
    "none ran": ([], "the host is gone", (None, False, "the host is gone")),
    "one is missing, and nobody says why": ([OK], None, (None, False, "")),
    "another step was cut short": ([OK, OK], "the host is gone", (0, False, "the host is gone")),
}


@pytest.mark.parametrize("what", AS_RAN)
def test_a_step_as_one_where(what: str) -> None:
    commands, cut_short, expected = AS_RAN[what]
    whole = as_ran(SET, commands, cut_short)
    assert (whole.exit_code, whole.timed_out, whole.stderr) == expected
    assert whole.duration_s == 1.5 * len(commands)
    assert whole.command == "export A=1\ncd /srv\n"


def test_what_the_terminal_showed_and_what_was_done_there() -> None:
    commands = [ran(0, "one\n", note="an editor was closed"), ran(1, "two")]
    assert as_ran(SET, commands, None).stdout == "$ x\none\n[an editor was closed]\n$ x\ntwo"


class Terminal:
    """Answers as told, and remembers what was typed."""

    def __init__(self, *commands: CommandRun, cut_short: str | None = None) -> None:
        self.answer = BlockRun(commands, cut_short)
        self.typed: list[list[Typed]] = []

    def run_block(self, host: object, commands: Sequence[Typed]) -> BlockRun:
        assert host is HOST
        self.typed.append(list(commands))
        return self.answer


def steps_of(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, existing: Sequence[str] = ("finchat-api",)
) -> dict[str, StepRun]:
    monkeypatch.setattr(one_shell, "run_block", terminal.run_block)
    shell = OneShell(HOST, (SET, RESTART), lambda: existing)
    return {step_id: shell(step_id) for step_id in ("set", "restart", "set")}


def test_all_steps_are_typed_once_into_one_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(ran(0, "1"), ran(0, "2"), ran(0, "3"), ran(0, "4"))
    runs = steps_of(terminal, monkeypatch)
    assert terminal.typed == [
        [
            Typed("export A=1", COMMAND_BOUND_S),
            Typed("cd /srv", COMMAND_BOUND_S),
            Typed("docker-compose restart api", COMMAND_BOUND_S),
            Typed("tail -f logs/app.log", LOOK_S),
        ]
    ]
    assert runs["set"].ran.stdout == "$ x\n1\n$ x\n2"
    assert runs["restart"].ran.stdout == "$ x\n3\n$ x\n4"
    assert (runs["restart"].step, runs["restart"].script) == (RESTART, RESTART.commands)
    assert runs["set"].succeeded


def test_nothing_runs_before_the_first_step_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(one_shell, "run_block", terminal.run_block)
    OneShell(HOST, (SET, RESTART), tuple)
    assert terminal.typed == []


SHARES: dict[str, tuple[list[CommandRun], list[int | None]]] = {
    "all ran": ([OK] * 4, [0, 0]),
    "the second step fails": ([OK, OK, ran(5), OK], [0, 5]),
    "the second step was cut short": ([OK] * 3, [0, None]),
    "the second step never began": ([OK, ran(2)], [2, None]),
    "the first step was cut short": ([OK], [None, None]),
    "nothing ran": ([], [None, None]),
}


@pytest.mark.parametrize("what", SHARES)
def test_each_step_has_its_own_part_where(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    commands, codes = SHARES[what]
    cut_short = None if len(commands) == 4 else "the host is gone"
    terminal = Terminal(*commands, cut_short=cut_short)
    runs = steps_of(terminal, monkeypatch)
    assert [runs["set"].ran.exit_code, runs["restart"].ran.exit_code] == codes
    assert len(terminal.typed) == 1


def test_a_failed_step_names_what_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = steps_of(Terminal(OK, OK, ran(1, NO_SERVICE), OK), monkeypatch)
    assert runs["set"].hint is None
    assert runs["restart"].hint == "there is no service 'api'; the nearest that exists is 'finchat-api'"


@pytest.mark.parametrize("last", [HANGS, ran(None)], ids=["hangs", "unseen"])
def test_a_step_that_did_not_end_has_a_hint_too(last: CommandRun, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = steps_of(Terminal(OK, OK, ran(1, NO_SERVICE), last), monkeypatch)
    assert runs["restart"].hint is not None


def test_a_step_that_works_has_no_hint_whatever_it_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Sequence[str]:
        raise AssertionError("nobody asks what exists")

    monkeypatch.setattr(one_shell, "run_block", Terminal(*[ran(0, NO_SERVICE)] * 4).run_block)
    assert OneShell(HOST, (SET, RESTART), nobody)("restart").hint is None


def test_a_host_that_is_lost_is_told_and_the_block_is_not_typed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = []

    def lost(host: object, commands: Sequence[Typed]) -> BlockRun:
        typed.append(commands)
        raise BenchError("the host is gone")

    monkeypatch.setattr(one_shell, "run_block", lost)
    with pytest.raises(BenchError):
        OneShell(HOST, (SET, RESTART), tuple)("set")
    assert len(typed) == 1


REVERT = parse_runbook("## R\n\n```bash {#undo .rollback fault=bad}\ngit revert <commit-hash>\n```\n", "ours.md").steps


def test_a_placeholder_is_typed_as_whoever_looked_for_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(OK)
    monkeypatch.setattr(one_shell, "run_block", terminal.run_block)
    run = OneShell(HOST, REVERT, tuple, lambda: {"commit-hash": "1a2b3c4"})("undo")
    assert terminal.typed == [[Typed("git revert 1a2b3c4", COMMAND_BOUND_S)]]
    assert (run.script, run.commands) == ("git revert 1a2b3c4\n", (OK,))


def test_a_placeholder_that_nobody_fills_is_refused_before_anything_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(OK)
    monkeypatch.setattr(one_shell, "run_block", terminal.run_block)
    with pytest.raises(StepError, match="<commit-hash> to be filled in"):
        OneShell(HOST, REVERT, tuple)("undo")
    assert terminal.typed == []

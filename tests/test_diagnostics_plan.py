"""Which commands are typed to prove a diagnostic, and what is made of what they printed."""

import pytest

from drills.diagnostics import (
    LIMIT_S,
    LOOK_S,
    OUTPUT_CHARS,
    LookBlock,
    UnfinishedRun,
    blocks_of,
    blocks_of_theirs,
    by_fault,
    seen,
    typed,
    verdicts,
)
from drills.runbook.accounting import account_for
from drills.steps import load_runbook, parse_runbook
from drills.terminal import BlockRun, CommandRun, Typed

OURS = parse_runbook(
    """
## Down

```bash {#status .diagnostic fault=dead}
docker ps
free -h
echo "== all =="
```

- broken if `exit != 0`
- not here: it shows the machine
- no reading: prints a heading

```bash {#restart .mitigation fault=dead}
docker-compose restart
```

## Logs

```bash {#follow .monitoring fault=errors}
tail -f logs/app.log
curl -s localhost/q?of=<ticker>
```

- broken if `output ~ /ERROR/`
- broken if `exit != 0`

```bash {#machine .diagnostic fault=memory}
top
```

- not here: it shows the machine
""",
    "ours.md",
)
STATUS, FOLLOW, MACHINE = blocks_of(OURS)


def ran(exit_code: int | None = 0, output: str = "", duration_s: float = 1.0, *, timed_out: bool = False) -> CommandRun:
    return CommandRun("x", 0, exit_code, output, duration_s, timed_out)


def theirs(*lines: str) -> tuple[LookBlock, ...]:
    text = "\n".join(("```bash", *lines, "```", ""))
    return blocks_of_theirs(account_for(parse_runbook(text, "theirs.md", ids_required=False), OURS))


def test_ours_are_the_steps_that_find_something_out() -> None:
    assert [(block.step.id, block.fault, block.file) for block in blocks_of(OURS)] == [
        ("status", "dead", "ours.md"),
        ("follow", "errors", "ours.md"),
        ("machine", "memory", "ours.md"),
    ]
    assert [(look.line, look.text) for look in STATUS.looks] == [
        (5, "docker ps"),
        (6, "free -h"),
        (7, 'echo "== all =="'),
    ]
    assert {fault: len(blocks) for fault, blocks in by_fault(blocks_of(OURS)).items()} == {
        "dead": 1,
        "errors": 1,
        "memory": 1,
    }


def test_every_diagnostic_of_our_own_runbook_stands_under_a_fault() -> None:
    runbook = load_runbook()
    proven = {block.step.id for block in blocks_of(runbook)}
    readable = {step.id for step in runbook.steps if step.kind.is_read and any(line.reading for line in step.lines)}
    assert proven == readable


TYPED = {
    "what a bench cannot run is not typed": (
        STATUS,
        [Typed("docker ps", LIMIT_S), Typed('echo "== all =="', LIMIT_S)],
    ),
    "what never ends is looked at, and the ticker is a company": (
        FOLLOW,
        [Typed("tail -f logs/app.log", LOOK_S), Typed("curl -s localhost/q?of=SYN0001", LIMIT_S)],
    ),
    "nothing is left": (MACHINE, []),
}


@pytest.mark.parametrize("what", TYPED)
def test_of_a_block(what: str) -> None:
    block, expected = TYPED[what]
    assert typed(block, "SYN0001") == expected


THEIRS: dict[str, tuple[tuple[str, ...], list[tuple[str, list[int]]]]] = {
    "one block of one step of ours": (("docker ps", "free -h"), [("status", [2, 3])]),
    "lines of several steps are divided": (
        ("docker ps", "tail -f logs/app.log", "curl -s localhost/q?of=<ticker>"),
        [("status", [2]), ("follow", [3, 4])],
    ),
    "steps in turns": (
        ("docker ps", "tail -f logs/app.log", "free -h"),
        [("status", [2]), ("follow", [3]), ("status", [4])],
    ),
    "what nothing accounts for is left out": (("docker ps", "uptime -x", "free -h"), [("status", [2, 4])]),
    "a mitigation is left out": (("docker-compose restart", "docker ps"), [("status", [3])]),
    "two groups of one block": (("# a", "docker ps", "# b", "free -h"), [("status", [3, 5])]),
    "nothing of ours": (("uptime -x",), []),
}


@pytest.mark.parametrize("what", THEIRS)
def test_a_users_block(what: str) -> None:
    lines, expected = THEIRS[what]
    blocks = theirs(*lines)
    assert [(block.step.id, [look.line for look in block.looks]) for block in blocks] == expected
    assert {block.file for block in blocks} <= {"theirs.md"}


def test_a_users_line_is_typed_as_it_stands_there_and_read_as_ours() -> None:
    (block,) = theirs("docker  ps   # which run")
    assert typed(block, "SYN0001") == [Typed("docker  ps   # which run", LIMIT_S)]
    assert block.looks[0].reading == STATUS.looks[0].reading


def test_two_of_a_users_blocks_stay_two() -> None:
    text = "```bash\ndocker ps\n```\n\n```bash\nfree -h\n```\n"
    blocks = blocks_of_theirs(account_for(parse_runbook(text, "theirs.md", ids_required=False), OURS))
    assert [[look.line for look in block.looks] for block in blocks] == [[2], [6]]


CUT: dict[str, tuple[BlockRun, str]] = {
    "the host died": (BlockRun((ran(), ran()), "the host gave no answer"), "the host gave no answer"),
    "one is missing": (BlockRun((ran(),), None), "1 of 2 commands ran"),
    "one too many": (BlockRun((ran(),) * 3, None), "3 of 2 commands ran"),
    "none ran": (BlockRun((), None), "0 of 2 commands ran"),
}


@pytest.mark.parametrize("what", CUT)
def test_a_block_that_was_cut_short_is_no_run(what: str) -> None:
    run, why = CUT[what]
    with pytest.raises(UnfinishedRun) as caught:
        seen(STATUS, run)
    assert str(caught.value) == f"ours.md:5: step status: {why}."


def test_a_block_that_ran_to_its_end() -> None:
    assert seen(STATUS, BlockRun((ran(), ran(1)), None, ("sleep",))) == [ran(), ran(1)]


OK, BAD, HANGS = ran(0), ran(1), ran(None, timed_out=True)
WORTH: dict[str, tuple[list[CommandRun], list[CommandRun], str]] = {
    "it tells": ([OK] * 3, [BAD] * 3, "informative"),
    "it says the same": ([OK] * 3, [OK] * 3, "blind"),
    "it tells twice of three times": ([OK] * 3, [BAD, BAD, OK], "blind"),
    "it cries wolf": ([OK, OK, BAD], [BAD] * 3, "blind"),
    "there is no such command": ([ran(127, "bash: x: command not found")] * 3,) * 2 + ("fails",),
    # No code is no other code: for that a reading says `hangs`.
    "it hangs when broken": ([OK] * 3, [HANGS] * 3, "blind"),
}


@pytest.mark.parametrize("what", WORTH)
def test_a_line_is_worth(what: str) -> None:
    healthy, broken, verdict = WORTH[what]
    found = verdicts(STATUS, [[one, OK] for one in healthy], [[one, OK] for one in broken])
    assert [one.verdict for one in found] == [verdict, "not here", "no reading"]
    assert [one.line for one in found] == [5, 6, 7]
    assert "`exit != 0` held in" in found[0].why or verdict == "fails"
    assert [one.why for one in found[1:]] == ["it shows the machine", "prints a heading"]


def test_the_column_of_a_line_is_its_own_though_one_before_it_is_not_typed() -> None:
    healthy = [[ran(0, "well"), ran(0, "heading, well")]] * 3
    broken = [[ran(1, "ill", took), ran(0, "heading, ill")] for took in (9.0, 1.0, 2.0)]
    first, second, third = verdicts(STATUS, healthy, broken)
    assert (first.duration_s, first.healthy, first.broken) == (2.0, "well", "ill")
    assert (second.duration_s, second.healthy, second.broken) == (None, "", "")
    assert (third.healthy, third.broken) == ("heading, well", "heading, ill")


def test_a_block_of_which_nothing_runs_has_its_verdicts() -> None:
    assert [one.verdict for one in verdicts(MACHINE, [[]] * 3, [[]] * 3)] == ["not here"]


def test_of_long_output_the_end_is_kept() -> None:
    long = ran(1, "a" * OUTPUT_CHARS + "end")
    found = verdicts(STATUS, [[OK, OK]] * 3, [[long, OK]] * 3)[0]
    assert len(found.broken) == OUTPUT_CHARS
    assert found.broken.endswith("end")

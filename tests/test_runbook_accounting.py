"""Somebody's runbook against ours: every command line is accounted for, whatever its headings and its order."""

from pathlib import Path

import pytest

from drills.runbook.accounting import Account, Accounting, account_for
from drills.runbook.kinds import Kind, guess_kind
from drills.runbook.matching import likeness
from drills.steps import load_runbook, parse_runbook

ROOT = Path(__file__).resolve().parents[1]
OURS = load_runbook()

MINE = parse_runbook(
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

```bash {#restart .mitigation fault=dead check=api_is_ready}
docker-compose restart
```

## Memory

```bash {#restart-for-memory .mitigation fault=memory}
docker-compose restart
```

```bash {#clear .mitigation fault=memory}
rm -rf /cache/temp*
```

```bash {#clear-corrected .mitigation fault=memory corrects=clear}
rm -f /cache/temp*
docker-compose restart
```

## Configuration rollback

```bash {#config .rollback fault=bad-config}
git checkout HEAD~1 -- config/
docker-compose restart
```
""",
    "ours.md",
)


def account(text: str) -> Accounting:
    return account_for(parse_runbook(text, "theirs.md", ids_required=False), MINE)


def steps(accounting: Accounting) -> list[str | None]:
    return [row.ours.step.id if row.ours else None for row in accounting.rows]


def block(*lines: str) -> str:
    return "\n".join(("```bash", *lines, "```", ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"## Memory\n\n{block('docker-compose restart')}", ["restart-for-memory"]),
        (f"## Down\n\n{block('docker-compose restart')}", ["restart"]),
        (f"## The service is down\n\n{block('docker-compose restart')}", ["restart"]),
        # A word of the heading against the commands beside it.
        (f"## Down\n\n{block('git checkout HEAD~1 -- config/', 'docker-compose restart')}", ["config", "config"]),
        (block("# free it", "rm -rf /cache/temp*", "docker-compose restart"), ["clear", "restart-for-memory"]),
        (block("docker-compose restart", "# then", "rm -f /cache/temp*"), ["restart-for-memory", "clear-corrected"]),
        (block("docker-compose  restart   # all of it"), ["restart"]),
        (block("docker-compose restart api"), [None]),
        (block("sudo docker-compose restart"), [None]),
        (block("docker-compose\u00a0restart"), [None]),
        (block("rm -rf /cache/tmp*"), [None]),
    ],
)  # fmt: skip
def test_the_step_that_a_command_belongs_to(text: str, expected: list[str | None]) -> None:
    assert steps(account(text)) == expected


def test_what_a_row_says() -> None:
    accounting = account_for(
        parse_runbook(
            block(
                "docker ps", "free -h", 'echo "== all =="', "docker-compose restart", "docker pz", "systemctl restart x"
            ),
            "theirs.md",
            ids_required=False,
        ),
        MINE,
        {"restart": ("one", "two")},
    )
    assert [(row.line, row.account, row.by) for row in accounting.rows] == [
        (2, Account.STEP, "under dead, broken if exit != 0"),
        (3, Account.NOT_HERE, "it shows the machine"),
        (4, Account.STEP, "runs with its block under dead; prints a heading"),
        (5, Account.STEP, "drills one, two"),
        (6, Account.NONE, "no step of ours has it; the nearest is in status (ours.md:4)"),
        (7, Account.NONE, "no step of ours has it"),
    ]
    row = accounting.rows[3]
    assert (row.where, row.kind, row.drills) == ("theirs.md:5", Kind.MITIGATION, ("one", "two"))
    assert accounting.rows_of("status") == accounting.rows[:3]
    assert accounting.unaccounted == accounting.rows[4:]
    assert accounting.counts.sentence == (
        "6 command lines in 1 shell block: 3 accounted for, 1 not runnable here, 2 unaccounted"
    )
    assert account(block("docker-compose restart")).rows[0].by == "pending: a drill with dead"


@pytest.mark.parametrize(
    "text",
    ["", "# Only words\n", "```\ndocker ps\n```\n", f"<!--\n{block('docker ps')}-->\n", block("# a comment"), block()],
)
def test_no_command_is_no_row(text: str) -> None:
    accounting = account(text)
    assert (accounting.rows, accounting.counts.lines) == ((), 0)


def test_line_ends_of_another_system_change_nothing() -> None:
    text = f"## Memory\n\n{block('docker-compose restart')}"
    assert steps(account(text.replace("\n", "\r\n"))) == steps(account(text))


def test_a_loop_is_accounted_for_as_a_whole() -> None:
    accounting = account(block("for x in a b; do", "  docker ps", "done", "docker ps"))
    assert [(row.lines, row.account) for row in accounting.rows] == [(3, Account.NONE), (1, Account.STEP)]
    assert accounting.counts.unaccounted == 3


@pytest.mark.parametrize("known", [True, False])
def test_ten_thousand_lines(known: bool) -> None:
    lines = ["docker ps" if known else f"echo {'known ' * 20}{number}" for number in range(10_000)]
    accounting = account(block(*lines))
    assert accounting.counts.accounted == (10_000 if known else 0)
    assert accounting.counts.unaccounted == (0 if known else 10_000)


def test_our_own_runbook_is_all_accounted_for_by_itself() -> None:
    theirs = parse_runbook(Path(ROOT / "drills/runbook.md").read_text(), "copy.md", ids_required=False)
    accounting = account_for(theirs, OURS)
    assert accounting.unaccounted == ()
    assert [row.theirs.id for row in accounting.rows] == [step.id for step in OURS.steps for _ in step.lines]


FORMS = """
## Alert template

```
INCIDENT ALERT [id]
```

## Incident report

```markdown
# Incident report: INC-YYYY
```

## Internal update

```text
UPDATE [id]
```

## Customers

```
We are currently experiencing [something]
```

## Sample

```json
{"a": ["b"]}
```

```
just output
```

```
Fill in: [what]
```
"""


def test_every_form_is_named_with_the_document_that_fills_it() -> None:
    assert [(form.line, form.name, form.document) for form in account(FORMS).templates] == [
        (4, "incident alert", "incidents/INC-*-alert.md"),
        (10, "incident report", "incidents/INC-*.md"),
        (16, "internal update", "incidents/INC-*-update.md"),
        (22, "customer communication", "incidents/INC-*-customer.md"),
        (36, None, None),
    ]


@pytest.mark.parametrize(
    ("command", "section", "kind"),
    [
        ("curl -s x | jq .", "", Kind.DIAGNOSTIC),
        ("docker logs a 2>&1", "", Kind.DIAGNOSTIC),
        ("curl -s -o /dev/null x >/dev/null 2>&1", "", Kind.DIAGNOSTIC),
        ("curl -s x", "Ongoing monitoring", Kind.MONITORING),
        ("watch -n 30 'curl x'", "", Kind.MONITORING),
        ("docker-compose -f a.yml up -d", "", Kind.MITIGATION),
        ("sudo systemctl restart nginx", "", Kind.MITIGATION),
        ("export A=1", "", Kind.MITIGATION),
        ("echo a >> b.yml", "", Kind.MITIGATION),
        ("docker-compose up -d", "Rollback procedures", Kind.ROLLBACK),
        ("git revert <hash>", "", Kind.ROLLBACK),
        ("docker tag a:previous a:latest", "", Kind.ROLLBACK),
        ("git log", "Rollback procedures", Kind.BOOKKEEPING),
        ("cp -r a b", "", Kind.BOOKKEEPING),
        ("echo done", "", Kind.BOOKKEEPING),
    ],
)
def test_what_a_step_seems_to_be_for(command: str, section: str, kind: Kind) -> None:
    assert guess_kind([command], section, "") is kind


@pytest.mark.parametrize(
    ("one", "other", "value"), [("Down", "down", 1.0), ("", "", 0.0), ("Down", "Up", 0.0), ("a", "", 0.0)]
)
def test_how_alike_headings_are(one: str, other: str, value: float) -> None:
    assert likeness(one, other) == value

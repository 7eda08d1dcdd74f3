"""The user's own incident runbook against ours: all of it. No sentence of it stands here."""

import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from drills.runbook.accounting import Account, Accounting, account_for
from drills.runbook.matching import Finder
from drills.runbook.shell import without_comment
from drills.runbook.templates import DOCUMENTS
from drills.steps import load_runbook, parse_runbook

USERS = Path(__file__).resolve().parents[2] / "shared/runbook/incident-response.md"
THEIR_LINES, THEIR_BLOCKS = 79, 20
OURS = load_runbook()

pytestmark = pytest.mark.skipif(
    not USERS.is_file(), reason=f"the user's runbook is not at {USERS}: nothing to account for"
)


def users_text() -> str:
    return USERS.read_text(encoding="utf-8")


@cache
def users_accounting(text: str) -> Accounting:
    return account_for(parse_runbook(text, "theirs.md", ids_required=False), OURS)


def test_every_line_of_the_users_runbook_is_accounted_for() -> None:
    accounting = users_accounting(users_text())
    assert (accounting.counts.lines, accounting.counts.blocks) == (THEIR_LINES, THEIR_BLOCKS)
    assert accounting.counts.unaccounted == 0
    assert accounting.counts.accounted + accounting.counts.not_here == THEIR_LINES
    lines = users_text().splitlines()
    for row in accounting.rows:
        assert lines[row.line - 1].strip() == row.command
    assert {row.command.split()[0] for row in accounting.rows if row.account is Account.NOT_HERE} == {
        "top", "free", "df", "ps", "journalctl", "tail", "valgrind",
    }  # fmt: skip
    assert sorted(form.name or "" for form in accounting.templates) == sorted(DOCUMENTS)


def test_each_of_its_commands_finds_the_step_of_its_own_section() -> None:
    """The scenario sections and the quick fixes share commands; each takes its own."""
    accounting = users_accounting(users_text())
    for row in accounting.rows:
        assert row.ours is not None
        last = re.sub(r"\W+", " ", row.ours.step.section.rpartition(":")[2]).strip().lower()
        path = re.sub(r"\W+", " ", row.theirs.section).lower()
        assert last in path, f"{row.where}: {row.command} went to {row.ours.step.id}"


@pytest.mark.parametrize("seed", range(8))
def test_with_headings_reworded_and_blocks_in_another_order_only_the_altered_command_is_unaccounted(seed: int) -> None:
    chance = random.Random(seed)
    fences = re.findall(r"^ *```bash\n.*?^ *```\n", users_text(), re.MULTILINE | re.DOTALL)
    assert len(fences) == THEIR_BLOCKS
    chance.shuffle(fences)
    text = "".join(f"## Heading number {number}\n\n{fence}\n" for number, fence in enumerate(fences))
    before = users_accounting(text)
    assert before.counts.unaccounted == 0
    altered = chance.choice(before.rows)
    lines = text.splitlines(keepends=True)
    lines[altered.line - 1] = lines[altered.line - 1].replace(altered.command, f"x{altered.command}")
    after = users_accounting("".join(lines))
    assert [row.line for row in after.unaccounted] == [altered.line]
    assert after.counts.lines == THEIR_LINES


LACKING = {"openai-key-rotate"}
"""Steps of ours for what the user's runbook has nothing about, not even a step that does not work."""


def test_every_step_of_ours_is_in_the_users_runbook_or_corrects_one_that_is() -> None:
    found = {row.ours.step.id for row in users_accounting(users_text()).rows if row.ours}
    assert {step.id for step in OURS.steps if not step.corrects} == found | LACKING


@pytest.mark.parametrize("line", range(THEIR_LINES))
@pytest.mark.parametrize("alter", [lambda text: text[:-1], lambda text: f"{text} x"], ids=["cut", "longer"])
def test_whatever_command_is_altered_no_other_is_unaccounted(line: int, alter: Callable[[str], str]) -> None:
    row = users_accounting(users_text()).rows[line]
    lines = users_text().splitlines(keepends=True)
    # Not in the comment at its end: that is no part of the command.
    bare = without_comment(row.command)[0]
    lines[row.line - 1] = lines[row.line - 1].replace(bare, alter(bare))
    expected = [] if Finder(OURS).knows(alter(bare)) else [row.line]
    assert [after.line for after in users_accounting("".join(lines)).unaccounted] == expected

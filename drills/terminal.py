"""Commands typed on the production host, as its operator would: into one shell, on a terminal.

Nothing here runs anything on the machine of whoever calls: `run_block` takes the host of a bench and no other place.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from drills.bench.host import DEPLOYMENT, USER, Host
from drills.bench.interface import Ran
from drills.terminal_text import kept

KEEP_BYTES = 64 << 10
KEEP_ALL_BYTES = 2 << 20
"""All outputs of one block together: what one call brings over is bounded."""
END_BOUND_S = 10.0
"""What it may take to end one command after its limit, with Ctrl-C, TERM and KILL, and to begin a new shell."""
START_BOUND_S = 20.0
ANSWER_BOUND_S = 15.0
GONE_BOUND_S = 2.0

_NOT_TYPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Typed:
    """A command as it stands in the runbook, one line or several. `line`: where, for the result. `limit_s`: how long
    it may take; a command that never ends gets a short one."""

    text: str
    limit_s: float
    line: int = 0


@dataclass(frozen=True)
class CommandRun:
    """How a command ended. `exit_code` None: not by itself, or nobody saw it. `output`: what the terminal showed of it.

    `notes`: sentences about what whoever typed had to do or saw: an editor closed, a question that nobody answered.
    """

    command: str
    line: int
    exit_code: int | None
    output: str
    duration_s: float
    timed_out: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BlockRun:
    """The commands that were typed. `cut_short`: why the others, or the end of the last one, are missing.

    `left_running`: the programs that its shells left in the background.
    """

    commands: tuple[CommandRun, ...]
    cut_short: str | None
    left_running: tuple[str, ...] = ()


def run_block(host: Host, commands: Sequence[Typed], *, bound_s: float | None = None) -> BlockRun:
    """Types the commands into one login shell of the operator on the bench's host, each as it is.

    Ends within `bound_s`, or what the limits of the commands add up to, and half a minute. Whatever becomes of the
    host is a result.
    """
    typeable = [command for command in commands if not _NOT_TYPED.search(command.text)]
    if bound_s is None:
        bound_s = START_BOUND_S + sum(command.limit_s + END_BOUND_S for command in typeable)
    if not typeable:
        return read_block(commands, Ran("", 0, '{"done": true}', "", 0.0))
    asked = {
        "commands": [{"text": command.text, "limit_s": command.limit_s} for command in typeable],
        "bound_s": bound_s,
        "keep_bytes": min(KEEP_BYTES, KEEP_ALL_BYTES // len(typeable)),
        "user": USER,
        "directory": DEPLOYMENT,
    }
    block = read_block(commands, host.terminal(json.dumps(asked).encode(), timeout_s=bound_s + ANSWER_BOUND_S))
    if block.cut_short is not None and host.ends_within(GONE_BOUND_S):
        return replace(block, cut_short=f"the host is gone: {block.cut_short}")
    return block


def read_block(commands: Sequence[Typed], ran: Ran) -> BlockRun:
    """The result of typing `commands`, from what the host answered before it ended or was ended."""
    events = list(_events(ran.stdout))
    begun = {event["begin"] for event in events if "begin" in event}
    ended = {event["end"]: event for event in events if "end" in event}
    done = next((event for event in events if event.get("done")), None)
    runs = []
    number = 0
    for command in commands:
        if found := _NOT_TYPED.search(command.text):
            runs.append(_unseen(command, f"it was not typed: it holds the control character {found[0]!r}"))
            continue
        if number in ended:
            runs.append(_seen(command, ended[number]))
        elif number in begun:
            runs.append(_unseen(command, "nobody saw its end"))
        elif number >= len(begun):
            break
        number += 1
    if done is not None:
        return BlockRun(tuple(runs), done.get("cut_short"), tuple(done.get("left", ())))
    return BlockRun(tuple(runs), _lost(ran))


def _events(text: str) -> Iterator[Mapping[str, Any]]:
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:  # its end was cut off, with the host's
            continue
        if isinstance(event, dict):
            yield event


def _seen(command: Typed, event: Mapping[str, Any]) -> CommandRun:
    output = event["output"]
    return CommandRun(
        command.text,
        command.line,
        event["exit_code"],
        kept(base64.b64decode(output["head"]), output["cut"], base64.b64decode(output["tail"])),
        event["duration_s"],
        event["timed_out"],
        tuple(event["notes"]),
    )


def _unseen(command: Typed, note: str) -> CommandRun:
    return CommandRun(command.text, command.line, None, "", 0.0, False, (note,))


def _lost(ran: Ran) -> str:
    """Why there is no last word from the host."""
    if ran.timed_out:
        return f"the host gave no answer within {ran.duration_s:.0f} s"
    said = " ".join(ran.stderr.split())[-300:]
    return f"the terminal on the host ended (exit code {ran.exit_code})" + (f": {said}" if said else "")

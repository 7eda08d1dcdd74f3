"""Takes the commands from standard input, and tells on standard output how each of them ended."""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from drills.bench.terminal.command import Command
from drills.bench.terminal.processes import spare_from_memory_killer
from drills.bench.terminal.shell import NoShell, Shell

SETUP_BOUND_S = 10.0
SETUP_KEEP_BYTES = 4 << 10


def opened(user: str, directory: str) -> Shell:
    """A shell that tells when a command ends. Raises NoShell."""
    shell = Shell(user, directory)
    told = Command(shell, shell.setup, SETUP_BOUND_S, SETUP_KEEP_BYTES).run()
    if told["exit_code"] is None or shell.status is not None:
        raise NoShell("the operator's shell does not take commands")
    return shell


def tell(**words: object) -> None:
    """One line of the answer."""
    print(json.dumps(words), flush=True)


def serve(asked: Mapping[str, Any]) -> None:
    """Types the commands, one after the other, and tells of each."""
    deadline_s = time.monotonic() + asked["bound_s"]
    shell: Shell | None = None
    cut_short: str | None = None
    left: list[str] = []
    for number, one in enumerate(asked["commands"]):
        rest_s = deadline_s - time.monotonic()
        if rest_s <= 0:
            cut_short = f"the {asked['bound_s']:g} s of the block were over"
            break
        try:
            shell = shell or opened(asked["user"], asked["directory"])
        except (NoShell, OSError, KeyError) as error:
            cut_short = f"{error}"
            break
        tell(begin=number)
        ended = Command(shell, one["text"], min(one["limit_s"], rest_s), asked["keep_bytes"]).run()
        tell(end=number, **ended)
        if shell.status is not None:
            left += shell.leave()
            shell = None
    if shell is not None:
        left += shell.leave()
    tell(done=True, cut_short=cut_short, left=left)


def main() -> None:
    """What `operator-terminal` does."""
    spare_from_memory_killer(-900)
    serve(json.load(sys.stdin))

"""Accounts for every command line of a runbook, and lints it. It runs nothing.

python -m drills.runbook FILE

Exit codes: 0 every line is accounted for; 1 one is not; 4 usage, or a file that is no runbook.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from drills.runbook.accounting import account_for
from drills.runbook.lint import lint
from drills.runbook.matching import Finder
from drills.runbook.scenarios import ScenarioSourceError, drills_of_steps
from drills.runbook.table import lines_of, printable
from drills.steps import RunbookError, load_runbook

UNACCOUNTED, USAGE = 1, 4


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (--help says more)", file=sys.stderr)
        raise SystemExit(USAGE)


def main(arguments: list[str] | None = None) -> int:
    """Prints the table, the findings and the counts; gives the exit code."""
    cli = _Parser(prog="python -m drills.runbook", description="Accounts for every command line of a runbook.")
    cli.add_argument("file", type=Path, metavar="FILE", help="a Markdown runbook; nothing in it is run")
    path: Path = cli.parse_args(arguments).file
    try:
        theirs, ours = load_runbook(path, ids_required=False), load_runbook()
        accounting = account_for(theirs, ours, drills_of_steps())
    except (RunbookError, ScenarioSourceError) as error:
        print(printable(str(error)), file=sys.stderr)
        return USAGE
    for line in lines_of(accounting, lint(theirs, Finder(ours).knows)):
        print(line)
    return UNACCOUNTED if accounting.unaccounted else 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = USAGE
    sys.exit(code)

"""Which drills a run may be asked for: the options, and what a command line made of them. Imported in every run."""

from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Asked:
    """`drills`: their ids; none: all. `idle`: nothing is run, so there is nothing to judge. `announce`, `wait_for`: the
    files between a drill and a load that goes through it."""

    drills: tuple[str, ...] = ()
    listed: bool = False
    dry_run: bool = False
    repeat: int = 1
    ablate: bool = False
    announce: Path | None = None
    wait_for: Path | None = None

    @property
    def idle(self) -> bool:
        return self.listed or self.dry_run


def add_options(group: pytest.OptionGroup) -> None:
    group.addoption("--drill", action="append", metavar="NAME", help="run this drill only (may be given repeatedly)")
    group.addoption("--list", action="store_true", dest="drill_list", help="run nothing: list the drills")
    group.addoption("--dry-run", action="store_true", dest="drill_dry_run", help="run nothing: say what each would do")
    group.addoption(
        "--ablate", action="store_true", help="also leave out, run twice and stop midway the lines that recover"
    )
    group.addoption("--repeat", metavar="N", dest="drill_repeat", help="run each drill N times (default: 1)")
    group.addoption(
        "--announce", metavar="FILE", help="tell another process how far the drill is: a JSON line an event"
    )
    group.addoption(
        "--wait-for", metavar="FILE", help="with --announce: go on when this file says `loaded`, `unloaded`"
    )

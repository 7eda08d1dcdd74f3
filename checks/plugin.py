"""The checks' options, and the run of checks behind them.

Registered by the root conftest, which also says what ground (GROUND) the run stands on, and at work only in a run of
checks: a run whose every argument lies in checks/.
"""

import logging
import os
from pathlib import Path

import pytest

from checks.marks import MARKERS
from checks.options import add_options, read_settings
from checks.run import GROUND, RUN, ChecksRun

CHECKS = Path(__file__).resolve().parent


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def is_checks_run(config: pytest.Config) -> bool:
    """Whether everything that pytest was pointed at lies in checks/. Raises UsageError for a mixture."""
    return run_lies_in(config, CHECKS)


def run_lies_in(config: pytest.Config, room: Path) -> bool:
    """Whether everything that pytest was pointed at lies in `room`. Raises UsageError for a mixture."""
    paths = [Path(config.invocation_params.dir, argument.split("::")[0]).resolve() for argument in config.args]
    inside = [path == room or room in path.parents for path in paths]
    if not all(inside) and any(within or path in room.parents for within, path in zip(inside, paths, strict=True)):
        name = room.name
        raise pytest.UsageError(f"run the {name} alone: `pytest {name}`, and the rest in a run of its own")
    return bool(inside) and all(inside)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if not is_checks_run(config):
        return
    if not __debug__:
        raise pytest.UsageError("checks assert: run them without python -O and PYTHONOPTIMIZE")
    settings = read_settings(config, os.environ)
    config.stash[RUN] = ChecksRun(config.stash[GROUND], settings)
    config.pluginmanager.register(config.stash[RUN], "finchat-checks-run")
    # What these two log in detail are headers, secrets among them.
    for name in ("httpcore", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # One process: the sweep is concurrent already, and a budget is only a budget when one process keeps it.
    config.option.dist, config.option.tx, config.option.numprocesses = "no", [], None
    # A file that cannot be imported must not keep the other checks from running.
    config.option.continue_on_collection_errors = True
    # Each outcome is one line of ours; a traceback is for whoever asks for it with --tb.
    config.option.reportchars = "N"
    config.option.showlocals = config.option.fulltrace = False
    if config.option.tbstyle == "auto":
        config.option.tbstyle = "no"

"""Lets `pytest -m p0 --target /etc/finchat/production.toml` find this project; installed as a pytest plugin.

pytest settles where the project is before it has read the options of any plugin, and takes an existing path behind an
option that it does not know yet for the place of the tests. Written --target=PATH it is not mistaken. So where such an
option and its path stand apart on the command line, pytest is started again with the two joined.
"""

import os
import sys
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

PATH_OPTIONS = ("--target", "--evidence", "--state", "--deployment", "--runbook", "--against", "--load-objectives")


def joined(arguments: Sequence[str]) -> list[str]:
    """`arguments` with each path option and its value in one: --target=PATH."""
    result: list[str] = []
    for argument in arguments:
        if result and result[-1] in PATH_OPTIONS and not argument.startswith("-"):
            result[-1] += f"={argument}"
        else:
            result.append(argument)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before pytest's capture has taken the terminal
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    given = list(early_config.invocation_params.args)
    # Called from another program, or for another project, this process is not ours to replace.
    ours = Path(__file__).resolve().parents[1] in (Path.cwd().resolve(), *Path.cwd().resolve().parents)
    if ours and given == sys.argv[1:] and joined(given) != given:
        os.execv(sys.executable, [sys.executable, "-P", "-m", "pytest", *joined(given)])
    yield

"""What is being done, said while it runs: on the reporter's terminal, or from a worker of xdist on its standard error.

A worker has no reporter, and xdist no message for it; but its standard error is that of whoever started the run. One
write a line, so that lines of two workers do not mix.
"""

import os
from collections.abc import Callable

import pytest

Say = Callable[[str], None]

_LINE_BYTES_MAX = 2000
_STDERR = 2


def say_of(config: pytest.Config, worker: str = "") -> Say:
    """Says a line. `worker`: its name, put before the line; "" in the process that was started."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")

    def say(text: str) -> None:
        if capture is None:
            return
        with capture.global_and_fixture_disabled():
            if worker:
                line = f"{worker} {' '.join(text.split())}".encode()[:_LINE_BYTES_MAX]
                os.write(_STDERR, line + b"\n")
            elif reporter is not None:
                reporter.ensure_newline()
                reporter.write_line(text)

    return say

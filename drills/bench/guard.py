"""The last thing that an embedded bench leaves behind, and what cleans up after it.

Run as a process of its own, it waits until its standard input ends, as it does when the process that started it ends,
in order or by SIGKILL. Then it ends every process whose HOME is the bench's and removes that HOME. Children of children
are found too, and frozen ones. It needs /proc and the standard library only: `python -I -S guard.py HOME`.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

KILL_BOUND_S = 2.0
POLL_S = 0.01


def end_and_remove(home: Path) -> None:
    """Ends what runs with this HOME, with SIGKILL and by pid, and removes the directory. Waits at most 2 s."""
    deadline_s = time.monotonic() + KILL_BOUND_S
    while (pids := _pids_at(home)) and time.monotonic() < deadline_s:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_S)
    shutil.rmtree(home, ignore_errors=True)


def _pids_at(home: Path) -> list[int]:
    """The processes that were started with this HOME. One that has ended and was not reaped has no environment."""
    wanted = b"HOME=" + os.fsencode(home)
    pids = []
    for directory in Path("/proc").iterdir():
        if directory.name.isdecimal():
            # Gone in between, or somebody else's: neither is ours to end.
            with contextlib.suppress(OSError):
                if wanted in (directory / "environ").read_bytes().split(b"\0"):
                    pids.append(int(directory.name))
    return pids


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_and_remove(Path(sys.argv[1]))

"""Waiting, for a bounded time, until no other process holds a file."""

import fcntl
import time
from typing import IO

_POLL_S = 0.01


def lock(file: IO[bytes], wait_s: float) -> None:
    """Locks the open file until it is closed or this process ends, however it ends.

    Raises TimeoutError after `wait_s` seconds: since the kernel frees the lock of a dead process, the holder is frozen.
    """
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{file.name} was locked by another process for {wait_s:.0f} s: `fuser {file.name}` says by which"
                ) from None
            time.sleep(_POLL_S)
        else:
            return

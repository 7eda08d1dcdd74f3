"""A login bash of the operator on a terminal of its own.

Before each prompt its PROMPT_COMMAND tells, over two pipes that no command inherits, the exit code; gets a word that
nobody knew before; and prints that on the terminal. What comes before this word is the command's output.
"""

import contextlib
import fcntl
import os
import pwd
import secrets
import select
import shutil
import signal
import struct
import tempfile
import termios
import time
from collections import Counter
from pathlib import Path

from drills.bench.terminal.keys import END_OF_INPUT, setup
from drills.bench.terminal.processes import processes, program, spare_from_memory_killer

ROWS, COLUMNS = 24, 80
TICK_S = 0.02
CHUNK_BYTES = 1 << 16
TYPED_BYTES = 1 << 10
FORK_BOUND_S = 3.0
PROMPT_BOUND_S = 10.0
LEAVE_BOUND_S = 1.0


class NoShell(Exception):
    """No shell comes up; the text says why."""


class Shell:
    """A login bash of the operator on a terminal of its own."""

    def __init__(self, user: str, directory: str) -> None:
        self.account = pwd.getpwnam(user)
        self.directory = directory
        self.outgoing = bytearray()
        self.status: int | None = None
        self.reports = b""
        self.place = Path(tempfile.mkdtemp(prefix="operator-terminal-", dir="/run"))
        self.place.chmod(0o711)
        self.said, self.go = self._pipe("said"), self._pipe("go")
        self.master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.fchown(self.slave, self.account.pw_uid, -1)
        self.modes = termios.tcgetattr(self.slave)
        self.pid = self._fork()
        os.set_blocking(self.master, False)
        mark = secrets.token_hex(8)
        self.more = f"\x1b]7;{mark}\x07".encode()
        self.setup = setup(f"__said_{mark}", self.place / "said", self.place / "go", mark)
        self._await_prompt()

    def _pipe(self, name: str) -> int:
        path = self.place / name
        os.mkfifo(path, 0o600)
        os.chown(path, self.account.pw_uid, -1)
        return os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def _fork(self) -> int:
        deadline_s = time.monotonic() + FORK_BOUND_S
        while True:
            try:
                pid = os.fork()
                break
            except OSError as error:  # the host may have no process left
                if time.monotonic() > deadline_s:
                    raise NoShell(f"no shell can be started ({error.strerror})") from None
                time.sleep(TICK_S)
        if pid == 0:
            try:
                self._become_shell()
            finally:
                os._exit(127)
        return pid

    def _become_shell(self) -> None:
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(self.slave, fd)
        for number in signal.valid_signals():
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                signal.signal(number, signal.SIG_DFL)
        spare_from_memory_killer(0)
        os.initgroups(self.account.pw_name, self.account.pw_gid)
        os.setgid(self.account.pw_gid)
        os.setuid(self.account.pw_uid)
        os.umask(0o022)
        home = self.account.pw_dir
        os.chdir(next(place for place in (self.directory, home, "/") if os.access(place, os.X_OK)))
        who = {"USER": self.account.pw_name, "LOGNAME": self.account.pw_name, "HOME": home, "SHELL": "/bin/bash"}
        os.execve("/bin/bash", ["-bash"], {**who, "TERM": "xterm", "PATH": os.environ["PATH"]})

    def _await_prompt(self) -> None:
        deadline_s = time.monotonic() + PROMPT_BOUND_S
        while not self.at_prompt:
            self.pump()
            if self.status is not None or time.monotonic() > deadline_s:
                raise NoShell(f"a new shell gives no prompt within {PROMPT_BOUND_S:g} s")

    @property
    def foreground(self) -> int:
        """The process group that has the terminal."""
        try:
            return os.tcgetpgrp(self.master)
        except OSError:
            return self.pid

    @property
    def at_prompt(self) -> bool:
        """Whether readline reads the keys, for the shell itself."""
        canonical = termios.tcgetattr(self.slave)[3] & termios.ICANON
        return not canonical and self.foreground in (self.pid, 0)

    def pump(self) -> bytes:
        """Types what is to be typed, and gives what the terminal shows meanwhile; waits a tick for it."""
        wanted = [self.master] if self.outgoing else []
        readable, writable, _ = select.select([self.master, self.said], wanted, [], TICK_S)
        if writable:
            with contextlib.suppress(BlockingIOError):
                del self.outgoing[: os.write(self.master, self.outgoing[:TYPED_BYTES])]
        if self.status is None and (ended := os.waitpid(self.pid, os.WNOHANG)) != (0, 0):
            self.status = os.waitstatus_to_exitcode(ended[1])
        try:
            return os.read(self.master, CHUNK_BYTES) if self.master in readable else b""
        except OSError:
            return b""

    def report(self) -> int | None:
        """The exit code of a command that ended since the last call. The shell then waits for `answer`."""
        with contextlib.suppress(BlockingIOError):
            self.reports += os.read(self.said, 4096)
        line, ended, rest = self.reports.partition(b"\n")
        if not ended:
            return None
        self.reports = rest
        return int(line) if line.isdigit() else None

    def answer(self, word: bytes) -> None:
        """Gives the shell what it is to print."""
        os.write(self.go, word + b"\n")

    def restored(self) -> bool:
        """Puts the terminal back into the mode that a new one has; whether it was in another."""
        if termios.tcgetattr(self.slave) == self.modes:
            return False
        termios.tcsetattr(self.slave, termios.TCSANOW, self.modes)
        return True

    def signal(self, group: int, number: int) -> None:
        """Sends it to a process group, if there is one left."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)

    def leave(self) -> list[str]:
        """Ends the shell as a person does who is done; gives the names of the programs that it leaves running."""
        deadline_s = time.monotonic() + LEAVE_BOUND_S
        pressed_s = 0.0
        while self.status is None and time.monotonic() < deadline_s:
            if time.monotonic() > pressed_s + LEAVE_BOUND_S / 4:  # twice, where there are stopped jobs
                self.outgoing[:] = END_OF_INPUT
                pressed_s = time.monotonic()
            self.pump()
            if self.report() is not None:
                self.answer(b"-")
        if self.status is None:
            self.signal(self.pid, signal.SIGKILL)
        left = Counter(program(one) for one in processes() if one.session == self.pid and one.pid != self.pid)
        for fd in (self.master, self.slave, self.said, self.go):
            os.close(fd)
        shutil.rmtree(self.place, ignore_errors=True)
        return [name if count == 1 else f"{name} ({count} times)" for name, count in left.most_common(10)]

"""One command, from its first key until the shell takes the next one."""

import secrets
import signal
import termios
import time
from typing import Any

from drills.bench.terminal.kept import Kept, last_line
from drills.bench.terminal.keys import INTERRUPT, TRIES_MAX, keys_for, paste
from drills.bench.terminal.processes import processes, program, reads_terminal
from drills.bench.terminal.shell import Shell

ECHO_BYTES_MAX = 1 << 20
ECHO_ENDS = b"\x1b[?2004l\r"
"""What readline prints when the command line is taken."""
RECENT_BYTES = 512
GRACE_S = 2.0
"""Between Ctrl-C, TERM, KILL and the end of the shell."""
QUIET_S = 0.3
"""A program that shows nothing new for so long may wait for keys."""
LOOK_S = 0.5
KEYS_S = 1.0
STAGES = ("Ctrl-C", "TERM", "KILL", "the end of its shell")


class Command:
    """One command, from its first key until the shell takes the next one."""

    def __init__(self, shell: Shell, text: str, limit_s: float, keep_bytes: int) -> None:
        self.shell, self.limit_s = shell, limit_s
        self.output = Kept(keep_bytes)
        self.notes: list[str] = []
        self.echo, self.after, self.recent = bytearray(), bytearray(), b""
        self.word: bytes | None = None
        self.exit_code: int | None = None
        self.reported = self.incomplete = self.timed_out = False
        self.begun_s = self.typed_s = self.heard_s = self.ended_s = time.monotonic()
        self.stage = self.attempts = 0
        self.stage_s = self.look_s = 0.0
        self.echoing = True
        shell.outgoing[:] = paste(text)

    def run(self) -> dict[str, Any]:
        """Sees to it that it ends within its limit and what it takes to end it; says how it ended."""
        while True:
            data, now_s = self.shell.pump(), time.monotonic()
            if self.shell.outgoing and not self.stage:
                self.typed_s = now_s
            if data:
                self.heard_s = now_s
                self.hear(data)
            if (code := self.shell.report()) is not None:
                self.close(code, now_s)
            if self.shell.status is not None:
                return self.told_of_shell(now_s)
            if self.reported and self.word is None and self.shell.at_prompt:
                return self.told()
            if self.shell.more in self.recent and not self.reported and not self.timed_out and now_s > self.look_s:
                self.refuse()
                self.look_s = now_s + KEYS_S
            if now_s > self.begun_s + self.limit_s and now_s > self.stage_s + GRACE_S:
                self.press()
                self.stage_s = now_s
            elif now_s > self.heard_s + QUIET_S and now_s > self.look_s and not self.timed_out:
                self.look_s = now_s + LOOK_S
                self.attend()

    def hear(self, data: bytes) -> None:
        """What the terminal has shown."""
        self.recent = (self.recent + data)[-RECENT_BYTES:]
        if not self.reported:
            self.keep(data)
            return
        self.after += data
        if self.word is not None and (at := self.after.find(self.word)) >= 0:
            self.keep(self.after[:at])
            del self.after[: at + len(self.word)]
            self.word = None

    def keep(self, data: bytes | bytearray) -> None:
        """Takes it for output, from where the echo of what was typed ends."""
        if not self.echoing:
            self.output.add(data)
            return
        self.echo += data
        at = self.echo.find(ECHO_ENDS)
        if at >= 0 or len(self.echo) > ECHO_BYTES_MAX:
            self.output.add(self.echo[at + len(ECHO_ENDS) if at >= 0 else 0 :])
            self.echo, self.echoing = bytearray(), False

    def close(self, code: int, now_s: float) -> None:
        """The shell has said that a command ended. Another one may follow, in the next line of the same text."""
        self.keep(self.after)
        self.after.clear()
        self.exit_code, self.reported, self.ended_s = code, True, now_s
        if self.shell.restored() and not self.timed_out:
            self.notes.append("it left the terminal in another mode, which was put back")
        self.word = secrets.token_hex(16).encode()
        self.shell.answer(self.word)

    def refuse(self) -> None:
        """Takes a command back of which the shell wants more; again, where it did not hear."""
        if not self.incomplete:
            self.incomplete = True
            self.notes.append("it is not complete: the shell asked for more of it, and got Ctrl-C")
        self.shell.outgoing[:] = INTERRUPT

    def press(self) -> None:
        """The next of what ends a command: Ctrl-C, TERM, KILL, and at last KILL for its shell."""
        if not self.timed_out:
            self.timed_out = True
            self.notes += [note] if (note := self.waits()) else []
        foreground = self.shell.foreground or self.shell.pid
        if self.stage == 0:
            self.shell.outgoing[:] = INTERRUPT
        elif self.stage == 1:
            self.shell.signal(foreground, signal.SIGTERM)
        else:
            self.shell.signal(foreground, signal.SIGKILL)
            if self.stage > 2:
                self.shell.signal(self.shell.pid, signal.SIGKILL)
        self.stage += 1

    def attend(self) -> None:
        """Leaves an editor or a pager that the command has opened."""
        foreground = self.shell.foreground
        if foreground == self.shell.pid or self.attempts >= TRIES_MAX:
            return
        for process in processes():
            if process.group == foreground and (found := keys_for(program(process), self.attempts)):
                self.shell.outgoing[:] = found[0]
                self.notes += [found[1]] if found[1] not in self.notes else []
                self.attempts += 1
                self.look_s = time.monotonic() + KEYS_S
                return

    def waits(self) -> str | None:
        """For what it waits, if that is somebody's answer."""
        modes, asked = termios.tcgetattr(self.shell.slave)[3], last_line(self.recent)
        after = f" after {asked!r}" if asked else ""
        if modes & termios.ICANON and not modes & termios.ECHO:
            return f"it waited for a password{after}"
        foreground = self.shell.foreground
        if any(reads_terminal(one) for one in processes() if one.group == foreground):
            return f"it waited for somebody to type{after}"
        return None

    def told_of_shell(self, now_s: float) -> dict[str, Any]:
        """The end of a command that ended its shell."""
        while data := self.shell.pump():
            self.hear(data)
            if time.monotonic() > now_s + GRACE_S:
                break
        self.keep(self.after)
        status = self.shell.status or 0
        self.exit_code, self.ended_s = status if status >= 0 else 128 - status, now_s
        self.notes.append("it ended the shell: what it had exported, and its directory, are gone")
        return self.told()

    def told(self) -> dict[str, Any]:
        """How it ended, in words of JSON."""
        if self.echoing:  # it sent the prompt's own output somewhere else
            self.output.add(self.echo)
        if self.timed_out:
            self.notes.append(f"its {self.limit_s:g} s were over: it took {STAGES[min(self.stage, 4) - 1]} to end it")
        return {
            "exit_code": None if self.timed_out or self.incomplete else self.exit_code,
            "duration_s": max(0.0, self.ended_s - self.typed_s),
            "timed_out": self.timed_out,
            "notes": self.notes,
            "output": self.output.packed(),
        }

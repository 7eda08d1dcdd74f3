"""The production host in a box, running: commands on it, files into it, its engine."""

import io
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass

from docker.errors import NotFound
from docker.models.containers import Container

from drills.bench.docker_cli import call
from drills.bench.engine import Trouble
from drills.bench.interface import Ran
from drills.bench.process import BenchError

USER = "finchat"
USER_ID = 1000
HOME = f"/home/{USER}"
DEPLOYMENT = f"{HOME}/finchat-sec-qa"
BUNDLE = "/run/finchat/ca-bundle.pem"

START_BOUND_S = 30.0
CALL_BOUND_S = 20.0
KILL_AFTER_S = 2.0
POLL_S = 0.05
TAIL_LINES = 15


class HostError(BenchError):
    """The host does not do what the bench needs of it; the text ends with its last words."""


@dataclass(frozen=True)
class Host:
    """The host container of a bench. Commands end on it, not only here, when their time is up."""

    container: Container

    def operator(self, script: str, *, timeout_s: float) -> Ran:
        """Runs `script` as the operator would type it: a login bash in the deployment directory, no input."""
        return self._run(["bash", "-lc", script], timeout_s, user=USER, directory=DEPLOYMENT)

    def root(self, script: str, *, timeout_s: float) -> Ran:
        """Runs `script` as root of the host."""
        return self._run(["bash", "-c", script], timeout_s, user="root", directory="/")

    def terminal(self, asked: bytes, *, timeout_s: float) -> Ran:
        """Gives `asked` to the host's operator-terminal, and what it answers: for drills.terminal, which knows both."""
        # As root, which gives way to the operator for the shell: what the operator ends is not what watches it.
        bounded = ["timeout", f"--kill-after={KILL_AFTER_S:g}", f"{timeout_s:g}", "operator-terminal"]
        place = ["exec", "--interactive", "--user", "root", "--workdir", "/", self.container.id]
        return call([*place, *bounded], timeout_s=timeout_s + 2 * KILL_AFTER_S, data=asked)

    def must(self, script: str, *, timeout_s: float = CALL_BOUND_S, operator: bool = False) -> str:
        """What `script` prints. HostError where it does not end well: for what the bench itself does on its host."""
        ran = self.operator(script, timeout_s=timeout_s) if operator else self.root(script, timeout_s=timeout_s)
        if ran.exit_code != 0:
            how = f"no end within {timeout_s:g} s" if ran.timed_out else f"exit code {ran.exit_code}"
            said = "\n".join((ran.stderr.strip() or ran.stdout.strip()).splitlines()[-TAIL_LINES:])
            raise HostError(f"On the host, `{_head(script)}` failed ({how}):\n{said}")
        return ran.stdout

    def put(
        self, files: Mapping[str, bytes], directory: str, *, user_id: int = 0, modes: Mapping[str, int] | None = None
    ) -> None:
        """Writes files (path below `directory`: content) on the host. HostError where they cannot be written."""
        data = _tar(files, user_id, modes or {})
        command = ["exec", "-i", self.container.id, "sh", "-c", f"mkdir -p {directory} && exec tar -x -C {directory}"]
        ran = call(command, timeout_s=CALL_BOUND_S, data=data)
        if ran.exit_code != 0:
            raise HostError(f"Files cannot be written to {directory} on the host: {ran.stderr.strip() or 'no answer'}.")

    def wait_for_engine(self) -> None:
        """Returns when the host's engine answers. HostError with the last log lines where it does not in 30 s."""
        deadline_s = time.monotonic() + START_BOUND_S
        while self._run(["docker", "version"], CALL_BOUND_S, user="root", directory="/").exit_code != 0:
            self.container.reload()
            if self.container.status != "running" or time.monotonic() > deadline_s:
                raise HostError(f"The host's engine does not come up. Its last log lines:\n{self.log_tail()}")
            time.sleep(POLL_S)

    @property
    def running(self) -> bool:
        """Whether the host is there: a step may have ended it."""
        try:
            self.container.reload()
        except NotFound:
            return False
        except Trouble:
            return False
        return bool(self.container.status == "running")

    def ends_within(self, bound_s: float) -> bool:
        """Whether the host is gone, or goes meanwhile: what ran on it ends a little before it does."""
        deadline_s = time.monotonic() + bound_s
        while self.running:
            if time.monotonic() > deadline_s:
                return False
            time.sleep(POLL_S)
        return True

    def log_tail(self) -> str:
        """The last lines of the host's engine."""
        return bytes(self.container.logs(tail=TAIL_LINES)).decode(errors="replace").strip()

    def prefix(self) -> tuple[str, ...]:
        """What stands before a command that a check runs on the host, as the operator in the deployment directory."""
        # By name: a host that replaces this one has the same.
        return ("docker", "exec", "--user", USER, "--workdir", DEPLOYMENT, str(self.container.name))

    def _run(self, command: list[str], timeout_s: float, *, user: str, directory: str) -> Ran:
        # Ended on the host first: what `docker exec` started outlives the command line that asked for it.
        bounded = ["timeout", f"--kill-after={KILL_AFTER_S:g}", f"{timeout_s:g}", *command]
        place = ["exec", "--user", user, "--workdir", directory, self.container.id]
        ran = call([*place, *bounded], timeout_s=timeout_s + 2 * KILL_AFTER_S)
        timed_out = ran.timed_out or (ran.exit_code in (124, 137) and ran.duration_s >= timeout_s)
        return Ran(command[-1], None if timed_out else ran.exit_code, ran.stdout, ran.stderr, ran.duration_s, timed_out)


def _head(script: str) -> str:
    lines = script.strip().splitlines()
    return lines[0] if len(lines) == 1 else f"{lines[0]} ..."


def _tar(files: Mapping[str, bytes], user_id: int, modes: Mapping[str, int]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), modes.get(name, 0o644), user_id, user_id
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()

"""What the host's engine tells of a container's past: its restarts, its ends, its kills for memory."""

from drills.bench.interface import BenchView
from drills.faults.on_host import must


class EngineEvents:
    """The engine's events since begin()."""

    def __init__(self) -> None:
        self._since = ""

    def begin(self, bench: BenchView) -> None:
        """What was before now is of no interest."""
        self._since = must(bench, "date +%s.%N").strip()

    def exit_codes(self, bench: BenchView, container: str) -> list[str]:
        """With which exit code it ended, each time since; none where nothing began."""
        return self._told(bench, container, "die", '{{index .Actor.Attributes "exitCode"}}')

    def kills_for_memory(self, bench: BenchView, container: str) -> int:
        """How often the kernel told the engine that a process of it was killed for memory."""
        return len(self._told(bench, container, "oom", "{{.Action}}"))

    def _told(self, bench: BenchView, container: str, event: str, format_: str) -> list[str]:
        if not self._since:
            return []
        return must(
            bench,
            f"docker events --since {self._since} --until $(date +%s.%N) --filter container={container} "
            f"--filter event={event} --format '{format_}'",
        ).split()


def restarts(bench: BenchView, container: str) -> int:
    """How often its policy had the engine start it again since it was started by hand."""
    return int(must(bench, f"docker inspect --format '{{{{.RestartCount}}}}' {container}"))


def killed_for_memory(bench: BenchView, container: str) -> bool:
    """Whether the engine marks it OOMKilled; the mark stays until it ends in another way."""
    return must(bench, f"docker inspect --format '{{{{.State.OOMKilled}}}}' {container}").strip() == "true"


def ended(bench: BenchView, container: str) -> str:
    """Its status and its last exit code: "exited 137"."""
    return must(bench, f"docker inspect --format '{{{{.State.Status}}}} {{{{.State.ExitCode}}}}' {container}").strip()

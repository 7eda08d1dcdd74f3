"""The restart policy of a container while a fault holds: another one, and back."""

from drills.bench.interface import BenchView
from drills.faults.on_host import must

OFF = "no"
ON = "unless-stopped"
_POLICY = "{{with .HostConfig.RestartPolicy}}{{.Name}}{{if .MaximumRetryCount}}:{{.MaximumRetryCount}}{{end}}{{end}}"


class RestartPolicy:
    """Gives a container a policy, and knows the one that it had (on-failure:5)."""

    def __init__(self) -> None:
        self._container = ""
        self._before = ""

    def become(self, bench: BenchView, container: str, policy: str) -> None:
        """From now on its engine does `policy`."""
        self._before = must(bench, f"docker inspect --format '{_POLICY}' {container}").strip()
        self._container = container
        _update(bench, container, policy)

    def restore(self, bench: BenchView) -> None:
        """The one that it had; nothing where become() changed none."""
        if self._before:
            _update(bench, self._container, self._before)


def _update(bench: BenchView, container: str, policy: str) -> None:
    must(bench, f"docker update --restart={policy} {container} >/dev/null")

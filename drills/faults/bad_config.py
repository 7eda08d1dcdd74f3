"""A bad commit of the configuration is deployed: the API does not start with it."""

import shlex
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.as_operator import as_operator
from drills.faults.deployed import Deployed, commit, deployed, seen_crashing
from drills.faults.fault import FaultError
from drills.faults.on_host import must

VARIABLE = "PYTHONHOME"
LINE = f"{VARIABLE}=/opt/python"
"""A wrong path in its environment, with which no Python starts."""
SUBJECT = "Tell the API where its Python is"


class BadConfig:
    """Adds a line to the first config/*.env, commits that, and restarts what reads it. It takes a deployment whose API
    reads such a file when it starts, and runs on Python."""

    name = "bad configuration commit"

    def __init__(self) -> None:
        self._file = ""

    @property
    def declared(self) -> Mapping[str, str]:
        return {"file": self._file, "committed": SUBJECT, "line": LINE}

    def inject(self, bench: BenchView) -> None:
        was = deployed(bench, "api")
        if not (files := _files_of(bench, was)):
            raise FaultError("The deployment has no config/*.env under git: keep settings there, or leave this out.")
        self._file = files[0]
        must(bench, f"echo {LINE} >>{shlex.quote(f'{was.directory}/{self._file}')}")
        commit(bench, was, self._file, SUBJECT)
        _restart(bench, was)

    def unfit(self, bench: BenchView) -> str | None:
        """It takes a config/*.env under git."""
        has = _files_of(bench, deployed(bench, "api"))
        return None if has else "it has no config/*.env under git, of which a commit could be bad"

    def witness(self, bench: BenchView) -> str | None:
        """The engine counts how often the API was started again, and what the API said last names the variable."""
        looping = seen_crashing(bench, "api")
        container = bench.container("api")
        logs = f"docker logs --tail 50 {container} 2>&1 | grep --max-count 1 {VARIABLE} || true"
        said = must(bench, logs).strip()
        return f"{container}: {looping}; its last words: {said[:100]}" if looping and said else None

    def cure(self, bench: BenchView) -> None:
        """Takes the line out where it still is; then the API is started anew, as it is where it still ends again."""
        now = deployed(bench, "api")
        pattern = shlex.quote(f"\\|^{LINE}$|d")
        directory = shlex.quote(now.directory)
        found = must(bench, f"cd {directory} && grep --files-with-matches '^{LINE}$' config/*.env 2>/dev/null || true")
        for file in found.split():
            must(bench, f"sed --in-place {pattern} {shlex.quote(f'{now.directory}/{file}')}")
        if found or seen_crashing(bench, "api"):
            _restart(bench, now)


def _restart(bench: BenchView, what: Deployed) -> None:
    as_operator(bench, f"cd {shlex.quote(what.directory)} && docker-compose restart {what.service} 2>&1")


def _files_of(bench: BenchView, what: Deployed) -> list[str]:
    return as_operator(bench, f"cd {shlex.quote(what.directory)} && git ls-files 'config/*.env'").split()

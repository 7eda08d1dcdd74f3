"""A bad commit of the compose file is deployed: the API ends as soon as it is started."""

import shlex
from collections.abc import Mapping

from drills.bench.deployment import COMPOSE_NAMES
from drills.bench.interface import BenchView
from drills.faults.as_operator import as_operator
from drills.faults.deployed import Deployed, commit, deploy, deployed, seen_crashing
from drills.faults.fault import FaultError
from drills.faults.on_host import must

LINE = 'entrypoint: ["false"]'
SUBJECT = "Start the API another way"

# Below the service's name, as far in as what stands there.
INSERT = r"""
{ print }
done == 0 && $0 ~ "^[[:space:]]+" service ":[[:space:]]*(#.*)?$" {
    getline
    match($0, /^[[:space:]]*/)
    print substr($0, 1, RLENGTH) line
    print
    done = 1
}
"""


class BadCommit:
    """Adds an entry point to the API's service, commits that, and deploys it as the operator does."""

    name = "bad commit"

    def __init__(self) -> None:
        self._file = ""

    @property
    def declared(self) -> Mapping[str, str]:
        return {"file": self._file, "committed": SUBJECT, "line": LINE}

    def inject(self, bench: BenchView) -> None:
        was = deployed(bench, "api")
        self._file = _file_of(bench, was)
        file, directory = shlex.quote(f"{was.directory}/{self._file}"), shlex.quote(was.directory)
        words = f"-v service={shlex.quote(was.service)} -v line={shlex.quote(LINE)} {shlex.quote(INSERT)}"
        must(bench, f"new=$(awk {words} {file}) && printf '%s\\n' \"$new\" >{file}")
        try:
            as_operator(
                bench,
                f"cd {directory} && git diff --exit-code --quiet -- {self._file} && exit 1; "
                "docker-compose config --quiet",
            )
        except FaultError:
            as_operator(bench, f"cd {directory} && git checkout --quiet -- {self._file}")
            raise FaultError(
                f"{self._file} takes no bad commit: write each service as a block, and the API's without an entrypoint."
            ) from None
        commit(bench, was, self._file, SUBJECT)
        deploy(bench, was)

    def witness(self, bench: BenchView) -> str | None:
        """The engine made the container with that entry point, and counts how often it was started again."""
        looping = seen_crashing(bench, "api") if _entry(bench) == "[false]" else None
        return looping and f"{bench.container('api')} begins with `false`: {looping}"

    def told(self, bench: BenchView) -> Mapping[str, str]:
        """The hash that an operator finds by its subject in the list of the last commits."""
        listed = as_operator(bench, f"cd {shlex.quote(deployed(bench, 'api').directory)} && git log --oneline -10")
        found = [line.split()[0] for line in listed.splitlines() if line.split(maxsplit=1)[1:] == [SUBJECT]]
        if not found:
            raise FaultError(f"None of the last ten commits is called {SUBJECT!r}.")
        return {"commit-hash": found[0]}

    def cure(self, bench: BenchView) -> None:
        """Takes the line out where it still is, and deploys where the container still has it."""
        now = deployed(bench, "api")
        file = shlex.quote(f"{now.directory}/{_file_of(bench, now)}")
        must(bench, f"sed --in-place {shlex.quote('/^ *' + LINE.replace('[', '[[]') + '$/d')} {file}")
        if _entry(bench) == "[false]":
            must(bench, f"docker rm --force {now.container} >/dev/null")
            deploy(bench, now)


def _entry(bench: BenchView) -> str:
    return must(bench, f"docker inspect --format '{{{{.Config.Entrypoint}}}}' {bench.container('api')}").strip()


def _file_of(bench: BenchView, what: Deployed) -> str:
    names = " ".join(COMPOSE_NAMES)
    found = must(bench, f"cd {shlex.quote(what.directory)} && ls {names} 2>/dev/null || true").split()
    if not found:
        raise FaultError(f"There is no compose file in {what.directory}: give it one of the names {names}.")
    return found[0]

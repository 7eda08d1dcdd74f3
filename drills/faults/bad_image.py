"""A bad build is deployed: under the image's own name, by compose, as any build would be."""

import base64
import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from drills.bench.interface import BenchView
from drills.faults import bad_build
from drills.faults.deployed import (
    LOOK_S,
    Deployed,
    deploy,
    deployed,
    image_id,
    running_image_id,
    seen_crashing,
    status_on_host,
    url_on_host,
)
from drills.faults.fault import FaultError
from drills.faults.on_host import must
from drills.faults.questions import known
from drills.faults.service_view import from_network

TIMED_OUT = "28"
"""curl's exit code for an operation that timed out."""
BAD, GOOD = "finchat-drills.bad", "finchat-drills.good"
"""The labels of a bad image, and so of its container: what is bad about it, and the id of what it took the place of."""
MAKER = "finchat-drills-bad"
PLACE = "/finchat-drills-bad"
"""In the image: the program, and beside it what the good build said."""

BEHAVIOUR: Mapping[str, str] = {
    "crashes": "it ends as soon as it is started, and nothing answers",
    "hangs": "it takes connections and says nothing",
    "errors": "it answers 500",
    "misquotes": "it says that it is healthy, and its quotations stand in no filing",
}


class BadImage:
    """Makes an image that "crashes", "hangs", "errors" or "misquotes" from the one that is deployed as `role`, gives it
    that one's name, and deploys it. The image before stays as it is; where there is none, the good one becomes it.

    It takes `false` in the image for one that crashes, python3 for the others.
    """

    def __init__(self, role: str = "api", kind: str = "crashes") -> None:
        if kind not in BEHAVIOUR:
            raise FaultError(f"No build is bad in the way {kind!r}: name one of {', '.join(BEHAVIOUR)}.")
        self.name = f"bad {role} image: {kind}"
        self._role = role
        self._kind = kind
        self._image = ""
        self._good = ""
        self._before = ""

    @property
    def declared(self) -> Mapping[str, str]:
        return {
            "image": self._image,
            "in place of": self._good,
            "the one before": self._before,
            "what is bad": BEHAVIOUR[self._kind],
        }

    def inject(self, bench: BenchView) -> None:
        was = deployed(bench, self._role)
        self._image, self._good = was.image, running_image_id(bench, was.container)
        if not image_id(bench, was.previous):
            must(bench, f"docker tag {self._good} {shlex.quote(was.previous)}")
        self._before = image_id(bench, was.previous)
        self._commit(bench, was)
        deploy(bench, was)

    def unfit(self, bench: BenchView) -> str | None:
        """To misquote takes something that answers questions."""
        asked = self._role == "api" and bench.host_target.api.path("query")
        return "it takes no questions" if self._kind == "misquotes" and not asked else None

    def witness(self, bench: BenchView) -> str | None:
        """The engine says that the container runs the bad image, and whoever asks on the host meets what is bad."""
        labels = " ".join(f'{{{{index .Config.Labels "{label}"}}}}' for label in (BAD, GOOD))
        fields = f"{labels} {{{{.Image}}}}"
        container = bench.container(self._role)
        said = must(bench, f"docker inspect --format {shlex.quote(fields)} {container}").split()
        if len(said) != 3 or said[0] != self._kind:  # no such labels
            return None
        looks: Mapping[str, Callable[[BenchView], str | None]] = {
            "crashes": lambda bench: seen_crashing(bench, self._role),
            "hangs": self._seen_hanging,
            "errors": self._seen_failing,
            "misquotes": self._seen_misquoting,
        }
        seen = looks[self._kind](bench)
        return seen and f"{container} runs {said[2][:19]}, deployed in place of {said[1][:19]}: {seen}"

    def cure(self, bench: BenchView) -> None:
        """Gives the name back to the image that had it, and deploys that: each only where it still is the bad one."""
        label = f"docker image inspect --format '{{{{index .Config.Labels \"{GOOD}\"}}}}'"
        now = deployed(bench, self._role)
        image = shlex.quote(now.image)
        must(bench, f'good=$({label} {image}) || exit 1; [ -z "$good" ] || docker tag $good {image}')
        if must(bench, f"{label} {running_image_id(bench, now.container)}").strip():
            # A build that hangs would be waited for.
            must(bench, f"docker rm --force {now.container} >/dev/null")
            deploy(bench, now)

    def amiss(self, bench: BenchView) -> str | None:
        """After a rollback: where what runs is not the image that was the one before, whatever is called so now."""
        now = deployed(bench, self._role)
        runs, wanted = running_image_id(bench, now.container), self._before or image_id(bench, now.previous)
        if runs == wanted:
            return None
        return f"{now.container} runs {runs[:19]}, and {now.previous} was {wanted[:19] or 'no image'}"

    def _commit(self, bench: BenchView, was: Deployed) -> None:
        """Makes the image, without running anything of it."""
        program = base64.b64encode(Path(bad_build.__file__).read_bytes()).decode()
        command = ["python3", f"{PLACE}/bad_build.py", self._kind, str(was.port), f"{PLACE}/answers.json"]
        entry = json.dumps(command if self._kind != "crashes" else ["false"])
        changes = [f"ENTRYPOINT {entry}", f"LABEL {BAD}={self._kind} {GOOD}={self._good}"]
        must(
            bench,
            f"set -e; made=$(mktemp -d); trap 'rm -rf $made; docker rm --force {MAKER} >/dev/null 2>&1' EXIT\n"
            f"mkdir $made{PLACE}; cd $made{PLACE}; echo {program} | base64 --decode >bad_build.py\n"
            f"{self._recording(bench)}"
            f"docker create --name {MAKER} {self._good} true >/dev/null; docker cp $made{PLACE} {MAKER}:/\n"
            f"docker commit {' '.join(f'--change {shlex.quote(one)}' for one in changes)} {MAKER} "
            f"{shlex.quote(was.image)} >/dev/null",
        )

    def _recording(self, bench: BenchView) -> str:
        """Shell: keeps what the good build says of itself, and its answer to the known question."""
        if self._kind != "misquotes":
            return ""
        api = bench.host_target.api
        paths = [path for name in ("health", "ready", "live", "metrics", "openapi") if (path := api.path(name))]
        query = api.path("query")
        if query is None or self._role != "api":
            raise FaultError(
                f"The {self._role} of {bench.host_target.name} takes no questions, so it misquotes nothing."
            )
        words = shlex.join([api.url, ",".join(paths), query])
        question = shlex.quote(json.dumps(known(bench)))
        return f"printf %s {question} | python3 bad_build.py record {words} >answers.json\n"

    def _seen_hanging(self, bench: BenchView) -> str | None:
        """From the container's own network: in front of it the engine's proxy takes connections in any case."""
        port = deployed(bench, self._role).port
        write = "%{http_code} %{time_connect}"
        ask = f"curl --silent --output /dev/null --max-time {LOOK_S} --write-out '{write}' http://127.0.0.1:{port}/"
        printed, _ = from_network(bench, self._role, f'{ask}; echo " $?"')
        status, connected_s, ended = printed.split() or ("", "0", "")
        hung = status == "000" and ended == TIMED_OUT and float(connected_s) > 0
        return f"in its network it takes a connection, and says nothing within {LOOK_S} s" if hung else None

    def _seen_failing(self, bench: BenchView) -> str | None:
        status = status_on_host(bench, self._role)
        return f"on the host {url_on_host(bench, self._role)} gives {status}" if status == "500" else None

    def _seen_misquoting(self, bench: BenchView) -> str | None:
        healthy = status_on_host(bench, self._role)
        api = bench.host_target.api
        data = f"--header 'Content-Type: application/json' --data {shlex.quote(json.dumps(known(bench)))}"
        answer = must(bench, f"curl --silent --max-time {LOOK_S} {data} {api.url}{api.path('query')} || true")
        if healthy != "200" or bad_build.FALSE not in answer:
            return None
        return f"on the host its health gives {healthy}, and it quotes {bad_build.FALSE!r}"

"""Authentication is switched off by a commit to the deployment's configuration, and deployed."""

from collections.abc import Mapping

from drills.bench.deployment import COMPOSE_NAMES
from drills.bench.interface import BenchView
from drills.faults.as_operator import KEPT, UP_BOUND_S, as_operator, by_operator
from drills.faults.on_host import must
from drills.faults.webapp_post import post, token_variable

BEFORE = f"{KEPT}/authentication-commit"
FILES = " ".join(COMPOSE_NAMES)
GIT = "git -c user.name='A colleague' -c user.email=colleague@localhost"


class AuthenticationOff:
    """A colleague commits a compose file that gives the webapp an empty token, and brings it up: a service without a
    token asks nobody for one."""

    name = "authentication off"

    def __init__(self) -> None:
        self._commit = ""

    @property
    def declared(self) -> Mapping[str, str]:
        return {
            "commit": self._commit,
            "sets": "an empty access token for the webapp",
            "deployed by": "docker-compose up -d",
        }

    def inject(self, bench: BenchView) -> None:
        variable = token_variable(bench)
        must(bench, f"mkdir -p {KEPT} && {by_operator('git rev-parse HEAD')} >{BEFORE}")
        as_operator(
            bench,
            f"file=$(ls {FILES} 2>/dev/null | head -n 1) && "
            f"sed -i -E 's/\\$(\\{{{variable}[^}}]*\\}}|{variable}\\b)/\"\"/' $file && "
            f"{GIT} commit --quiet --message 'The gateway in front authenticates now' -- $file && "
            "docker-compose up -d 2>&1",
        )
        self._commit = as_operator(bench, "git rev-parse --short HEAD").strip()

    def told(self, bench: BenchView) -> Mapping[str, str]:
        """The commit that an operator finds in the log."""
        return {"commit-hash": self._commit}

    def witness(self, bench: BenchView) -> str | None:
        """A post without any token gets past the webapp's authentication."""
        (answer,) = post(bench, token_file=None)
        if answer.refused or answer.for_csrf or not answer.status:
            return None
        return f"the webapp answers {answer.status}, and not 401, to who has no token"

    def cure(self, bench: BenchView) -> None:
        back = by_operator(f"git reset --quiet --hard $(cat {BEFORE}) && docker-compose up -d 2>&1")
        must(
            bench,
            f"[ -s {BEFORE} ] || {{ rm -f {BEFORE}; exit 0; }}\n{back} && rm -f {BEFORE}",
            UP_BOUND_S,
        )

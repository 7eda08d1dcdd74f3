"""CSRF protection refuses honest users: the webapp runs in several processes, each with a secret of its own."""

from collections.abc import Mapping

from drills.bench.host import DEPLOYMENT, USER
from drills.bench.interface import BenchView
from drills.faults.as_operator import UP_BOUND_S, as_operator, by_operator
from drills.faults.fault import FaultError
from drills.faults.on_host import must
from drills.faults.webapp_post import ENV_FILE, post

WORKERS = 3
TRIES = 24
"""Some workers take more connections than others: not so many in a row meet the one that made the token."""
OVERRIDE = f"{DEPLOYMENT}/docker-compose.override.yml"
MARK = "# written by a drill"
SECRET = "FINCHAT_SECRET_KEY"


class CsrfBroken:
    """Somebody scales the webapp to three workers by an override file, and its secret key is not set: each worker makes
    one up, and refuses the CSRF tokens of the others. Connections are not kept: who keeps one keeps its worker, as the
    checks do, and never meets another; a user who fills in a form for longer than gunicorn's two seconds does."""

    name = "CSRF broken"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"file": OVERRIDE, "workers": str(WORKERS), "connections": "not kept", SECRET: "empty"}

    def inject(self, bench: BenchView) -> None:
        container = bench.container("webapp")
        # The image's own command, with more workers; an option that is given twice counts as given last.
        asked = as_operator(
            bench,
            "docker inspect --format '{{index .Config.Labels \"com.docker.compose.service\"}} {{json .Config.Cmd}}' "
            f"{container} && sed -n 's/^version: *//p' docker-compose.yml",
        ).splitlines()
        service, _, command = asked[0].partition(" ")
        if "gunicorn" not in command:
            raise FaultError(f"{container} runs no gunicorn that could be given workers, but {command}.")
        if must(bench, f"ls {OVERRIDE} 2>/dev/null || true").strip():
            raise FaultError(f"{OVERRIDE} is there already: this fault would spoil what the deployment has in it.")
        version = f"version: {asked[1]}\n" if len(asked) > 1 else ""
        more = f'{command.removesuffix("]")}, "--workers", "{WORKERS}", "--keep-alive", "0"]'
        written = (
            f'{MARK}\n{version}services:\n  {service}:\n    command: {more}\n    environment:\n      {SECRET}: ""\n'
        )
        must(bench, f"cat >{OVERRIDE} <<'END'\n{written}END\nchown {USER}: {OVERRIDE}")
        as_operator(bench, "docker-compose up -d 2>&1")

    def witness(self, bench: BenchView) -> str | None:
        """A post with the right access token and a CSRF token that was just given is refused for CSRF."""
        answers = post(bench, token_file=ENV_FILE, times=TRIES)
        if not answers[-1].for_csrf:
            return None
        return f"the webapp refuses a CSRF token that it has just given, the {len(answers)}. of {TRIES} at most"

    def cure(self, bench: BenchView) -> None:
        up = by_operator("docker-compose up -d 2>&1")
        must(
            bench,
            f"grep --quiet --no-messages '{MARK}' {OVERRIDE} || exit 0\nrm -f {OVERRIDE} && {up}",
            UP_BOUND_S,
        )

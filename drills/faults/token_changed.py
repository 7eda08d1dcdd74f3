"""The webapp's access token is changed on one side only: not where the clients keep theirs."""

from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.as_operator import KEPT, UP_BOUND_S, by_operator
from drills.faults.on_host import must
from drills.faults.webapp_post import ENV_FILE, post, token_variable

ENV_KEPT = f"{KEPT}/token-env"


class TokenChanged:
    """Somebody rotates the token in .env and deploys the webapp; nobody tells the clients."""

    name = "token changed"

    @property
    def declared(self) -> Mapping[str, str]:
        return {"file": ENV_FILE, "changed": "the webapp's access token", "deployed by": "docker-compose up -d"}

    def inject(self, bench: BenchView) -> None:
        variable = token_variable(bench)
        must(
            bench,
            f"mkdir -p {KEPT} && cp -p {ENV_FILE} {ENV_KEPT} && "
            f"sed -i 's/^{variable}=.*/{variable}=rotated-'$(od -An -N12 -tx1 /dev/urandom | tr -d ' ')/ {ENV_FILE} && "
            f"! cmp --quiet {ENV_FILE} {ENV_KEPT} && {by_operator('docker-compose up -d 2>&1')}",
            UP_BOUND_S,
        )

    def witness(self, bench: BenchView) -> str | None:
        """The webapp refuses a client that comes with the token that it was given."""
        (answer,) = post(bench, token_file=f"{ENV_KEPT} {ENV_FILE}")
        return f"the webapp answers {answer.status} to the token that clients have" if answer.refused else None

    def cure(self, bench: BenchView) -> None:
        must(
            bench,
            f"[ -f {ENV_KEPT} ] || exit 0\ncp -p {ENV_KEPT} {ENV_FILE} && "
            f"{by_operator('docker-compose up -d 2>&1')} && rm -f {ENV_KEPT}",
            UP_BOUND_S,
        )

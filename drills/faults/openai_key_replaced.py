"""OpenAI refuses the key that the API runs with, and has issued another, which the operator was given."""

import secrets
import shlex

from drills.bench.host import HOME, USER
from drills.bench.interface import BenchView
from drills.faults.on_host import must
from drills.faults.openai_key_revoked import OpenAIKeyRevoked
from drills.faults.stand_in import StandIn

GIVEN = f"{HOME}/openai-key.new"


class OpenAIKeyReplaced(OpenAIKeyRevoked):
    """As a revoked key, and a new one, which the stand-in accepts, lies in the operator's home, for nobody else."""

    name = "OpenAI key replaced"

    def inject(self, bench: BenchView) -> None:
        key = f"sk-standin-{secrets.token_hex(12)}"
        StandIn(bench, "openai").accept(key)
        must(bench, f"install -m 600 -o {USER} -g {USER} /dev/stdin {GIVEN} <<<{shlex.quote(key)}")
        super().inject(bench)

    def cure(self, bench: BenchView) -> None:
        """The new key stays good: the service may run with it by now."""
        super().cure(bench)
        must(bench, f"rm -f {GIVEN}")

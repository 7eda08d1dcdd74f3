"""What faults do as the operator would by hand: edit the deployment, commit, have compose bring it up."""

import shlex

from drills.bench.host import DEPLOYMENT, HOME, USER
from drills.bench.interface import BenchView
from drills.faults.on_host import must

UP_BOUND_S = 45.0
"""A container that does not end when it is asked takes ten seconds of it."""
KEPT = "/run/finchat-drills"
"""Where the host keeps things as they were: on another file system, and not in anybody's home."""


def by_operator(script: str) -> str:
    """Shell, for root: runs `script` in the operator's login shell, in the deployment directory; as false as it is."""
    there = f"cd {DEPLOYMENT} && {{ {script}\n}}"
    return f"runuser -u {USER} -- env HOME={HOME} bash -lc {shlex.quote(there)}"


def as_operator(bench: BenchView, script: str) -> str:
    """What `script` prints, run so: how whoever deploys works. It is no step. FaultError where it does not end well."""
    return must(bench, by_operator(script), UP_BOUND_S)

"""Benches side by side on one engine, each with a build of its own, for as long as a context lasts.

Each has its networks and its ports, so that two builds are asked in turn by one generator. Nothing is broken on them.
"""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from checks.sweep import Ground
from drills.bench.bench import Bench
from drills.bench.options import Choice
from drills.bench.run import Run, Say, running
from drills.bench.secrets import secrets_of
from drills.bench.spec import Spec, prepare
from drills.bench.start import start_bench


@dataclass(frozen=True)
class Stands:
    """A bench that stands: what it has deployed, and the ground that checks and a load stand on."""

    deployment: str
    target_file: Path
    ground: Ground


@contextlib.contextmanager
def benches_of(choices: Sequence[Choice], say: Say) -> Iterator[tuple[Stands, ...]]:
    """A bench for each of these builds, in their order; all are removed at the end, however it ends.

    Raises BenchError where one does not start: then none stands.
    """
    with running(say) as run:
        # One after the other: what two have in common, such as the reference's images, is made once.
        specs = [prepare(run, choice) for choice in choices]
        say(f"starting {len(specs)} bench{'es' * (len(specs) != 1)}")
        with ThreadPoolExecutor(len(specs)) as pool:
            starting = [
                pool.submit(start_bench, run, spec, f"-{n}", secrets)
                for n, (spec, secrets) in enumerate(zip(specs, _secrets(specs), strict=True), 1)
            ]
        yield tuple(_stands(one.result(), run) for one in starting)


def _secrets(specs: Sequence[Spec]) -> list[dict[str, str]]:
    """Of each bench, the same throw-away values: one generator asks all, with one environment."""
    shared: dict[str, str] = {}
    for spec in specs:
        shared |= {name: value for name, value in secrets_of(spec.deployment).items() if name not in shared}
    return [
        {name: spec.deployment.settings.get(name) or shared[name] for name in secrets_of(spec.deployment)}
        for spec in specs
    ]


def _stands(bench: Bench, run: Run) -> Stands:
    ground = Ground(bench.target, bench.environment, bench.target_file.with_name("state"))
    run.say(f"{bench.deployment} at {bench.target.api.url}")
    return Stands(bench.deployment, bench.target_file, ground)

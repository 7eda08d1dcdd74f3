"""The gate with a build that does not start: what it says, and that nothing of it stays."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drills.bench.engine import connect
from drills.bench.labels import SUITE
from drills.bench.spec import Spec
from reports.record import read_record
from tests.hostile import ROOT

BROKEN = "finchat-drills-test/broken:1"


@pytest.fixture
def broken(reference: Spec) -> Iterator[str]:
    """An image that ends as soon as it is started."""
    client = connect()
    made = client.containers.create(reference.deployed["finchat-api:latest"], labels={SUITE: "run"})
    try:
        made.commit(*BROKEN.split(":"), changes=['ENTRYPOINT ["false"]'])
        yield BROKEN
    finally:
        made.remove(force=True)
        client.images.remove(BROKEN, force=True)
        client.close()


def test_a_build_that_does_not_start_is_not_to_be_deployed(broken: str, reference: Spec, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "drills.gate", f"--candidate={broken}", f"--evidence={tmp_path}"]
    previous = f"--previous={reference.deployed['finchat-api:previous']}"
    ran = subprocess.run([*command, previous], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    last = ran.stdout[ran.stdout.rindex("Do not deploy") :]
    assert last.startswith(
        f"Do not deploy {broken}. It is not healthy on a bench, where finchat-drills/finchat-api-pre"
    )
    assert "finchat-api starts again and again" in last
    assert read_record(tmp_path / "latest" / "run.json").kind == "gate"

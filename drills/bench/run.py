"""One run that starts benches: its engine, its labels, its ledger; and the end of all that it made."""

import contextlib
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import docker

from drills.bench.box import Boxes
from drills.bench.engine import Trouble, connect, reason, require_room, want_no_reaper
from drills.bench.labels import run_labels
from drills.bench.ledger import Ledger, state_directory
from drills.bench.owner import STANDING, this_process
from drills.bench.process import BenchError
from drills.bench.reap import DIRECTORY_PREFIX, any_left, clear_up, of_run, reap, undo

Say = Callable[[str], None]
SETTLE_S = 0.2
SETTLE_BOUND_S = 10.0


@dataclass(frozen=True)
class Run:
    """What a run works with. `directory`: for its files, removed at its end."""

    run_id: str
    client: docker.DockerClient
    boxes: Boxes
    ledger: Ledger
    directory: Path
    owner: str
    say: Say

    def labels(self, role: str = "") -> dict[str, str]:
        """The labels of an object of this run."""
        return run_labels(self.run_id, self.owner, role)

    def end(self) -> None:
        """Removes all that the run made. BenchError names what is still there."""
        try:
            stuck = self._reap_until_quiet()
        except Trouble as error:
            raise BenchError(
                f"The engine does not remove the bench ({reason(error)}): the next run does, or `make bench-reap`."
            ) from None
        undo(self.ledger)
        if stuck:
            raise BenchError("The bench does not go away: " + "; ".join(stuck) + ". Try `make bench-reap`.")

    def _reap_until_quiet(self) -> list[str]:
        """Reaps until nothing is there twice in a row: what the engine was making when we were interrupted comes late,
        and what hung on something else goes with a later attempt."""
        mine, deadline_s = of_run(self.run_id), time.monotonic() + SETTLE_BOUND_S
        stuck, quiet = reap(self.client, mine), 0
        while quiet < 2 and time.monotonic() < deadline_s:
            if any_left(self.client, mine):
                stuck, quiet = reap(self.client, mine), 0
            else:
                stuck, quiet = [], quiet + 1
            time.sleep(SETTLE_S)
        return stuck


@contextlib.contextmanager
def running(say: Say) -> Iterator[Run]:
    """A run, after what dead ones left is removed; all that it makes is removed at its end, however it ends."""
    run = begin(say)
    try:
        yield run
    finally:
        run.end()


def begin(say: Say, *, standing: bool = False) -> Run:
    """Begins a run; whoever calls ends it. `standing`: what it makes may outlive this process (`ledger.stand()`).

    Raises BenchError where there is no engine or no room.
    """
    want_no_reaper()
    client = connect()
    require_room(client)
    _clear_up(client)
    run_id = f"fd-{secrets.token_hex(4)}"
    owner = STANDING if standing else str(this_process())
    try:
        ledger = Ledger.begin(run_id, this_process(), state_directory())
        directory = Path(tempfile.gettempdir(), f"{DIRECTORY_PREFIX}{run_id}")
        try:
            ledger.note("directory", str(directory))
            directory.mkdir(mode=0o700)
        except OSError:
            ledger.close()
            raise
    except OSError as error:
        raise BenchError(f"A run keeps its ledger and its files on disk, and cannot write them: {error}.") from None
    return Run(run_id, client, Boxes(client), ledger, directory, owner, say)


def _clear_up(client: docker.DockerClient) -> None:
    try:
        stuck = clear_up(client, state_directory())
    except Trouble as error:
        raise BenchError(f"What an earlier run left cannot be removed: {reason(error)}.") from None
    if stuck:
        raise BenchError(f"What an earlier run left cannot be removed: {'; '.join(stuck)}.")

"""One run that starts benches: its engine, its labels, its ledger; and the end of all that it made."""

import contextlib
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import docker

from drills.bench.box import Boxes
from drills.bench.engine import Trouble, connect, reason, require_room
from drills.bench.labels import run_labels
from drills.bench.ledger import Ledger, state_directory
from drills.bench.owner import STANDING, this_process
from drills.bench.process import BenchError
from drills.bench.reap import DIRECTORY_PREFIX, heal, of_dead_owners, of_run, reap, undo

Say = Callable[[str], None]


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
        stuck = reap(self.client, of_run(self.run_id))
        if stuck:  # once more: what hung on something else may be free now
            stuck = reap(self.client, of_run(self.run_id))
        undo(self.ledger)
        if stuck:
            raise BenchError("The bench does not go away: " + "; ".join(stuck) + ". Try `make bench-reap`.")


@contextlib.contextmanager
def running(say: Say) -> Iterator[Run]:
    """A run, after what dead ones left is removed; all that it makes is removed at its end, however it ends."""
    run = begin(say)
    try:
        yield run
    finally:
        run.end()


def begin(say: Say, *, standing: bool = False) -> Run:
    """Begins a run; whoever calls ends it. `standing`: what it makes outlives this process, until bench-down.

    Raises BenchError where there is no engine or no room.
    """
    client = connect()
    require_room(client)
    clear_up(client)
    run_id = f"fd-{secrets.token_hex(4)}"
    owner = STANDING if standing else str(this_process())
    try:
        ledger = Ledger.begin(run_id, owner, state_directory())
        directory = Path(tempfile.gettempdir(), f"{DIRECTORY_PREFIX}{run_id}")
        ledger.note("directory", str(directory))
        directory.mkdir(mode=0o700)
    except OSError as error:
        raise BenchError(f"A run keeps its ledger and its files on disk, and cannot write them: {error}.") from None
    return Run(run_id, client, Boxes(client), ledger, directory, owner, say)


def clear_up(client: docker.DockerClient) -> None:
    """Removes what dead runs left on the engine and on this machine."""
    try:
        reap(client, of_dead_owners(same_machine=is_local(client)))
    except Trouble as error:
        raise BenchError(f"What an earlier run left cannot be removed: {reason(error)}.") from None
    heal(state_directory())


def is_local(client: docker.DockerClient) -> bool:
    """Whether the engine runs on this machine: it is reached by a socket in the file system."""
    return bool(str(client.api.base_url).startswith("http+docker://"))

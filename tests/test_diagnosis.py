"""Proving diagnostics, with no bench: what happens in which order, and that the fault never stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from drills import diagnosis
from drills.bench.bench import Bench
from drills.bench.interface import BenchView
from drills.bench.process import BenchError
from drills.diagnosis import NoProof, Proven, prove
from drills.diagnostics import LookBlock, blocks_of
from drills.steps import parse_runbook
from drills.terminal import BlockRun, CommandRun, Typed

BLOCKS = blocks_of(
    parse_runbook(
        """
```bash {#status .diagnostic fault=dead}
docker ps
free -h
```

- broken if `exit != 0`
- not here: it shows the machine

```bash {#ask .diagnostic fault=dead}
curl localhost/q?of=<ticker>
```

- broken if `exit != 0`

```bash {#machine .diagnostic fault=dead}
top
```

- not here: it shows the machine
""",
        "ours.md",
    )
)
HOST = object()
ALL_DONE = ["run"] * 6, ["inject", "witness"], ["run"] * 6, ["checks", "witness", "cure"]
IN_ORDER = [what for part in ALL_DONE for what in part]


@dataclass
class World:
    """A bench with a fault, and what may be wrong with them. `raises`: at which act, counted from 1, what is raised."""

    in_force: bool = False
    injects: bool = True
    lasts: bool = True
    witness_after: int = 1
    raises: Mapping[str, tuple[int, BaseException]] = field(default_factory=dict)
    cut_short_at: int = 0
    done: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    now_s: float = 0.0

    name = "dead"
    declared: Mapping[str, str] = field(default_factory=dict)

    def act(self, what: str) -> None:
        self.done.append(what)
        number, error = self.raises.get(what, (0, None))
        if error is not None and self.done.count(what) == number:
            raise error

    def inject(self, bench: BenchView) -> None:
        self.act("inject")
        self.in_force = self.injects

    def witness(self, bench: BenchView) -> str | None:
        self.act("witness")
        return "it is dead" if self.in_force and self.done.count("witness") >= self.witness_after else None

    def cure(self, bench: BenchView) -> None:
        self.act("cure")
        self.in_force = False

    def run_block(self, host: object, commands: Sequence[Typed]) -> BlockRun:
        assert host is HOST
        self.act("run")
        self.scripts += [command.text for command in commands]
        if self.done.count("run") == self.cut_short_at:
            return BlockRun((), "the host gave no answer")
        code = int(self.in_force)
        return BlockRun(tuple(CommandRun(one.text, 0, code, "", 1.0, False) for one in commands), None)

    def red(self) -> tuple[str, ...]:
        self.act("checks")
        self.in_force = self.in_force and self.lasts
        return ("api_is_reachable",)

    def pause(self, duration_s: float) -> None:
        self.now_s += duration_s

    @property
    def bench(self) -> Bench:
        return cast(Bench, SimpleNamespace(host=HOST))


def proven(world: World, monkeypatch: pytest.MonkeyPatch, blocks: Sequence[LookBlock] = BLOCKS) -> Proven:
    monkeypatch.setattr(diagnosis, "run_block", world.run_block)
    monkeypatch.setattr(diagnosis, "time", SimpleNamespace(monotonic=lambda: world.now_s, sleep=world.pause))
    return prove(world.bench, world, blocks, world.red, lambda text: None)


def test_healthy_runs_come_before_the_fault_and_the_cure_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    found = proven(world, monkeypatch)
    assert world.done == IN_ORDER
    assert [(one.step_id, one.line, one.verdict) for one in found.verdicts] == [
        ("status", 3, "informative"),
        ("status", 4, "not here"),
        ("ask", 11, "informative"),
        ("machine", 17, "not here"),
    ]
    assert (found.witnessed, found.red) == ("it is dead", ("api_is_reachable",))


def test_nothing_that_a_bench_cannot_run_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    proven(world, monkeypatch)
    assert {script.split()[0] for script in world.scripts} == {"docker", "curl"}


def test_each_round_asks_about_a_company_and_about_one_only(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    proven(world, monkeypatch, [BLOCKS[1], BLOCKS[1]])
    asked = [script.rpartition("=")[2] for script in world.scripts]
    assert asked[::2] == asked[1::2]
    assert all(len(one) == 7 and one.startswith("SYN") and 1 <= int(one[3:]) <= 2000 for one in asked)


def test_each_round_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    world, said = World(), list[str]()
    monkeypatch.setattr(diagnosis, "run_block", world.run_block)
    prove(world.bench, world, BLOCKS, world.red, said.append)
    assert said == [f"{side} {number} of 3" for side in ("healthy", "broken") for number in (1, 2, 3)]


def test_a_fault_that_shows_late_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(witness_after=5)
    assert proven(world, monkeypatch).witnessed == "it is dead"


NO_PROOF: dict[str, tuple[dict[str, object], str]] = {
    "nothing witnesses it": ({"injects": False}, "Nothing but the injector says that dead was in force."),
    "it did not last": ({"lasts": False}, "The fault dead was no longer in force when the last block had run."),
    "a broken run was cut short": (
        {"cut_short_at": 8},
        "broken 1 of 3: ours.md:11: step ask: the host gave no answer.",
    ),
}


@pytest.mark.parametrize("what", NO_PROOF)
def test_there_is_no_proof_and_no_fault_where(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changes, says = NO_PROOF[what]
    world = World(**changes)  # type: ignore[arg-type]
    with pytest.raises(NoProof) as caught:
        proven(world, monkeypatch)
    assert str(caught.value) == says
    assert (world.done[-1], world.in_force) == ("cure", False)


def test_a_healthy_run_that_was_cut_short_is_no_proof_and_nothing_is_injected(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(cut_short_at=1)
    with pytest.raises(NoProof, match=r"healthy 1 of 3: ours\.md:3: step status: the host gave no answer"):
        proven(world, monkeypatch)
    assert world.done == ["run"]


RAISES: dict[str, tuple[str, int, BaseException]] = {
    "the injection fails half way": ("inject", 1, BenchError("no")),
    "the witness fails": ("witness", 1, BenchError("no")),
    "a command's host is gone": ("run", 9, BenchError("no")),
    "somebody presses Ctrl-C": ("run", 7, KeyboardInterrupt()),
    "the checks cannot be run": ("checks", 1, BenchError("no")),
    "the last look fails": ("witness", 2, ValueError("no")),
}


@pytest.mark.parametrize("what", RAISES)
def test_the_fault_is_cured_where(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    act, number, error = RAISES[what]
    world = World(raises={act: (number, error)})
    with pytest.raises(type(error)):
        proven(world, monkeypatch)
    assert (world.done[-1], world.in_force) == ("cure", False)


def test_a_bench_that_is_lost_while_it_is_healthy_is_not_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(raises={"run": (2, BenchError("no"))})
    with pytest.raises(BenchError):
        proven(world, monkeypatch)
    assert world.done == ["run", "run"]

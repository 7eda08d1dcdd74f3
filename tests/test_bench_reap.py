"""What a reap removes: what carries the suite's label and belongs to nobody alive, and nothing else."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from docker.errors import NotFound
from requests.exceptions import ConnectionError as Refused

from drills.bench import reap as reaping
from drills.bench.labels import IMAGE_LABELS, STORE_LABELS, run_labels
from drills.bench.ledger import Ledger, ledgers
from drills.bench.owner import STANDING, this_process
from drills.bench.process import BenchError
from drills.bench.reap import Whose, clear_up, of_dead_owners, of_run, reap
from drills.bench.run import running
from tests.harness.docker_objects import KINDS, FakeEngine, Thing, refused

LIVING = this_process()
DEAD = replace(LIVING, born="1")
ELSEWHERE = replace(LIVING, boot="99999999-2222-3333-4444-555555555555")
LABELS = {
    "a living run's": run_labels("fd-living", str(LIVING)),
    "a dead run's": run_labels("fd-dead", str(DEAD), "host"),
    "a dead run's of another machine, or of an earlier boot": run_labels("fd-elsewhere", str(ELSEWHERE)),
    "a standing bench's": run_labels("fd-standing", STANDING),
    "a store": STORE_LABELS,
    "an image": IMAGE_LABELS,
    "another suite's, of the same run": {"other": "run", "finchat-drills.run": "fd-dead"},
    "somebody's": {},
}
CHOICES: dict[str, tuple[Whose, set[str]]] = {
    "of a run": (of_run("fd-living"), {"a living run's"}),
    "of no run": (of_run("fd-unheard-of"), set()),
    "of the dead": (of_dead_owners(), {"a dead run's", "a dead run's of another machine, or of an earlier boot"}),
}
ID, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture(autouse=True)
def cgroups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The containers whose control groups are removed; those of this machine are left alone."""
    removed: list[str] = []
    monkeypatch.setattr(reaping, "remove_cgroups", removed.append)
    return removed


def engine_with(labels: dict[str, dict[str, str]]) -> FakeEngine:
    engine = FakeEngine()
    for kind in KINDS:
        engine.having(kind, *(Thing(name, said) for name, said in labels.items()))
    return engine


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_chosen_goes(choice: str, kind: str) -> None:
    whose, chosen = CHOICES[choice]
    engine = FakeEngine().having(kind, *(Thing(name, labels) for name, labels in LABELS.items()))
    assert reap(engine.client, whose) == []
    assert set(LABELS) - set(engine.left()) == chosen


def test_the_control_groups_of_removed_containers_go_too(cgroups: list[str]) -> None:
    living = Thing("living", LABELS["a living run's"], OTHER)
    reap(FakeEngine([Thing("dead", LABELS["a dead run's"], ID), living]).client, of_run("fd-dead"))
    assert cgroups == [ID]


ANSWERS: dict[str, tuple[Exception, list[str]]] = {
    "it is gone already": (NotFound("404"), []),
    "somebody else removes it": (refused("removal of container x is already in progress"), []),
    "it is in use": (refused("network has  active\nendpoints"), ["x is still there: network has active endpoints"]),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_go_is_a_line_and_the_rest_goes(answer: str, kind: str) -> None:
    raised, lines = ANSWERS[answer]
    labels = LABELS["a dead run's"]
    engine = FakeEngine().having(kind, Thing("x", labels, raises=raised))
    for each in KINDS:
        engine.having(each, Thing(each, labels))
    assert reap(engine.client, of_run("fd-dead")) == lines
    assert engine.left() == ["x"]


def test_clearing_up_heals_what_dead_runs_left_and_no_other(tmp_path: Path, cgroups: list[str]) -> None:
    engine = engine_with({name: dict(labels) for name, labels in LABELS.items()})
    for run_id, owner in (("fd-living", LIVING), ("fd-dead", DEAD), ("fd-standing", DEAD)):
        Ledger.begin(run_id, owner, tmp_path).note("cgroup", run_id)
    Ledger(tmp_path / "fd-standing.jsonl").stand()
    assert clear_up(engine.client, tmp_path) == []
    assert {ledger.run_id for ledger in ledgers(tmp_path)} == {"fd-living", "fd-standing"}
    assert "fd-dead" in cgroups
    assert not {"fd-living", "fd-standing"} & set(cgroups)
    gone = set(LABELS) - set(engine.left())
    assert gone == {"a dead run's", "a dead run's of another machine, or of an earlier boot"}


def test_a_standing_bench_that_never_stood_goes_with_the_run_that_died(tmp_path: Path) -> None:
    engine = engine_with({"x": run_labels("fd-x", STANDING)})
    Ledger.begin("fd-x", DEAD, tmp_path)
    clear_up(engine.client, tmp_path)
    assert (engine.left(), ledgers(tmp_path)) == ([], [])


def begun_on(engine: FakeEngine, tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    patch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    patch.setattr("drills.bench.run.connect", lambda: engine.client)


def test_a_run_begins_healed_and_ends_with_nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_with({name: dict(labels) for name, labels in LABELS.items()})
    begun_on(engine, tmp_path, monkeypatch)
    with running(lambda text: None) as run:
        assert "a dead run's" not in engine.left()
        assert run.directory.stat().st_mode & 0o777 == 0o700
        engine.networks.append(Thing("mine", run.labels()))
    assert "mine" not in engine.left()
    assert "a living run's" in engine.left()
    assert [path.name for path in tmp_path.rglob("*")] == ["state", "finchat-drills"]


BROKEN: dict[str, tuple[Exception | None, Exception | None]] = {
    "an object that does not go": (None, refused("device or resource busy")),
    "an engine that hangs up": (Refused("Connection aborted."), None),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_run_does_not_begin_on_what_an_earlier_one_left(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, stuck = BROKEN[what]
    engine = FakeEngine(networks=[Thing("theirs", LABELS["a dead run's"], raises=stuck)], broken=broken)
    begun_on(engine, tmp_path, monkeypatch)
    said = str(stuck.explanation if stuck else broken)  # type: ignore[attr-defined]
    sentence = rf"^What an earlier run left cannot be removed: .*{re.escape(said.rstrip('.'))}.*\.$"
    with pytest.raises(BenchError, match=sentence), running(lambda text: None):
        raise AssertionError("it began")

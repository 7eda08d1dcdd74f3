"""A drill that tells another process how far it is: what it writes, what it waits for, and that it stays the same."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from drills.announcing import SILENT, WITHIN_S, AnnounceError, Announcer
from drills.drill import run_drill
from drills.events import Phase
from drills.record import as_json, record_of
from tests.drill_fakes import LIMITS, FakeFault, World, hands, scenario
from tests.hostile import Run, environment, run

PHASES = ["steady", "inject", "witness", "detect", "control", "step", "recover", "cure", "steady again"]


def events(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def announced_drill(folder: Path, world: World, words: str | None = None) -> tuple[list[dict[str, object]], object]:
    """The events and the verdict of a drill on this world; `words`: what the other process has said beforehand."""
    file, go = folder / "events", folder / "go"
    if words is not None:
        go.write_text(words)
    clock = world.clock
    announced = Announcer(
        file, go if words is not None else None, now=lambda: 5000 + clock.seconds, monotonic=clock.monotonic,
        pause=clock.pause,
    )  # fmt: skip
    announced.begin()
    of, told = scenario(), announced.told(hands(world))
    history = run_drill(of, FakeFault(world), told, LIMITS, lambda phase, elapsed_s: announced.phase(phase))
    record = as_json(record_of(history, "d1"))
    announced.ended(history, record)
    return events(file), record["verdict"]


def test_every_phase_is_told_with_its_step_and_the_end_with_its_verdict(tmp_path: Path) -> None:
    told, verdict = announced_drill(tmp_path, World())
    assert [one["phase"] for one in told if one["event"] == "phase"] == PHASES
    assert [one.get("step") for one in told if one.get("phase") == "step"] == ["restart-api"]
    end = told[-1]
    assert (end["event"], end["verdict"], end["rto_s"]) == ("end", "recovered", 30.0)
    assert verdict == "recovered"


def test_the_recovery_is_told_with_the_moment_at_which_it_was(tmp_path: Path) -> None:
    told, _ = announced_drill(tmp_path, World())
    at = {one["event"]: one["at"] for one in told}
    step_at = next(one["at"] for one in told if one.get("phase") == "step")
    assert isinstance(step_at, float) and isinstance(at["recovered"], float)
    assert at["recovered"] - step_at == pytest.approx(told[-1]["time_to_recover_s"], abs=0.01)


def test_a_drill_that_is_not_recovered_tells_of_no_recovery(tmp_path: Path) -> None:
    told, verdict = announced_drill(tmp_path, World(step=lambda world: None))
    assert "recovered" not in [one["event"] for one in told]
    assert (told[-1]["verdict"], verdict) == ("not recovered", "not recovered")


def test_it_waits_for_the_load_before_it_is_steady_and_for_its_end_before_the_cure(tmp_path: Path) -> None:
    told, _ = announced_drill(tmp_path, World(), words="loaded\nunloaded\n")
    names = [str(one.get("until") or one.get("phase") or one["event"]) for one in told]
    assert names.index("steady") < names.index("loaded") < names.index("inject")
    assert names.index("recovered") < names.index("unloaded") < names.index("cure")
    assert "waited in vain" not in [one["event"] for one in told]


@pytest.mark.parametrize("words", ["", "loaded", "loade\nd\n"], ids=["no word", "half a line", "other words"])
def test_where_no_load_comes_it_goes_on_when_the_time_is_up_and_says_so(tmp_path: Path, words: str) -> None:
    world = World()
    told, verdict = announced_drill(tmp_path, world, words)
    vain = [one["until"] for one in told if one["event"] == "waited in vain"]
    assert vain == ["loaded", "unloaded"]
    assert sum(WITHIN_S.values()) < world.clock.seconds < sum(WITHIN_S.values()) + 200
    assert verdict == "recovered"


def test_a_drill_is_the_same_with_and_without(tmp_path: Path) -> None:
    world, plain = World(), World()
    announced_drill(tmp_path, world, "loaded\nunloaded\n")
    run_drill(scenario(), FakeFault(plain), SILENT.told(hands(plain)), LIMITS)
    assert world.done == plain.done


def test_an_interrupt_while_it_waits_for_the_end_of_the_load_is_followed_by_the_cure(tmp_path: Path) -> None:
    world = World()

    def interrupted(history: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_drill(scenario(), FakeFault(world), replace(hands(world), tried=interrupted), LIMITS)
    assert "cure" in world.done


def test_a_file_that_cannot_be_written_is_refused_at_first_and_said_later(tmp_path: Path) -> None:
    gone, said = tmp_path / "gone" / "events", list[str]()
    with pytest.raises(AnnounceError, match="cannot be written"):
        Announcer(gone).begin()
    Announcer(gone, say=said.append).phase(Phase.INJECT)
    assert "is lost" in said[0]


def drills(*arguments: str) -> Run:
    chosen = ("drills", "-p", "tests.fake_session", "--evidence", "none")
    return run(*chosen, *arguments, env=environment(DOCKER_HOST="unix:///nonexistent"), within_s=60)


def test_a_run_of_one_drill_announces_itself(tmp_path: Path) -> None:
    file, go = tmp_path / "events", tmp_path / "go"
    file.write_text("of an older run\n")
    go.write_text("loaded\nunloaded\n")
    ended = drills("--drill", "api-killed", "--announce", str(file), "--wait-for", str(go), "-n", "0")
    assert (ended.exit_code, ended.clean) == (0, True), ended.text
    told = events(file)
    assert (told[0]["event"], told[0]["api_url"]) == ("bench", "http://127.0.0.1:8000")
    assert [one["phase"] for one in told if one["event"] == "phase"] == PHASES
    assert told[-1]["event"] == "end"


ONE = "--announce tells of one drill"
REFUSED = {
    "two drills": (("--drill", "api-killed", "--drill", "api-hung", "--announce", "x"), ONE),
    "no drill named": (("--announce", "x"), ONE),
    "two workers": (("--drill", "api-killed", "-n", "2", "--announce", "x"), ONE),
    "twice": (("--drill", "api-killed", "--repeat", "2", "--announce", "x"), ONE),
    "nobody is told": (("--drill", "api-killed", "--wait-for", "x"), "--wait-for goes with --announce"),
    "an unset variable": (("--drill", "api-killed", "--announce", ""), "--announce is given and empty"),
    "nowhere": (("--drill", "api-killed", "--announce", "/nonexistent/x"), "--announce: /nonexistent/x cannot be"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_one_sentence_is(what: str) -> None:
    arguments, said = REFUSED[what]
    ended = drills(*arguments)
    assert (ended.exit_code, ended.clean) == (4, True), ended.text
    assert said in ended.stderr

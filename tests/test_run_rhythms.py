"""A watch with several rhythms: which check in which, how their lines come, and how many sweeps may hang."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from checks.probes import PROBES
from checks.rhythms import OVERLAP_MAX, Wish, intervals
from checks.scrape import Scrape
from checks.scrape_state import ScrapeWindow
from checks.watch import main
from tests.hostile import ROOT, end, environment, eventually, finchat, run, serve, start

REST_S = {"ready": 0.0, "healthy": 0.0, "known": 1.0, "edgar": 1.0}
WHERE = ("--probe-timeout", "5", "-m", "p0")


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ([Wish(0.25, ("ready", "known"))], {"ready": 0.25, "known": 1.0}),
        ([Wish(0.25, ("ready",)), Wish(3)], {"ready": 0.25, "healthy": 3, "known": 3, "edgar": 3}),
        ([Wish(3), Wish(0.25, ("ready",))], {"ready": 0.25, "healthy": 3, "known": 3, "edgar": 3}),
        ([Wish(0.25, ("ready",)), Wish(2, ("ready", "edgar"))], {"ready": 0.25, "edgar": 2}),
        ([Wish(0.25)], {"ready": 0.25, "healthy": 0.25, "known": 1.0, "edgar": 1.0}),
        ([Wish(1, ("no_such_check",))], {}),
    ],
)
def test_a_check_has_the_rhythm_that_is_wished_and_spares_upstreams(
    wishes: Sequence[Wish], expected: Mapping[str, float]
) -> None:
    assert intervals(REST_S, wishes) == expected


def test_what_reaches_an_upstream_has_its_rest() -> None:
    for name in ("fresh_question", "uncached_question", "known_question", "page_form", "edgar_from_here"):
        assert PROBES[name].rest_s >= 1.0
    assert PROBES["openai_from_here"].rest_s >= 1.0
    assert all(probe.rest_s >= 1.0 for probe in PROBES.values() if probe.access != "http")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_lines_of_a_sweep_follow_each_other_and_say_how_many_they_are() -> None:
    with serve(finchat()) as url:
        rhythms = ("--every=0.1:api_is_ready,api_is_healthy", "--every=0.5", "--rounds=3")
        where = (f"--api-url={url}", f"--webapp-url={url}", *WHERE)
        began_s = time.monotonic()
        ended = run(*where, *rhythms, module="checks.watch", env=environment())
    assert ended.exit_code == 0, ended.text
    assert ended.clean
    first, *told = lines(ended.stdout)
    assert [one["every_s"] for one in first["rhythms"]] == [0.1, 0.5]
    assert set(first["rhythms"][0]["checks"]) == {"api_is_ready", "api_is_healthy"}
    while told:
        sweep, told = told[: told[0]["of"]], told[told[0]["of"] :]
        assert len({(one["every_s"], one["round"], one["began_s"]) for one in sweep}) == 1
        assert began_s < sweep[0]["began_s"] < time.monotonic()
        assert len({one["id"] for one in sweep}) == sweep[0]["of"] == (2 if sweep[0]["every_s"] == 0.1 else 8)
    counted = {(one["every_s"], one["round"]) for one in lines(ended.stdout)[1:]}
    assert counted == {(every_s, number) for every_s in (0.1, 0.5) for number in range(3)}


@pytest.mark.slow
def test_so_many_hang_and_no_more_and_a_signal_ends_them_at_once() -> None:
    hanging: list[socket.socket] = []

    def silent(connection: socket.socket, head: bytes) -> None:
        hanging.append(connection)
        connection.recv(1)

    with serve(silent) as url:
        where = (f"--api-url={url}", f"--webapp-url={url}", "--probe-timeout=60")
        node = "checks/test_api.py::test_api_is_ready"
        process = start(*where, "--every=0.1:api_is_ready", node, module="checks.watch", cwd=ROOT)
        try:
            assert eventually(lambda: len(hanging) == OVERLAP_MAX, 20)
            assert not eventually(lambda: len(hanging) > OVERLAP_MAX, 1)
            told_s = time.monotonic()
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=5)
            assert time.monotonic() - told_s < 2
        except subprocess.TimeoutExpired:
            pytest.fail("it did not end")
        finally:
            end(process)
    assert f"{OVERLAP_MAX} sweeps hang, one every 0.1 s: none begins until one of them ends" in errors
    assert "Traceback" not in errors
    assert len(output.splitlines()) == 1


@pytest.mark.parametrize("given", ["0:api_is_ready", "soon", ":api_is_ready"])
def test_a_rhythm_without_seconds_is_refused(given: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main((f"--every={given}",))
    assert ended.value.code == 4
    assert "argument --every: takes 0.1 to 86400 seconds" in capfd.readouterr().err


def reading(age_s: float) -> Scrape:
    return Scrape(time.time() - age_s, ())


@pytest.mark.parametrize(
    ("first", "ages_s", "compared_with_s"),
    [
        (None, [], None),
        (None, [9], 9),
        (60, [9, 5], 60),
        (60, [30, 12, 11, 9], 11),
        (None, [30, 25], 25),
    ],
    ids=["none", "the only one", "that of the run before", "the newest that is old enough", "all are old enough"],
)
def test_a_reading_is_compared_with_one_that_is_old_enough(
    first: float | None, ages_s: Sequence[float], compared_with_s: float | None
) -> None:
    window = ScrapeWindow(10.0, reading(first) if first else None)
    for age_s in ages_s:
        window.save(reading(age_s))
    found = window.load()
    assert (round(time.time() - found.taken_at) if found else None) == compared_with_s

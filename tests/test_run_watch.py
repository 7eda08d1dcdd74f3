"""The continuous health check: JSON lines on a schedule, until it is told to end."""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from checks.watch import main
from tests.hostile import Run, end, environment, eventually, finchat, reply, run, serve, start

END_BOUND_S = 3.0


def watch(url: str, *arguments: str, **secrets: str) -> Run:
    """A watch of P0 that is run to its end."""
    where = ("--api-url", url, "--webapp-url", url, "--probe-timeout", "5")
    return run("-m", "p0", *where, *arguments, module="checks.watch", env=environment(**secrets))


@contextlib.contextmanager
def watching(url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A watch of P0 that goes on."""
    process = start("-m", "p0", "--api-url", url, "--webapp-url", url, *arguments, module="checks.watch")
    try:
        yield process
    finally:
        end(process)
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def read_line(pipe: IO[str] | None, within_s: float = 10.0) -> dict[str, object]:
    """The next JSON line; AssertionError where none comes in time. Reads no further, so that select tells the truth."""
    assert pipe is not None
    deadline_s, read = time.monotonic() + within_s, b""
    while not read.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline_s - time.monotonic()))
        assert ready, f"no line within {within_s} s, only {read!r}"
        one = os.read(pipe.fileno(), 1)
        assert one, f"the end, after {read!r}"
        read += one
    line: dict[str, object] = json.loads(read)
    return line


def lines(ended: Run) -> list[dict[str, object]]:
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_each_outcome_is_a_json_line() -> None:
    with serve(finchat({"/ready": reply('{"ready": false}')})) as url:
        ended = watch(url, "--interval", "0.1", "--rounds", "2")
    assert ended.exit_code == 1
    assert ended.clean, ended.text
    told = lines(ended)
    rounds = [line["round"] for line in told]
    assert rounds[:10] == [0] * 10
    assert rounds[10:] == [rounds[10]] * 10 != rounds[:10]
    for line in told:
        assert line.keys() == {"at", "round", "late_s", "target", "id", "severity", "outcome", "reason", "duration_s"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line["at"]))
        assert line["target"] == "runbook"
        assert line["outcome"] in ("pass", "fail")
        assert (line["reason"] is None) is (line["outcome"] == "pass")
    failed = next(line for line in told if line["id"] == "api_is_ready")
    assert isinstance(failed["reason"], dict)
    assert failed["reason"].keys() == {"code", "text", "section", "caused_by"}
    assert (failed["severity"], failed["reason"]["code"]) == ("p0", "api.ready_false")


def test_each_round_asks_again_and_the_last_one_decides() -> None:
    asked: list[bytes] = []

    def sick_later(connection: object, head: bytes) -> None:
        asked.append(head)
        sick = sum(b" /ready " in one for one in asked) > 4  # two in each round: one of the API, one of the webapp
        finchat({"/ready": reply("{}", 503)} if sick else {})(connection, head)  # type: ignore[arg-type]

    with serve(sick_later) as url:
        ended = watch(url, "--interval", "0.2", "--rounds", "3")
    outcomes = [line["outcome"] for line in lines(ended) if line["id"] == "api_is_ready"]
    assert outcomes == ["pass", "pass", "fail"]
    assert ended.exit_code == 1


def test_one_that_recovers_ends_well() -> None:
    asked: list[bytes] = []

    def sick_first(connection: object, head: bytes) -> None:
        asked.append(head)
        sick = sum(b" /ready " in one for one in asked) <= 2
        finchat({"/ready": reply("{}", 503)} if sick else {})(connection, head)  # type: ignore[arg-type]

    with serve(sick_first) as url:
        ended = watch(url, "--interval", "0.2", "--rounds", "2")
    assert [line["outcome"] for line in lines(ended) if line["id"] == "api_is_ready"] == ["fail", "pass"]
    assert ended.exit_code == 0


@pytest.mark.slow
def test_rounds_keep_an_absolute_schedule_and_lose_the_slots_that_one_covers() -> None:
    """Rounds of 0.7 s at an interval of 0.5 s begin at 0, 1.0, 2.0: no drift, and no two at once."""

    def slow(connection: object, head: bytes) -> None:
        time.sleep(0.7)
        finchat()(connection, head)  # type: ignore[arg-type]

    with serve(slow) as url:
        ended = watch(url, "--interval", "0.5", "--rounds", "3")
    told = [line for line in lines(ended) if line["id"] == "api_is_healthy"]
    assert [line["round"] for line in told] == [0, 2, 4]
    late = [line["late_s"] for line in told]
    assert all(isinstance(value, float) and value < 0.3 for value in late), late


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("status", "exit_code"), [(200, 0), (503, 1)])
def test_a_signal_ends_it_at_once_with_the_last_rounds_verdict(number: int, status: int, exit_code: int) -> None:
    with serve(finchat({"/ready": reply('{"ready": true}', status)})) as url, watching(url) as process:
        for _ in range(10):
            read_line(process.stdout)
        told_s = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=END_BOUND_S)
        assert time.monotonic() - told_s < END_BOUND_S
    assert process.returncode == exit_code
    assert "Traceback" not in errors


def test_a_signal_before_the_first_round_is_no_verdict() -> None:
    with serve(finchat()) as url, watching(url) as process:
        status = Path(f"/proc/{process.pid}/status")
        # The handlers are installed: SIGTERM (15) stands in the mask of the signals that are caught.
        assert eventually(lambda: bool(_caught(status) & 1 << (signal.SIGTERM - 1)), 10)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=10)
    assert process.returncode in (0, 3), errors  # 0: a round was made before it was told
    assert (process.returncode == 0) is bool(output)


def _caught(status: Path) -> int:
    with contextlib.suppress(OSError):
        found = re.search(r"SigCgt:\s+([0-9a-f]+)", status.read_text())
        return int(found[1], 16) if found else 0
    return 0


def test_a_reader_that_leaves_ends_it() -> None:
    with serve(finchat()) as url, watching(url, "--interval", "0.1") as process:
        read_line(process.stdout)
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert eventually(lambda: process.poll() is not None, 10)
        assert process.stderr is not None
        errors = process.stderr.read()
    assert process.returncode == 0, errors
    assert "BrokenPipe" not in errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--interval", "0"), "argument --interval: takes 0.1 to 86400 seconds, not 0"),
        (("--interval", "-5"), "argument --interval: takes 0.1 to 86400 seconds, not -5"),
        (("--interval", "nan"), "argument --interval: takes 0.1 to 86400 seconds, not nan"),
        (("--interval", "inf"), "argument --interval: takes 0.1 to 86400 seconds, not inf"),
        (("--interval", "soon"), "argument --interval: takes 0.1 to 86400 seconds, not soon"),
        (("--interval",), "argument --interval: expected one argument"),
        (("--rounds", "0"), "argument --rounds: takes a whole number, 1 or more, not 0"),
        (("--rounds", "many"), "argument --rounds: takes a whole number, 1 or more, not many"),
    ],
)
def test_bad_arguments_are_one_line_on_standard_error(
    arguments: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 4
    assert capfd.readouterr() == ("", f"ERROR: {said}\n")


def test_a_bad_setting_is_one_line_on_standard_error() -> None:
    ended = run("--access", "dokcer", module="checks.watch")
    assert (ended.exit_code, ended.stdout) == (4, "")
    assert ended.stderr == "ERROR: --access: unknown access 'dokcer'; did you mean 'docker'?\n\n"


def test_a_watch_of_nothing_ends_without_a_verdict() -> None:
    with serve(finchat()) as url:
        ended = watch(url, "-k", "nothing_matches_this")
    assert (ended.exit_code, ended.stdout) == (3, "")


@pytest.mark.parametrize("openai", ["[openai]\n", ""], ids=["OpenAI is paid for", "nobody said that it is free"])
def test_the_budget_for_paid_calls_is_that_of_the_whole_watch(tmp_path: Path, openai: str) -> None:
    target = tmp_path / "target.toml"
    target.write_text(
        'name = "x"\n[api]\nurl = "http://a"\nquery = "/api/v1/query"\n[webapp]\nurl = "http://a"\n'
        f'[question]\nuncached_tickers = ["A"]\n{openai}'
    )
    questions: list[bytes] = []

    def count(connection: object, head: bytes) -> None:
        if head.startswith(b"POST"):
            questions.append(head)
        finchat()(connection, head)  # type: ignore[arg-type]

    with serve(count) as url:
        arguments = ("-m", "p1", "-k", "question", "--max-paid-calls", "3", "--interval", "0.1", "--rounds", "4")
        ended = watch(url, *arguments, f"--state={os.devnull}/none", f"--target={target}")
    assert ended.clean, ended.text
    assert len({line["round"] for line in lines(ended)}) == 4
    assert len(questions) == 3
    # What can no longer be paid for is doubt, and said.
    assert '"outcome": "unknown", "reason": {"code": "budget.spent"' in ended.stdout.splitlines()[-1]
    assert ended.exit_code == 3


@pytest.mark.slow
def test_its_memory_does_not_grow() -> None:
    with serve(finchat()) as url, watching(url, "--interval", "0.1") as process:
        page_mb = os.sysconf("SC_PAGE_SIZE") / 2**20

        def held_mb() -> float:
            return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * page_mb

        def at_round(number: int) -> float:
            while int(str(read_line(process.stdout)["round"])) < number:
                pass
            return held_mb()

        early_mb, late_mb = at_round(10), at_round(40)
    assert late_mb - early_mb < 2.0


def test_it_writes_no_evidence_and_leaves_standard_output_to_its_lines(tmp_path: Path) -> None:
    with serve(finchat()) as url:
        ended = watch(url, "--rounds", "1", FINCHAT_CHECKS_EVIDENCE=str(tmp_path / "out"))
    assert len(lines(ended)) == 10
    assert not (tmp_path / "out").exists()

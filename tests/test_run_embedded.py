"""Runs that start the reference FinChat themselves, and runs that are cut short: nothing is left behind."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.hostile import ROOT, end, environment, eventually, run, serve, start

START_BOUND_S = 15.0
END_BOUND_S = 4.0


def listed(*directories: Path) -> dict[str, float]:
    """Every file there, and when it was last written."""
    found = [path for directory in directories if directory.exists() for path in directory.rglob("*")]
    return {str(path): path.stat().st_mtime for path in found if path.is_file()}


def processes_with(home: Path) -> list[int]:
    """The processes whose HOME is that of a bench."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            variables = (directory / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"HOME=" + os.fsencode(home) in variables:
            found.append(int(directory.name))
    return found


@pytest.mark.slow
def test_embedded_is_healthy_and_touches_nothing_of_the_callers(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".cache").mkdir(parents=True)
    watched = (home, ROOT / "logs", ROOT / "checks")
    before = listed(*watched)
    secrets = {"FINCHAT_TOKEN": "not-the-benches-token", "OPENAI_API_KEY": "not-the-benches-key"}
    env = environment(HOME=str(home), PYTHONDONTWRITEBYTECODE="1", **secrets)
    ended = run("-m", "p0 or p1", "--embedded", f"--evidence={tmp_path / 'out'}", env=env)
    assert ended.exit_code == 0, ended.text
    assert ended.clean, ended.text
    assert {said.outcome for said in ended.said().values()} == {"PASS"}
    assert len(ended.said()) > 20
    assert listed(*watched) == before
    assert not (ROOT / "logs").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_a_run_that_is_killed_leaves_no_service_behind(number: int, tmp_path: Path) -> None:
    env = environment(TMPDIR=str(tmp_path))
    process = start("--interval", "0.5", "-m", "p0", "--embedded", module="checks.watch", env=env)
    try:
        assert process.stdout is not None
        assert process.stdout.readline()  # the bench stands: a round was made
        (home,) = tmp_path.glob("finchat-embedded-*")
        assert len(processes_with(home)) >= 4
        process.send_signal(number)
        process.communicate(timeout=END_BOUND_S)
        assert eventually(lambda: not processes_with(home) and not home.exists(), END_BOUND_S)
    finally:
        end(process)


@pytest.mark.parametrize("evidence", [True, False], ids=["with evidence", "without"])
def test_ctrl_c_in_the_middle_of_a_sweep_ends_it_at_once(evidence: bool, tmp_path: Path) -> None:
    asked: list[bytes] = []
    over: list[bool] = []

    def hold(connection: object, head: bytes) -> None:
        asked.append(head)
        eventually(lambda: bool(over), 10)

    with serve(hold) as url:
        where = ("--api-url", url, "--webapp-url", url, "--probe-timeout", "60", f"--state={tmp_path / 'state'}")
        process = start("-m", "p0", *where, f"--evidence={tmp_path / 'out' if evidence else 'none'}")
        try:
            assert eventually(lambda: bool(asked), START_BOUND_S)
            told_s = time.monotonic()
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=END_BOUND_S)
            took_s = time.monotonic() - told_s
        finally:
            over.append(True)
            end(process)
    assert process.returncode == 2
    assert took_s < END_BOUND_S
    assert "Traceback" not in output + errors
    assert "INTERNALERROR" not in output + errors
    assert "not judged: cut short" in output
    assert "(exit" not in output


@pytest.mark.slow
def test_ctrl_c_with_the_embedded_finchat_leaves_no_process_behind(tmp_path: Path) -> None:
    """As a terminal sends it: to every process of the group."""
    process = start("-m", "p0", "--embedded", "--evidence=none", env=environment(TMPDIR=str(tmp_path)))
    try:
        assert eventually(
            lambda: len([pid for home in tmp_path.iterdir() for pid in processes_with(home)]) >= 4, START_BOUND_S
        )
        (home,) = tmp_path.glob("finchat-embedded-*")
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=END_BOUND_S)
        assert eventually(lambda: not processes_with(home) and not home.exists(), END_BOUND_S)
    finally:
        end(process)
    assert process.returncode in (2, 0), output + errors
    assert "Traceback" not in output + errors


def test_a_target_file_is_never_replaced_by_the_embedded_finchat(tmp_path: Path) -> None:
    """A production target that does not answer fails, though the machine could start one of its own."""
    target = tmp_path / "production.toml"
    target.write_text('name = "production"\n[api]\nurl = "http://127.0.0.1:9"\n')
    ended = run("-m", "p0", "--target", str(target), "--evidence=none", f"--state={tmp_path}")
    assert ended.exit_code == 1
    assert "target production: http://127.0.0.1:9; access: http" in ended.text

"""What is said while drills run reaches whoever started them, from workers of xdist too."""

import re
from pathlib import Path

from tests.hostile import ROOT, environment, run

CONFTEST = """
import os
import pytest
from checks.progress import say_of

@pytest.fixture
def say(request):
    return say_of(request.config, os.environ.get("PYTEST_XDIST_WORKER", ""))
"""
TESTS = """
import pytest

@pytest.mark.parametrize("n", range(20))
def test_x(say, n):
    print("captured")
    say(f"api-killed: detect\\n({n}.0 s)")
"""


def said(tmp_path: Path, *arguments: str) -> tuple[str, str]:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_said.py").write_text(TESTS)
    ended = run(
        *("-p", "no:cacheprovider", "-q", *arguments),
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)),
        within_s=60,
    )
    assert ended.exit_code == 0, ended.text
    return ended.stdout, ended.stderr


def test_workers_say_whole_lines_with_their_names(tmp_path: Path) -> None:
    stdout, stderr = said(tmp_path, "-n", "2")
    lines = [line for line in stderr.splitlines() if "api-killed" in line]
    assert len(lines) == 20
    assert all(re.fullmatch(r"gw[01] api-killed: detect \(\d+\.0 s\)", line) for line in lines)
    assert {line[:3] for line in lines} == {"gw0", "gw1"}
    assert "captured" not in stdout + stderr


def test_the_process_that_was_started_says_it_on_its_terminal(tmp_path: Path) -> None:
    stdout, stderr = said(tmp_path)
    assert len(re.findall(r"^\.?api-killed: detect$", stdout, re.MULTILINE)) == 20
    assert "captured" not in stdout
    assert "api-killed" not in stderr

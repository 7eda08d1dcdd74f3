"""A run of checks from the command line: what it ends with, and what bad checks and bad arguments come to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import Run, against, copy_project, finchat, reply, run, serve

MARK = "import pytest\n\n@pytest.mark.p0\n"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(finchat()) as address:
        yield address


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("copy"))


@pytest.fixture
def project(copied: Path) -> Iterator[Path]:
    """A copy of the project, to add a file to; what is added goes again."""
    before = set((copied / "checks").glob("test_*.py"))
    yield copied
    for file in set((copied / "checks").glob("test_*.py")) - before:
        file.unlink()


def checked(project: Path, url: str, text: str, *arguments: str) -> Run:
    """A run with one more file of checks."""
    (project / "checks" / "test_added.py").write_text(text)
    return against(url, *arguments, cwd=project, timeout_s=5)


def complaint(ended: Run) -> str:
    """The one line of a run that ended as a mistake in its use."""
    assert ended.exit_code == 4, ended.text
    assert ended.clean, ended.text
    lines = [line for line in ended.text.splitlines() if line.startswith("ERROR: ")]
    assert len(lines) == 1, ended.text
    assert not ended.said()
    assert "(exit" not in ended.text
    return lines[0]


def test_all_pass_is_0(url: str) -> None:
    ended = against(url, timeout_s=5)
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert {said.outcome for said in ended.said().values()} == {"PASS"}
    assert "healthy: 10 pass, 0 fail, 0 unknown (exit 0)" in ended.text


def test_a_failure_is_1_even_beside_doubt() -> None:
    with serve(finchat({"/health": reply("{}", 503)})) as sick:
        ended = against(sick, "--access", "http,docker", prefix=("env", "PATH=/nonexistent"), timeout_s=5)
    assert {said.outcome for said in ended.said().values()} == {"PASS", "FAIL", "UNKNOWN"}
    assert ended.exit_code == 1


def test_what_hangs_on_another_failure_says_so_and_no_more() -> None:
    ended = against("http://127.0.0.1:9", timeout_s=5)
    assert ended.exit_code == 1
    assert "FAIL     p0  api is ready: because of api is reachable [api.refused]" in ended.text
    assert (
        ended.text.count("a refused connection to 127.0.0.1 (tried twice)") == 2
    )  # one for the API, one for the webapp


def test_a_file_that_cannot_be_imported_is_unknown_and_the_others_run(project: Path, url: str) -> None:
    ended = checked(project, url, "import pytest\nimport no_such_module\n\n@pytest.mark.p3\ndef test_cosmetic(): ...\n")
    assert ended.exit_code == 3
    assert ended.clean
    assert ended.said()["api_is_healthy"].outcome == "PASS"
    assert ended.codes()["test_added.py"] == "check.cannot_import"
    assert "No module named 'no_such_module'" in ended.text


def test_files_that_do_not_run_whole_are_never_a_pass(project: Path, url: str) -> None:
    for name, text in {
        "syntax": "def test_x(:\n",
        "error": "x = 1 / 0\n",
        "skip": "import pytest\npytest.skip('no', allow_module_level=True)\n",
        "mark": "import pytest\n@pytest.mark.p9\ndef test_x(): ...\n",
    }.items():
        (project / "checks" / f"test_{name}.py").write_text(text)
    ended = against(url, cwd=project, timeout_s=5)
    assert ended.exit_code == 3
    unknown = {id_: said.code for id_, said in ended.said().items() if said.outcome == "UNKNOWN"}
    names = ("syntax", "error", "skip", "mark")
    assert unknown == {f"test_{name}.py": "check.cannot_import" for name in names}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def test_x(): ...\n", "test_added.py::test_x needs exactly one of the marks p0, p1, p2, p3"),
        (f"{MARK}@pytest.mark.p1\ndef test_x(): ...\n", "needs exactly one of the marks"),
        (f"{MARK}def test_api_is_healthy(): ...\n", "two checks are called api_is_healthy"),
        (f"{MARK}@pytest.mark.get('apj', 'health')\ndef test_x(got): ...\n", "there is no service 'apj'"),
        (f"{MARK}@pytest.mark.get('api', 'helth')\ndef test_x(got): ...\n", "there is no path 'helth'; known: any"),
    ],
)
def test_a_check_that_is_badly_marked_is_one_clear_line(text: str, said: str, project: Path, url: str) -> None:
    assert said in complaint(checked(project, url, text))


NO_VERDICT = {
    "error": ("raise RuntimeError('boom\\nand more')", "RuntimeError: boom."),
    "exit": ("raise SystemExit(0)", "SystemExit: 0"),
    "group": ("raise ExceptionGroup('both', [ValueError()])", "ExceptionGroup: both (1 sub-exception)"),
    "mute": ("raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})", "Mute: (no text: ZeroDivisionError)"),
    "skip": ("pytest.skip('not today')", "Skipped: not today"),
    "import": ("pytest.importorskip('no_such_module')", "Skipped: could not import"),
    "file": ("open('/no/such/file')", "FileNotFoundError: [Errno 2]"),
    "warning": ("import warnings; warnings.warn('old')", "UserWarning: old"),
}


def test_a_check_that_reaches_no_verdict_is_unknown(project: Path, url: str) -> None:
    text = "import pytest\n" + "".join(
        f"@pytest.mark.p0\ndef test_zz_{name}(): {body}\n" for name, (body, _) in NO_VERDICT.items()
    )
    ended = checked(project, url, text, "-k", "zz")
    assert ended.exit_code == 3, ended.text
    assert ended.codes() == {f"zz_{name}": "check.error" for name in NO_VERDICT}
    for _, seen in NO_VERDICT.values():
        assert seen in ended.text
    assert "Traceback" not in ended.text
    assert "INTERNALERROR" not in ended.text


def test_a_check_whose_setup_or_teardown_breaks_is_unknown(project: Path, url: str) -> None:
    text = (
        "import pytest\n\n@pytest.fixture\ndef early(): raise AssertionError('setup')\n\n"
        "@pytest.fixture\ndef late():\n    yield\n    assert False, 'teardown'\n\n"
        "@pytest.mark.p0\ndef test_zz_early(early): ...\n\n@pytest.mark.p0\ndef test_zz_late(late): ...\n"
    )
    ended = checked(project, url, text, "-k", "zz")
    assert (ended.exit_code, ended.codes()) == (3, {"zz_early": "check.error", "zz_late": "check.error"})


def test_a_teardown_that_breaks_does_not_turn_a_failure_into_doubt(project: Path, url: str) -> None:
    text = (
        "import pytest\n\n@pytest.fixture\ndef late():\n    yield\n    raise OSError\n\n"
        "@pytest.mark.p0\ndef test_zz(late): assert False, 'down'\n"
    )
    ended = checked(project, url, text, "-k", "zz")
    assert (ended.exit_code, ended.codes()) == (1, {"zz": "check.assertion"})


def test_a_skip_mark_does_not_hide_a_check(project: Path, url: str) -> None:
    ended = checked(project, url, f"{MARK}@pytest.mark.skip\ndef test_zz(): ...\n", "-k", "zz")
    assert (ended.exit_code, ended.codes()) == (3, {"zz": "check.error"})


def test_an_expected_failure_is_a_failure(project: Path, url: str) -> None:
    ended = checked(project, url, f"{MARK}@pytest.mark.xfail\ndef test_zz():\n    assert False\n", "-k", "zz")
    assert (ended.exit_code, ended.codes()) == (1, {"zz": "check.assertion"})


def test_a_plain_assertion_is_a_failure(project: Path, url: str) -> None:
    ended = checked(project, url, f"{MARK}def test_zz():\n    assert 1 == 2, 'one is not two'\n", "-k", "zz")
    assert (ended.exit_code, ended.codes()) == (1, {"zz": "check.assertion"})
    assert "one is not two" in ended.text


def test_no_check_at_all_is_unknown(url: str) -> None:
    ended = against(url, "-k", "nothing_matches_this")
    assert ended.exit_code == 3
    assert "cannot tell: no check ran" in ended.text


@pytest.mark.parametrize("arguments", [("checks", "tests"), (".",)])
def test_checks_run_alone(arguments: tuple[str, ...]) -> None:
    assert "run the checks alone" in complaint(run(*arguments, "-m", "p0", "--evidence", "none"))


def test_two_workers_asked_for_are_one_process(project: Path, url: str) -> None:
    text = f"import os\n{MARK}def test_zz():\n    assert 'PYTEST_XDIST_WORKER' not in os.environ\n"
    ended = checked(project, url, text, "-n", "2")
    assert ended.exit_code == 0, ended.text
    assert "bringing up nodes" not in ended.text


def test_checks_can_be_listed_without_asking_anybody() -> None:
    asked: list[bytes] = []
    with serve(lambda connection, head: asked.append(head)) as url:
        ended = against(url, "--collect-only", "-q")
    assert ended.exit_code == 0
    assert "checks/test_api.py::test_api_is_healthy" in ended.text
    assert not asked


def test_a_list_that_misses_a_file_is_not_complete(project: Path, url: str) -> None:
    assert checked(project, url, "import no_such_module\n", "--collect-only").exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--target", "no_such.toml"), "no_such.toml cannot be read (No such file or directory)"),
        (("--target", "LICENSE"), "LICENSE is not TOML"),
        (("--api-url", "localhost:8000"), "'localhost:8000' is not an http:// or https:// address"),
        (("--access", "htpp"), "unknown access 'htpp'; did you mean 'http'?"),
        (("--embedded", "--target", "runbook"), "--embedded brings its own target"),
        (("--evidence", "/dev/null/x"), "cannot be written"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments: tuple[str, ...], said: str) -> None:
    assert said in complaint(run("-m", "p0", *arguments))


def test_an_unknown_option_is_4() -> None:
    ended = run("-m", "p0", "--tagret", "x")
    assert ended.exit_code == 4
    assert "unrecognized arguments: --tagret" in ended.text


def test_help_names_every_setting_in_its_three_spellings() -> None:
    ended = run("--help")
    assert ended.exit_code == 0
    for spelling in ("--api-url", "FINCHAT_CHECKS_API_URL", "finchat_checks_api_url"):
        assert spelling in ended.text

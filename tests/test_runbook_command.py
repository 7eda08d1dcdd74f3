"""python -m drills.runbook FILE: what it prints, and how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from drills.runbook.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
USERS = ROOT.parent / "shared/runbook/incident-response.md"
KNOWN = "## Down\n\n```bash\n# go\ndocker-compose restart api\n```\n"


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (KNOWN, 0, "1 command line in 1 shell block: 1 accounted for, 0 not runnable here, 0 unaccounted; 0 findings"),
        (KNOWN.replace("api", "apx"), 1, "0 accounted for, 0 not runnable here, 1 unaccounted"),
        (
            KNOWN.replace("api", "apx"),
            1,
            "(down-1)  mitigation  unaccounted: no step of ours has it; the nearest is in",
        ),
        (KNOWN, 0, "5     docker-compose restart api  restart-api  mitigation  drill"),
        ("", 0, "There is no shell block with a command in it."),
        (
            "# A\n",
            0,
            "0 command lines in 0 shell blocks: 0 accounted for, 0 not runnable here, 0 unaccounted; 0 findings",
        ),
        ("```bash\necho '\x1b[31m'\n```\n", 1, "echo '\ufffd[31m'"),
        ("```bash\nfree -h\n```\n", 0, "not runnable here: `free` shows the memory"),
        ("## A\n\nCall 212-555-0199.\n", 0, "rb.md:3: nobody can be reached at 212-555-0199: fill it in [placeholder]"),
        ("## Customers\n\n```\n[x]\n```\n", 0, "3     customer communication  incidents/INC-*-customer.md"),
    ],
)
def test_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, says: str) -> None:
    file = tmp_path / "rb.md"
    file.write_bytes(text.encode())
    assert main([str(file)]) == code
    out, err = capsys.readouterr()
    assert says in out
    assert err == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00", "it is not UTF-8"),
        (b"\0\0", "it is binary"),
        (b"```bash\ntrue\n", "rb.md:1: nothing closes this block"),
        (b"a <!-- b\n\n```bash\ntrue\n```\n", "rb.md:1: a comment that begins inside a paragraph"),
    ],
)
def test_what_is_no_runbook_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, says: str
) -> None:
    file = tmp_path / "rb.md"
    file.write_bytes(content)
    assert main([str(file)]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none.md"], "none.md:1: the runbook cannot be read (No such file or directory)"),
        (["."], ". is a directory: give the path of a Markdown file."),
        (["/dev/zero"], "/dev/zero is larger than 4 MiB"),
        ([], "the following arguments are required: FILE (--help says more)"),
        (["a", "b"], "unrecognized arguments: b"),
    ],
)
def test_usage(arguments: list[str], says: str) -> None:
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (4, "")
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def run(*arguments: str, encoding: str = "utf-8") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "drills.runbook", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"PYTHONIOENCODING": encoding},
    )


def test_a_terminal_that_knows_few_characters_gets_them_spelled(tmp_path: Path) -> None:
    file = tmp_path / "rb.md"
    file.write_text("```bash\necho \u201chello\u201d\n```\n", encoding="utf-8")
    ended = run(str(file), encoding="ascii")
    assert ended.returncode == 1
    assert "\\u201chello\\u201d" in ended.stdout


def test_one_line_of_a_hundred_thousand_words_and_one_long_word_end_soon(tmp_path: Path) -> None:
    file = tmp_path / "rb.md"
    words, word = '"a ' * 100_000, "a" * 300_000
    file.write_text(f"{word}\n\n```bash\necho {words}\necho {word}\n```\n")
    assert run(str(file)).returncode == 1


def test_a_name_of_a_file_is_nothing_that_a_terminal_obeys() -> None:
    assert "\x1b" not in run("\x1b[31m.md").stderr


def test_it_runs_nothing(tmp_path: Path) -> None:
    made = tmp_path / "made"
    file = tmp_path / "rb.md"
    file.write_text(f"```bash\ntouch {made}\n```\n")
    assert run(str(file)).returncode == 1
    assert not made.exists()


@pytest.mark.skipif(not USERS.is_file(), reason=f"the user's runbook is not at {USERS}: nothing to account for")
def test_the_users_runbook() -> None:
    ended = run(str(USERS))
    assert ended.returncode == 0, ended.stderr
    assert "79 command lines in 20 shell blocks: 69 accounted for, 10 not runnable here, 0 unaccounted" in ended.stdout

"""What a block of commands on the host's terminal comes to: read from what the host says, without a host."""

import ast
import base64
import inspect
import json
from pathlib import Path

import pytest

from drills.bench.host import Host
from drills.bench.interface import Ran
from drills.bench.terminal.kept import Kept, last_line
from drills.bench.terminal.keys import keys_for, paste, setup
from drills.bench.terminal.processes import Process, parse_stat
from drills.terminal import BlockRun, Typed, read_block, run_block
from drills.terminal_text import kept, readable

ROOT = Path(__file__).resolve().parents[1]

SHOWN = {
    "lines": (b"one\r\ntwo\r\n", "one\ntwo\n"),
    "colours": (b"\x1b[01;31merror\x1b[0m\x1b[K found", "error found"),
    "a title": (b"\x1b]0;finchat@prod\x07text", "text"),
    "a title that never ends": (b"\x1b]0;abc\r\ntext", "0;abc\ntext"),
    "a progress bar": (b" 10%\r 50%\r100%\r\n", "100%\n"),
    "a shorter line over a longer one": (b"Restarting ...\rdone\r\n", "donearting ...\n"),
    "typed over": (b"abd\bc", "abc"),
    "a full screen": (b'\x1b[?1049h\x1b[H\x1b[2JEvery 30s\x1b[3;1H"healthy"\x1b[?1049l', '\n\nEvery 30s\n"healthy"'),
    "a repeated character": (b"-\x1b[4b|", "-----|"),
    "a cursor moved right": (b"a\x1b[3Cb", "a   b"),
    "bytes that are no text": (b"\xff\x00\x01\x80ok", "\ufffd\ufffdok"),
    "half a sequence": (b"text\x1b[", "text"),
    "a megabyte in one line": (b"x" * (1 << 20), "x" * (1 << 20)),
    "many blank lines": (b"a\r\n\r\n\r\n\r\nb", "a\n\nb"),
}


@pytest.mark.parametrize("what", SHOWN)
def test_what_a_terminal_was_sent_reads_as_text(what: str) -> None:
    sent, shown = SHOWN[what]
    assert readable(sent) == shown


def test_what_was_cut_is_said_between_the_two_ends() -> None:
    assert kept(b"begin\r\n", 12345, b"end\r\n") == "begin\n[... 12345 bytes left out ...]\nend\n"
    assert kept(b"be", 0, b"gin") == "begin"


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_an_output_keeps_its_two_ends(chunk: int) -> None:
    sent = bytes(range(256)) * 4
    both = Kept(100)
    for at in range(0, len(sent), chunk):
        both.add(sent[at : at + chunk])
    assert (bytes(both.head), both.cut, bytes(both.tail)) == (sent[:50], len(sent) - 100, sent[-50:])
    short = Kept(100)
    short.add(sent[:70])
    assert (bytes(short.head + short.tail), short.cut) == (sent[:70], 0)


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (b"a\r\nSure? [y/N] ", "Sure? [y/N]"),
        (b"\x1b[1mPassword\x1b[0m: ", "Password:"),
        (b"done\r\n", ""),
        (b"", ""),
    ],
)
def test_a_question_is_the_line_that_nothing_ended(sent: bytes, line: str) -> None:
    assert last_line(sent) == line


@pytest.mark.parametrize(
    ("stat", "process"),
    [
        ("12 (bash) S 1 12 10 34816 12 4194304", Process(12, "bash", 12, 10)),
        ("7 (a) R (b)) S 1 5 3 0 -1", Process(7, "a) R (b)", 5, 3)),
    ],
)
def test_a_process_is_read_whatever_its_name(stat: str, process: Process) -> None:
    assert parse_stat(stat) == process


def test_editors_are_saved_and_closed_and_pagers_quit() -> None:
    assert keys_for("vim.tiny", 0) == (
        b"\x1b:wq\r",
        "the editor vim.tiny was opened: what it showed was saved, and it was closed",
    )
    keys, note = keys_for("vim.tiny", 2) or (b"", "")
    assert (keys, note) == (b"\x1b:q!\r", "the editor vim.tiny did not save: it was closed without")
    assert keys_for("vim.tiny", 99)
    assert (keys_for("less", 0) or (b"", ""))[0] == b"q"
    assert [keys_for(name, 0) for name in ("bash", "watch", "top", "tail", "docker")] == [None] * 5


def test_a_command_is_typed_as_it_is() -> None:
    assert paste("cat <<-E\n\ta !! ü\n\tE\n") == b"\x1b[200~cat <<-E\n\ta !! \xc3\xbc\n\tE\x1b[201~\r"


def test_what_is_set_up_shows_neither_mark_nor_word_as_they_are_printed() -> None:
    text = setup("__said_1", Path("/run/x/said"), Path("/run/x/go"), "beef")
    assert "\n" not in text
    assert "\x1b" not in text
    assert "export" not in text


def said(*events: dict[str, object], code: int | None = 0, stderr: str = "", timed_out: bool = False) -> Ran:
    return Ran("", code, "\n".join(map(json.dumps, events)), stderr, 4.0, timed_out)


def end(number: int, output: bytes = b"", code: int | None = 0) -> dict[str, object]:
    packed = {"head": base64.b64encode(output).decode(), "cut": 0, "tail": ""}
    return {"end": number, "exit_code": code, "duration_s": 0.5, "timed_out": False, "notes": ["n"], "output": packed}


COMMANDS = (Typed("one", 1, line=7), Typed("two", 1, line=9), Typed("three", 1))


def test_a_block_that_ran_is_read() -> None:
    three: list[dict[str, object]] = []
    for number in range(3):
        three += [{"begin": number}, end(number, b"out\r\n", number)]
    block = read_block(COMMANDS, said(*three, {"done": True, "cut_short": None, "left": ["sleep"]}))
    assert [(run.command, run.line, run.exit_code) for run in block.commands] == [
        ("one", 7, 0),
        ("two", 9, 1),
        ("three", 0, 2),
    ]
    assert block.commands[0].output == "out\n"
    assert block.commands[0].notes == ("n",)
    assert (block.cut_short, block.left_running) == (None, ("sleep",))


CUT = {
    "the host died": (said(code=137), "the terminal on the host ended (exit code 137)"),
    "it was not there": (
        said(code=1, stderr="Error: No such\n container"),
        "ended (exit code 1): Error: No such contai",
    ),
    "it hangs": (said(code=None, timed_out=True), "the host gave no answer within 4 s"),
}


@pytest.mark.parametrize("what", CUT)
def test_an_end_that_nobody_saw_is_a_result(what: str) -> None:
    ran, sentence = CUT[what]
    started = said({"begin": 0}, end(0), {"begin": 1})
    block = read_block(
        COMMANDS, Ran("", ran.exit_code, started.stdout + '\n{"end": 1, "ou', ran.stderr, 4.0, ran.timed_out)
    )
    assert [(run.command, run.exit_code, run.notes) for run in block.commands] == [
        ("one", 0, ("n",)),
        ("two", None, ("nobody saw its end",)),
    ]
    assert block.cut_short is not None
    assert sentence in block.cut_short
    assert read_block(COMMANDS, ran).commands == ()


def test_what_the_host_cut_short_says_why() -> None:
    ran = said({"begin": 0}, end(0), {"done": True, "cut_short": "the 3 s of the block were over", "left": []})
    block = read_block(COMMANDS, ran)
    assert (len(block.commands), block.cut_short) == (1, "the 3 s of the block were over")


def test_a_control_character_is_never_typed() -> None:
    ran = said({"begin": 0}, end(0), {"done": True})
    block = read_block((Typed("a\x1b[201~\rrm", 1), Typed("two", 1)), ran)
    assert [run.exit_code for run in block.commands] == [None, 0]
    assert "it was not typed" in block.commands[0].notes[0]
    host = Host(None)
    assert run_block(host, [Typed("\x03", 1)]).commands[0].exit_code is None
    assert run_block(host, []) == BlockRun((), None)


# --- nothing runs on the machine of whoever calls ---

STARTS_PROCESSES = {
    "drills/bench/docker_cli.py",
    "drills/bench/embedded.py",
    "drills/bench/images/bases.py",
    "drills/bench/images/store.py",
    "drills/bench/process.py",
    "drills/detector.py",
    "drills/host_look.py",
    "drills/steady.py",
}
"""They start docker, what an image is built of, services of ours and pytest; none of them sees a runbook. host_look is
not run here at all: its text goes to the host."""
STEPS = ("drills.steps", "drills.step_runner", "drills.terminal", "drills.runbook")
ON_HOST = "drills.bench.terminal"
WAYS = {"subprocess", "pty", "multiprocessing", "popen2", "commands", "pexpect", "sh", "plumbum"}
OS_CALLS = ("system", "popen", "exec", "spawn", "posix_spawn", "fork")


def _of(file: Path) -> tuple[set[str], set[str]]:
    """What a file imports, and what of `os` and `asyncio` it calls to start a process."""
    modules, calls = set(), set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            called = node.value.id == "os" and node.attr.startswith(OS_CALLS)
            calls |= {ast.unparse(node)} if called or node.attr.startswith("create_subprocess") else set()
    return modules, calls


def test_no_step_can_run_on_the_machine_of_whoever_calls() -> None:
    starting, sees_steps, from_host = set(), set(), set()
    for file in (ROOT / "drills").rglob("*.py"):
        name = str(file.relative_to(ROOT))
        if name.startswith("drills/bench/terminal/"):
            continue
        modules, calls = _of(file)
        if calls or {module.partition(".")[0] for module in modules} & WAYS:
            starting.add(name)
        if any(module == step or module.startswith(f"{step}.") for module in modules for step in STEPS):
            sees_steps.add(name)
        if any(module == ON_HOST or module.startswith(f"{ON_HOST}.") for module in modules):
            from_host.add(name)
    assert starting - STARTS_PROCESSES == set()
    assert sees_steps & STARTS_PROCESSES == set()
    assert from_host == set()


def test_a_block_runs_on_a_host_of_a_bench_and_nowhere_else() -> None:
    parameters = inspect.signature(run_block).parameters
    assert parameters["host"].annotation is Host
    assert set(parameters) == {"host", "commands", "bound_s"}

"""Blocks typed on a real bench's host: as an operator does it, and what no operator should."""

import time
from collections.abc import Iterator

import pytest

from drills.bench.bench import Bench
from drills.bench.reset import reset
from drills.terminal import BlockRun, CommandRun, Typed, run_block

LIMIT_S = 2.0


def typed(bench: Bench, *commands: str, limit_s: float = 10.0) -> BlockRun:
    return run_block(bench.host, [Typed(command, limit_s) for command in commands])


def only(bench: Bench, command: str, limit_s: float = LIMIT_S) -> CommandRun:
    """The run of one command, after which the shell, or a new one, has to take another."""
    block = typed(bench, command, "echo lives", limit_s=limit_s)
    assert block.cut_short is None
    assert [run.exit_code for run in block.commands[1:]] == [0]
    assert block.commands[1].output.endswith("lives\n")
    return block.commands[0]


@pytest.fixture(autouse=True, scope="module")
def first_state(bench: Bench) -> Iterator[None]:
    """After all of it, the bench comes back."""
    yield
    reset(bench)
    assert bench.first is not None
    assert bench.first.differences(bench.state()) == []


def test_a_shell_on_a_terminal_in_the_deployment_directory(bench: Bench) -> None:
    block = typed(bench, "tty && id -un && pwd", "echo $TERM $(stty size)", "test -t 0 -a -t 1 -a -t 2", "echo $-")
    assert [run.exit_code for run in block.commands] == [0, 0, 0, 0]
    assert block.commands[0].output.splitlines()[1:] == ["finchat", "/home/finchat/finchat-sec-qa"]
    assert block.commands[0].output.startswith("/dev/pts/")
    assert block.commands[1].output == "xterm 24 80\n"
    assert "H" not in block.commands[3].output
    assert block.left_running == ()


def test_exports_and_the_directory_carry_from_command_to_command_and_not_to_the_next_block(bench: Bench) -> None:
    block = typed(bench, "export A=5  # as the runbook has it", "cd /tmp", "false", 'echo "$? $A" && pwd')
    assert [run.exit_code for run in block.commands] == [0, 0, 1, 0]
    assert block.commands[3].output == "1 5\n/tmp\n"
    assert typed(bench, 'echo "[$A]"').commands[0].output == "[]\n"


LITERALLY = {
    "history expansion": ("echo 'hi !!' !x", "hi !! !x\n"),
    "a here-document with tabs": ("cat <<-END\n\tone $((1 + 1))\n\tEND", "one 2\n"),
    "tabs": ("printf '%s|' 'a\tb' | cat -A", "a^Ib|"),
    "a loop over lines": ("for i in 1 2; do\n  echo $i\ndone", "1\n2\n"),
    "a continued line": ("echo one \\\n  two", "one two\n"),
    "two commands": ("echo one\necho two", "one\ntwo\n"),
    "a letter that is not ASCII": ("echo ü", "ü\n"),
    "a very long line": (f"echo {'x ' * 50_000}| wc -c", "100000\n"),
    "no line end": ("printf abc", "abc"),
    "a broken pipe": ("yes | head -1", "y\n"),
}


@pytest.mark.parametrize("what", LITERALLY)
def test_a_command_is_typed_as_it_is(what: str, bench: Bench) -> None:
    command, output = LITERALLY[what]
    run = only(bench, command, limit_s=10)
    assert (run.exit_code, run.output, run.notes) == (0, output, ())


def test_an_editor_is_saved_and_closed_and_a_pager_quit(bench: Bench) -> None:
    identity = "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b"
    block = typed(bench, identity, "git revert HEAD", "git log -1 --format=%s", "git log -p", "seq 1000 | less")
    assert [run.exit_code for run in block.commands] == [0, 0, 0, 0, 0]
    assert block.commands[1].notes == ("the editor vim.tiny was opened: what it showed was saved, and it was closed",)
    assert block.commands[2].output == 'Revert "The deployment as it is"\n'
    assert block.commands[2].notes == ()
    assert [run.notes for run in block.commands[3:]] == [
        ("the pager less was quit with q, after what it had shown",)
    ] * 2


NEVER_ENDING = {
    "tail -f": ("tail -n 99 -f docker-compose.yml | grep -i finchat-api", "finchat-api", "Ctrl-C"),
    "watch": ("watch -n 30 'curl -s http://localhost:8000/health | jq .status'", '"healthy"', "Ctrl-C"),
    "top": ("top", "load average", "Ctrl-C"),
    "yes": ("yes", "bytes left out", "Ctrl-C"),
    "cat": ("cat", "", "Ctrl-C"),
    "a trap": ("(trap '' INT TERM; sleep 100)", "", "KILL"),
    "a trap of the shell": ("trap '' INT TERM; while :; do :; done", "", "KILL"),
    "a shell in the shell": ("bash", "", "KILL"),
    "a terminal without signals": ("stty -isig; sleep 100", "", "TERM"),
    "a shell that stops itself": ("kill -STOP $$", "", "KILL"),
    "a shell that says nothing more": ("PROMPT_COMMAND=", "", "KILL"),
    "another program in the shell's place": ("exec sleep 100", "", "Ctrl-C"),
}


@pytest.mark.parametrize("what", NEVER_ENDING)
def test_what_does_not_end_is_ended_and_what_it_printed_is_kept(what: str, bench: Bench) -> None:
    command, printed, key = NEVER_ENDING[what]
    run = only(bench, command)
    assert (run.exit_code, run.timed_out) == (None, True)
    assert printed in run.output
    assert f"it took {key} to end it" in run.notes[-1]
    assert LIMIT_S <= run.duration_s < LIMIT_S + 9
    assert len(run.output) <= (64 << 10) + 100


QUESTIONS = {
    "cat": "it waited for somebody to type",
    "read -p 'Sure? [y/N] ' x": "it waited for somebody to type after 'Sure? [y/N]'",
    "read -s -p 'Password: ' x": "it waited for a password after 'Password:'",
}


@pytest.mark.parametrize("command", QUESTIONS)
def test_a_question_that_nobody_answers_is_said(command: str, bench: Bench) -> None:
    run = only(bench, command, limit_s=1)
    assert (run.timed_out, run.notes[0]) == (True, QUESTIONS[command])


ENDS_SHELL = {"exit 3": 3, "exec false": 1, "set -e; false": 1, "kill -9 $$": 137, "exec </dev/null": 0}


@pytest.mark.parametrize("command", ENDS_SHELL)
def test_a_command_that_ends_the_shell_is_told_and_a_new_one_begins(command: str, bench: Bench) -> None:
    block = typed(bench, "export A=5", command, 'echo "[$A]"')
    assert [run.exit_code for run in block.commands] == [0, ENDS_SHELL[command], 0]
    assert block.commands[1].notes == ("it ended the shell: what it had exported, and its directory, are gone",)
    assert block.commands[2].output == "[]\n"


@pytest.mark.parametrize("command", ["echo 'open", 'echo "$(', "cat <<END\nabc", "if true; then", "echo a \\"])
def test_a_command_that_is_not_complete_is_told(command: str, bench: Bench) -> None:
    run = only(bench, command, limit_s=20)
    assert (run.exit_code, run.timed_out) == (None, False)
    assert run.notes == ("it is not complete: the shell asked for more of it, and got Ctrl-C",)
    assert run.duration_s < 5


def test_binary_garbage_and_a_broken_terminal_do_not_spread(bench: Bench) -> None:
    block = typed(bench, "head -c 300000 /dev/urandom", "echo after", "stty raw -echo", "echo still")
    assert [run.exit_code for run in block.commands] == [0, 0, 0, 0]
    assert block.commands[1].output == "after\n"
    assert block.commands[2].notes == ("it left the terminal in another mode, which was put back",)
    assert block.commands[3].output == "still\n"


def test_output_that_looks_like_ours_is_output(bench: Bench) -> None:
    run = only(bench, "set; declare -p; declare -f; printf '\\e[?2004l\\r\\e[?2004h> '; history", limit_s=10)
    assert run.exit_code == 0
    assert "PROMPT_COMMAND" in run.output


def test_what_runs_on_in_the_background_holds_nothing_up_and_is_named(bench: Bench) -> None:
    started_s = time.monotonic()
    block = typed(bench, "sleep 500 &", "yes &", "echo here", limit_s=60)
    assert time.monotonic() - started_s < 20
    assert [run.exit_code for run in block.commands] == [0, 0, 0]
    assert "sleep" in block.left_running
    bench.host.root("pkill -KILL -u finchat", timeout_s=10)


def test_a_block_has_a_bound_of_its_own(bench: Bench) -> None:
    block = run_block(bench.host, [Typed("sleep 50", 100), Typed("echo never", 1)], bound_s=2)
    assert [run.timed_out for run in block.commands] == [True]
    assert block.cut_short == "the 2 s of the block were over"


# --- what no operator should: each ends in a result within its bound, and the next block finds a clean host ---

AS_ROOT = "docker run --rm --user root -v /:/h --pid host finchat-api:latest"
RUNAWAY = {
    "a fork bomb": (":(){ :|:& };:", 0, False),
    "a full home": ("head -c 2G /dev/zero >~/full", 1, False),
    "a full /tmp": ("cat /dev/zero >/tmp/full", 1, False),
    "a full engine": ("docker run --rm finchat-api:latest sh -c 'cat /dev/zero >/tmp/full'", 1, False),
    "all memory": ("python3 -c 'x = bytearray(8 << 30)'", 137, False),
    "kill all of the operator's": ("kill -9 -1", 0, False),
    "pid 1, killed": (f"{AS_ROOT} sh -c 'kill -9 1'", 0, False),
    "all processes of the host": (f"{AS_ROOT} sh -c 'kill -9 -1'", None, True),
    "the engine, killed": (
        f"{AS_ROOT} sh -c 'for p in /h/proc/[0-9]*; do grep -q dockerd $p/comm && kill -9 ${{p#/h/proc/}}; done'",
        None,
        True,
    ),
    "no images": ("docker rm -f $(docker ps -aq); docker rmi -f $(docker images -q)", 0, False),
    "what a reset goes by": (f"{AS_ROOT} sh -c 'rm -rf /h/run/finchat'", 0, False),
}


def clean(bench: Bench, bound_s: float = 90.0) -> None:
    """A reset within its bound, and a block that finds a host as it was."""
    started_s = time.monotonic()
    reset(bench)
    assert time.monotonic() - started_s < bound_s
    assert bench.first is not None
    assert bench.first.differences(bench.state()) == []
    block = typed(bench, "curl -fsS http://localhost:8000/health", "ls ~ /tmp", "pgrep -cu finchat bash")
    assert [run.exit_code for run in block.commands] == [0, 0, 0]


@pytest.mark.parametrize("what", RUNAWAY)
def test_a_runaway_ends_in_a_result_and_the_next_block_has_a_clean_host(what: str, bench: Bench) -> None:
    command, exit_code, cut = RUNAWAY[what]
    block = typed(bench, "echo before", command, limit_s=20)
    assert block.commands[0].output == "before\n"
    assert (block.commands[1].exit_code, block.cut_short is not None) == (exit_code, cut), block
    if cut:
        assert block.commands[1].notes == ("nobody saw its end",)
        assert "the host is gone" in str(block.cut_short)
    clean(bench)


def test_pid_1_told_to_end_is_a_result_whenever_the_host_goes(bench: Bench) -> None:
    block = typed(bench, f"{AS_ROOT} sh -c 'kill 1'", "sleep 20", limit_s=25)
    assert "the host is gone" in str(block.cut_short)
    clean(bench)


def test_a_host_that_is_gone_is_a_result(bench: Bench) -> None:
    bench.host.container.kill()
    block = typed(bench, "echo before")
    assert block.commands == ()
    assert "the host is gone" in str(block.cut_short)
    clean(bench)


def test_a_host_that_was_removed_is_a_result_and_is_replaced(bench: Bench) -> None:
    bench.host.container.remove(force=True, v=True)
    assert "the host is gone" in str(typed(bench, "echo before").cut_short)
    clean(bench)

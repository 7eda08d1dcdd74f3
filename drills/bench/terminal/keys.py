"""What is typed: commands, what makes a shell tell their ends, and what leaves an editor or a pager."""

from pathlib import Path

TRIES_MAX = 4
INTERRUPT, END_OF_INPUT = b"\x03", b"\x04"

VI = (b"\x1b:wq\r", b"\x1b:wq\r", b"\x1b:q!\r", b"\x1b:qa!\r")
NANO = (b"\x0f\r\x18", b"\x18y\r", b"\x18n", b"\x18n")
EDITORS = {
    **dict.fromkeys(("vi", "vim", "vim.tiny", "vim.basic", "vim.nox", "nvim", "ex", "view"), VI),
    **dict.fromkeys(("nano", "pico"), NANO),
}
PAGERS = {"less", "more", "most", "pager"}


def keys_for(name: str, attempt: int) -> tuple[bytes, str] | None:
    """What a person types to leave this program, and what to say of it; None for what is no editor and no pager."""
    if name in PAGERS:
        return b"q", f"the pager {name} was quit with q, after what it had shown"
    if name not in EDITORS:
        return None
    keys = EDITORS[name][min(attempt, TRIES_MAX - 1)]
    if attempt < 2:
        return keys, f"the editor {name} was opened: what it showed was saved, and it was closed"
    return keys, f"the editor {name} did not save: it was closed without"


def paste(text: str) -> bytes:
    """The keys that give readline a command as it is, tabs and line ends too, and then Enter."""
    return b"\x1b[200~" + text.encode().removesuffix(b"\n") + b"\x1b[201~\r"


def setup(name: str, said: Path, go: Path, mark: str) -> str:
    """What makes a bash tell the end of each command. It leaves the exit code, and the operator's own, as they are."""
    body = f"local s=$? t; builtin printf '%s\\n' \"$s\" >{said}; "
    body += f'IFS= builtin read -r -t 5 t <{go} && builtin printf %s "$t" >/dev/tty || :'
    bash = f'set +H; unset HISTFILE; {name}() {{ {body}; }}; PROMPT_COMMAND=({name} "${{PROMPT_COMMAND[@]}}"); '
    return f"{bash}PS2=$'\\\\[\\e]7;{mark}\\a\\\\]> '; history -c"

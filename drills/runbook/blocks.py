"""What stands in a Markdown runbook: its fenced blocks, each under its headings, with the commands of the shell ones.

Fences inside HTML comments are no blocks. Lines count from 1.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from drills.runbook.shell import logical_lines

SHELLS = ("bash", "sh", "shell", "zsh", "ksh", "dash")
CONSOLES = ("console", "shell-session", "sh-session", "shellsession")
"""Blocks that show a session: the commands are what stands after a $."""

_BOLD_LEVEL, _BOLD_IN_LIST_LEVEL = 7, 8


class RunbookError(Exception):
    """The runbook, or what was asked of it, is of no use; the text says where and what to change."""


@dataclass(frozen=True)
class Command:
    """One command, as it is written. `lines`: how many command lines it has (more than one for a loop)."""

    line: int
    text: str
    lines: int = 1


@dataclass(frozen=True)
class Group:
    """The commands of a shell block that stand together under one comment; "" before the first comment."""

    line: int
    comment: str
    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Note:
    """An item of the list right below a block: its text, and the first `code` in it."""

    line: int
    text: str
    code: str | None


@dataclass(frozen=True)
class Block:
    """One fenced block. `path`: the headings above it, outermost first, a bold line counted as one.

    `attributes`: what its info string says after the language. `line_last`: the line that closes it.
    """

    file: str
    line: int
    line_last: int
    path: tuple[str, ...]
    language: str
    attributes: str
    content: str
    notes: tuple[Note, ...]

    @property
    def where(self) -> str:
        """file:line, as editors take it."""
        return f"{self.file}:{self.line}"

    @property
    def section(self) -> str:
        """The headings above it in one text."""
        return " > ".join(self.path)

    @property
    def is_shell(self) -> bool:
        """Whether a person on call types what stands in it."""
        return self.language in (*SHELLS, *CONSOLES)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Its commands by comment. None where it is no shell block, or holds none."""
        return tuple(_groups(self)) if self.is_shell else ()


@dataclass(frozen=True)
class Item:
    """An item of a list. `path`: the headings above it."""

    line: int
    path: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Document:
    """One Markdown file: its text by lines (the first is lines[0]), its fenced blocks and list items, in order."""

    file: str
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    items: tuple[Item, ...]


def read_document(text: str, file: str) -> Document:
    """The blocks of `text`. `file` is how errors and records name it.

    Raises RunbookError for a fence that nothing closes, and for a comment that nothing closes or that begins in the
    middle of a paragraph: the fences after it are shown, or hidden, other than its author sees.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").parse(text)
    title = sum(token.type == "heading_open" and token.tag == "h1" for token in tokens) == 1
    found = tuple(_found(tokens, lines, file, title))
    blocks = tuple(one for one in found if isinstance(one, Block))
    return Document(file, tuple(lines), blocks, tuple(one for one in found if isinstance(one, Item)))


def _found(tokens: Sequence[Token], lines: Sequence[str], file: str, title: bool) -> Iterator[Block | Item]:
    headings: list[tuple[int, str]] = []
    for index, token in enumerate(tokens):
        begin, end = token.map or (0, 0)
        where = f"{file}:{begin + 1}"
        if token.type == "inline":
            _refuse_inner_comment(token, where)
            if level := _heading_level(tokens[index - 1], token):
                while headings and headings[-1][0] >= level:
                    headings.pop()
                headings.append((level, _plain(token).rstrip(":").strip()))
            elif index > 1 and tokens[index - 2].type == "list_item_open":
                yield Item(begin + 1, _path(headings, title), _plain(token))
        elif token.type in ("bullet_list_close", "ordered_list_close") and token.level == 0:
            headings = [heading for heading in headings if heading[0] != _BOLD_IN_LIST_LEVEL]
        elif token.type == "html_block":
            _refuse_open_comment(token, where)
        elif token.type == "fence":
            _refuse_open_fence(token, lines, where)
            language, attributes = _info(token.info)
            notes = tuple(_notes(tokens, index + 1))
            yield Block(file, begin + 1, end, _path(headings, title), language, attributes, token.content, notes)


def _path(headings: Sequence[tuple[int, str]], title: bool) -> tuple[str, ...]:
    return tuple(name for level, name in headings if level > 1 or not title)


def _heading_level(before: Token, inline: Token) -> int:
    """How deep a heading is, 1 to 8; 0 where this is none. A paragraph that is all bold counts as one."""
    if before.type == "heading_open":
        return int(before.tag[1])
    children = [child for child in inline.children or () if child.type != "text" or child.content.strip()]
    if before.type != "paragraph_open" or len(children) < 3:
        return 0
    bold = [child.type for child in children]
    if bold[0] != "strong_open" or bold[-1] != "strong_close" or bold.count("strong_open") != 1:
        return 0
    return _BOLD_LEVEL if before.level == 0 else _BOLD_IN_LIST_LEVEL


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))


def _info(info: str) -> tuple[str, str]:
    """The language of a fence, in lower case, and the rest: "bash {#a}", "bash{#a}" and "{.bash #a}" are the same."""
    found = re.match(r"\s*(?:\{\.?([\w+-]+)([^}]*)\}|([^\s{]*)(.*))", info, re.DOTALL)
    if found is None:
        return "", ""
    if found[1]:
        return found[1].lower(), f"{{{found[2].strip()}}}" if found[2].strip() else ""
    return found[3].lower().removeprefix("language-"), found[4].strip()


def _notes(tokens: Sequence[Token], index: int) -> Iterator[Note]:
    if index >= len(tokens) or tokens[index].type != "bullet_list_open":
        return
    level = tokens[index].level
    for token in tokens[index:]:
        if token.type == "bullet_list_close" and token.level == level:
            return
        if token.type == "inline" and token.level == level + 3:
            code = next((child.content for child in token.children or () if child.type == "code_inline"), None)
            yield Note((token.map or (0, 0))[0] + 1, token.content, code)


def _groups(block: Block) -> Iterator[Group]:
    lines = block.content.split("\n")
    if block.language in CONSOLES:
        lines = [line[2:] if line.startswith("$ ") else "" for line in lines]
    comments: list[str] = []
    commands: list[Command] = []
    begun = block.line
    for logical in logical_lines(lines):
        line = block.line + 1 + logical.offset
        if logical.comment:
            if commands:
                yield Group(begun, " ".join(comments), tuple(commands))
                comments, commands = [], []
            if not logical.text.startswith("#!"):
                comments.append(logical.text.lstrip("#").strip())
        else:
            begun = begun if commands else line
            commands.append(Command(line, logical.text, logical.lines))
    if commands:
        yield Group(begun, " ".join(comments), tuple(commands))


def _refuse_open_fence(token: Token, lines: Sequence[str], where: str) -> None:
    begin, end = token.map or (0, 0)
    if end - begin < 2 or not re.search(rf"^[\s>]*{re.escape(token.markup)}+\s*$", lines[end - 1]):
        raise RunbookError(f"{where}: nothing closes this block: end it with a line of {token.markup}.")


def _refuse_inner_comment(token: Token, where: str) -> None:
    if any(child.type == "text" and "<!--" in child.content for child in token.children or ()):
        raise RunbookError(
            f"{where}: a comment that begins inside a paragraph hides no block: put <!-- on its own line."
        )


def _refuse_open_comment(token: Token, where: str) -> None:
    if token.content.rfind("<!--") > token.content.rfind("-->"):
        raise RunbookError(f"{where}: nothing closes this comment where it stands: end it with -->.")

"""Any Markdown: which blocks there are, under which headings, and where one command ends and the next begins."""

import time

import pytest

from drills.runbook.blocks import Block, read_document
from drills.runbook.shell import logical_lines, normal, segments, without_comment
from drills.runbook.symptoms import Symptom, symptoms_of


def blocks(text: str) -> tuple[Block, ...]:
    return read_document(text, "rb.md").blocks


def commands(text: str) -> list[tuple[int, str]]:
    return [(c.line, c.text) for block in blocks(text) for group in block.groups for c in group.commands]


HEADED = """# Title

## 3. Fix

**Memory**
```bash
true
```

**Cache:**

```bash
true
```

### Deep

1. **First, this**
   - a
   ```bash
   true
   ```

Not in the list.

```bash
true
```

## Last `one`

Some **bold** word.

```bash
true
```
"""


def test_a_block_stands_under_its_headings_and_bold_lines() -> None:
    assert [block.path for block in blocks(HEADED)] == [
        ("3. Fix", "Memory"),
        ("3. Fix", "Cache"),
        ("3. Fix", "Deep", "First, this"),
        ("3. Fix", "Deep"),
        ("Last one",),
    ]
    assert [block.path for block in blocks("# A\n\n```sh\ntrue\n```\n\n# B\n\n```sh\ntrue\n```\n")] == [("A",), ("B",)]


GROUPED = """```bash
#!/bin/bash
# first: two
# lines

one
two  # aside

# second
three
# nothing follows this
```
"""


def test_a_block_is_divided_by_its_comments() -> None:
    (block,) = blocks(GROUPED)
    first, second = block.groups
    assert (first.line, first.comment, second.line, second.comment) == (6, "first: two lines", 10, "second")
    assert commands(GROUPED) == [(6, "one"), (7, "two  # aside"), (10, "three")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~~~bash\ntrue\n~~~\n", [(2, "true")]),
        ("```zsh\ntrue\n```\n", [(2, "true")]),
        ("```BASH title=x\ntrue\n```\n", [(2, "true")]),
        ("```language-bash\ntrue\n```\n", [(2, "true")]),
        ("\r\n```bash\r\n# why\r\none\r\n\r\ntwo\r\n```\r\n", [(4, "one"), (6, "two")]),
        ("```bash\rtrue\r```\r", [(2, "true")]),
        ("- a\n\n\t```bash\n\ttrue\n\t\ttwo\n\t```\n", [(4, "true"), (5, "two")]),
        ("1. a\n   1. b\n      ```bash\n      true\n      ```\n", [(4, "true")]),
        ("> - ```bash\n>   true\n>   ```\n", [(2, "true")]),
        ("```console\n$ one\noutput\n# not a prompt of ours\n$ two\n```\n", [(2, "one"), (5, "two")]),
        ("<!--\n```bash\ntrue\n```\n-->\n\n```bash\nseen\n```\n", [(8, "seen")]),
        ("<!-- a\n\n```bash\ntrue\n```\n\n-->\n", []),
        ("- <!-- a\n  ```bash\n  true\n  ```\n  -->\n", []),
        ("    ```bash\n    true\n    ```\n", []),
        ("```\ntrue\n```\n", []),
        ("````markdown\n```bash\ntrue\n```\n````\n", []),
        ("```bash\n```\n", []),
        ("no block at all\n", []),
        ("", []),
        ("```bash\nmake \\\n  -j 2\ntrue\n```\n", [(2, "make \\\n  -j 2"), (4, "true")]),
        ("```bash\nfor x in a b; do\n\n  # each\n  echo $x\ndone\ntrue\n```\n",
         [(2, "for x in a b; do\n\n  # each\n  echo $x\ndone"), (7, "true")]),
        ("```bash\ncat <<EOF >x\n# no comment\nEOF\ntrue\n```\n",
         [(2, "cat <<EOF >x\n# no comment\nEOF"), (5, "true")]),
        ("```bash\ncat <<-'END'\n\tx\n\tEND\ntrue\n```\n", [(2, "cat <<-'END'\n\tx\n\tEND"), (5, "true")]),
        ("```bash\na |\n  b\nc &&\nd\ne &\nf;\ng\n```\n",
         [(2, "a |\n  b"), (4, "c &&\nd"), (6, "e &"), (7, "f;"), (8, "g")]),
        ("```bash\necho 'two\n# lines'\ntrue\n```\n", [(2, "echo 'two\n# lines'"), (4, "true")]),
        ("```bash\nf() {\n  a\n}\nif b; then c; fi\nx=(\n1\n)\n```\n",
         [(2, "f() {\n  a\n}"), (5, "if b; then c; fi"), (6, "x=(\n1\n)")]),
        ("```bash\ncat <<<word\necho $((1<<2)) $((a<<b)) ${#x} a#b 2>&1 >|f\ntrue\n```\n",
         [(2, "cat <<<word"), (3, "echo $((1<<2)) $((a<<b)) ${#x} a#b 2>&1 >|f"), (4, "true")]),
        ("```bash\ncase $x in\na) b ;;\nesac\necho done if fi\ntrue\n```\n",
         [(2, "case $x in\na) b ;;\nesac"), (5, "echo done if fi"), (6, "true")]),
        ("```bash\nfor x in a\ndo true\n```\n", [(2, "for x in a"), (3, "do true")]),
        ("```bash\necho it's\nb 'c'\nd \\\n```\n", [(2, "echo it's"), (3, "b 'c'"), (4, "d \\")]),
        ("```bash\ncat <<EOF\n# why\ntrue\n```\n", [(2, "cat <<EOF"), (4, "true")]),
    ],
)  # fmt: skip
def test_commands_and_the_lines_they_stand_on(text: str, expected: list[tuple[int, str]]) -> None:
    assert commands(text) == expected


def test_a_loop_counts_its_lines_that_are_neither_blank_nor_comments() -> None:
    (loop,) = logical_lines(["for x in a; do", "", "  # each", "  echo $x", "done"])
    assert loop.lines == 3


@pytest.mark.parametrize(
    ("command", "same_as"),
    [
        ("git log   -10  # find it", "git log -10"),
        ("a \t b", "a b"),
        ("a \\\n  b", "a b"),
        ("awk '{print  $1}'  x", "awk '{print  $1}' x"),
        ('grep "a#b  c"  x', 'grep "a#b  c" x'),
        ("echo $# ${x#y} a#b", "echo $# ${x#y} a#b"),
        ("echo 'it'\"'\"'s  #1'  # c", "echo 'it'\"'\"'s  #1'"),
    ],
)
def test_spellings_of_the_same_command(command: str, same_as: str) -> None:
    assert normal(command) == same_as


@pytest.mark.parametrize(
    "other",
    ["awk '{print $1}' x", "awk '{print  $1}' y", "awk  '{print\u00a0 $1}' x", "awk\u00a0'{print  $1}' x"],
)
def test_other_commands(other: str) -> None:
    assert normal(other) != normal("awk '{print  $1}' x")


def test_a_comment_at_the_end() -> None:
    assert without_comment("export A=5  # Reduce from 10") == ("export A=5", "Reduce from 10")
    assert without_comment("echo '# no'") == ("echo '# no'", "")


def test_the_parts_of_a_line() -> None:
    parts = segments("A=1 sudo curl -s 'x | y' | jq . && rm -rf a; tail -f b 2>&1 # c | d")
    assert [(part.name, part.piped) for part in parts] == [
        ("curl", True), ("jq", False), ("rm", False), ("tail", False),
    ]  # fmt: skip
    assert parts[0].words[-1] == "x | y"
    assert [part.name for part in segments("a=$(ls -d 'x' | tail -n 1)\n[ -d \"$a\" ] && mv a b")] == ["", "[", "mv"]
    assert segments("echo it's open")[0].words == ("echo", "it's", "open")


def test_ten_thousand_lines_take_no_time() -> None:
    block = "## Part\n\n```bash\n# say\necho 'it is' | grep -c it  # aside\nexport A=1\n```\n\n"
    text = block * 1250
    started_s = time.monotonic()
    assert len(commands(text)) == 2500
    assert time.monotonic() - started_s < 5


def test_symptoms_are_the_items_below_that_word() -> None:
    text = "## Down\n\n**Symptoms:**\n- A `500`\n- no answer\n\n**Investigation:**\n- else\n\n### Symptoms\n\n* third\n"
    assert symptoms_of(read_document(text, "rb.md")) == (
        Symptom(4, "Down", "A 500"),
        Symptom(5, "Down", "no answer"),
        Symptom(12, "Down", "third"),
    )

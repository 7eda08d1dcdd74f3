"""The runbook as steps: what is one, what is not, and what is refused."""

from pathlib import Path

import pytest

from drills.steps import Kind, RunbookError, Step, StepLine, load_runbook, parse_runbook

BLOCK = "```bash {#restart-api .mitigation fault=api-killed}\ndocker-compose restart api\n```\n"
A = "{#a .mitigation fault=f}"


def test_a_step_says_where_it_stands() -> None:
    runbook = parse_runbook(f"# A\n\n## B: C\n\n{BLOCK}", "rb.md")
    assert runbook.steps == (
        Step(
            "restart-api", "B: C", "rb.md", 5, "docker-compose restart api\n", Kind.MITIGATION,
            (StepLine(6, "docker-compose restart api"),), "api-killed",
        ),
    )  # fmt: skip
    assert runbook.step("restart-api").where == "rb.md:5"


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint()\n```\n",
        "```\nan answer\n```\n",
        "```json {#x}\n{}\n```\n",
        "    docker-compose restart api\n",
        f"<!--\n{BLOCK}-->\n",
        f"<!-- not yet\n\n{BLOCK}\n-->\n",
        "`docker-compose restart api`\n",
        "",
    ],
    ids=["python", "no language", "json", "indented", "comment", "comment with blank lines", "inline", "empty"],
)
def test_what_is_no_step(text: str) -> None:
    assert parse_runbook(text, "rb.md").steps == ()


@pytest.mark.parametrize(
    "text",
    [
        f"```sh {A}\ntrue\n```\n",
        f"```shell {A}\ntrue\n```\n",
        f"```Bash {A}\ntrue\n```\n",
        f"```bash{A}\ntrue\n```\n",
        "``` {.bash #a .mitigation fault=f}\ntrue\n```\n",
        f"~~~bash {A}\ntrue\n~~~\n",
        f"1. First\n\n   ```bash {A}\n   true\n   ```\n",
        f"1. First\n\n\t```bash {A}\n\ttrue\n\t```\n",
        f"> ```bash {A}\n> true\n> ```\n",
        f"````bash {A}\ntrue\n````\n",
        f"```bash {A}\r\ntrue\r\n```\r\n",
        f"```bash {A}\n\n  true\n\n```\n",
        f"```bash {A}\n# why\ntrue\n```\n",
        f"A `<!--` in code hides nothing.\n\n```bash {A}\ntrue\n```\n",
    ],
)
def test_what_is_one(text: str) -> None:
    (step,) = parse_runbook(text, "rb.md").steps
    assert (step.id, step.commands) == ("a", "true\n")


def test_a_step_says_all_that_it_declares() -> None:
    text = (
        f"{BLOCK}\n```bash {{#b .rollback corrects=restart-api fault=f check=api_is_ready,api_is_healthy}}\ntrue\n```\n"
    )
    runbook = parse_runbook(text, "rb.md")
    step = runbook.step("b")
    assert (step.kind, step.fault, step.corrects) == (Kind.ROLLBACK, "f", ("restart-api",))
    assert step.checks == ("api_is_ready", "api_is_healthy")
    assert runbook.corrections("restart-api") == (step,)
    assert runbook.corrections("b") == ()


DIAGNOSTIC = "```bash {#a .diagnostic fault=f}\ntrue\nfalse\n```\n\n"
FORMS = "each `- broken if `, then a predicate as code; `- not here: ` and why; or `- no reading: ` and why"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\n```bash\ntrue\n```\n", "rb.md:2: this shell block has no id: write ```bash {#restart-api .mitigation}"),
        ("```bash {#Restart API}\ntrue\n```\n", "rb.md:1: '{#Restart API}' is no id: write {#restart-api .mitigation}"),
        ("```bash restart-api\ntrue\n```\n", "rb.md:1: 'restart-api' is no id"),
        ("```bash {.mitigation #a}\ntrue\n```\n", "rb.md:1: '{.mitigation #a}' is no id"),
        ("\n```bash {#a}\ntrue\n```\n", "rb.md:2: step 'a' is to be one of .diagnostic, .mitigation, .rollback,"),
        ("```bash {#a .rollback .mitigation fault=f}\ntrue\n```\n", "rb.md:1: step 'a' is to be one of"),
        ("```bash {#a .mitigation}\ntrue\n```\n", "rb.md:1: step 'a' names no fault that it is for: write fault="),
        ("```bash {#a .remedy}\ntrue\n```\n", "rb.md:1: '.remedy' says nothing of step 'a': write one of .diagnostic,"),
        ("```bash {#a .mitigation fault=}\ntrue\n```\n", "rb.md:1: 'fault=' says nothing of step 'a'"),
        ("```bash {#a .mitigation fault=f fault=g}\ntrue\n```\n", "rb.md:1: 'fault=g' says nothing of step 'a'"),
        (f"```bash {A}\n# nothing\n```\n", "rb.md:1: step 'a' has no command"),
        (f"```bash {A}\n# one\ntrue\n# two\nfalse\n```\n", "rb.md:5: a second comment begins here a second step"),
        ("```bash {#a .rollback fault=f corrects=b}\ntrue\n```\n", "rb.md:1: step 'a' corrects 'b', which is no step."),
        (f"{BLOCK}\n{BLOCK}", "rb.md:5: step 'restart-api' stands at rb.md:1 already: rename one"),
        (DIAGNOSTIC, "rb.md:1: diagnostic 'a' has 2 commands and 0 readings: put a list below the block"),
        (f"{DIAGNOSTIC}- broken if `exit != 0`\n", "rb.md:1: diagnostic 'a' has 2 commands and 1 readings"),
        (
            f"{DIAGNOSTIC}- broken if `exit != 0`\n- not here:\n",
            "rb.md:7: 'not here:' is no reading: write `- broken if",
        ),
        (f"{DIAGNOSTIC}- broken if exit != 0\n- no reading: x\n", "rb.md:6: 'broken if exit != 0' is no reading"),
        (f"{DIAGNOSTIC}- no reading: x\n- broken if `exit = 0`\n", "rb.md:7: 'exit = 0' is no predicate: write one of"),
        ("```bash {#a}\ntrue\n", "rb.md:1: nothing closes this block"),
        ("```bash {#a}\n", "rb.md:1: nothing closes this block"),
        (f"Not so: <!--\n{BLOCK}-->\n", "rb.md:1: a comment that begins inside a paragraph"),
        (f"\n- <!-- hidden\n\n{BLOCK}\n-->\n", "rb.md:2: nothing closes this comment where it stands"),
        (f"<!-- hidden\n\n{BLOCK}", "rb.md:1: nothing closes this comment where it stands"),
    ],
)
def test_what_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(RunbookError) as caught:
        parse_runbook(text, "rb.md")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("restart-apl", "rb.md:1: there is no step 'restart-apl'; did you mean 'restart-api' (rb.md:1)?"),
        ("zzz", "there is no step 'zzz'; known: restart-api."),
    ],
)
def test_an_unknown_step_is_answered_with_the_nearest(asked: str, says: str) -> None:
    with pytest.raises(RunbookError) as caught:
        parse_runbook(BLOCK, "rb.md").step(asked)
    assert says in str(caught.value)


def test_a_runbook_that_is_not_ours_needs_no_ids() -> None:
    text = (
        "# T\n\n## 3. Roll Back (1-4 hours)\n\n```bash\ntrue\n# then\nfalse\n```\n\n"
        f"### Deep\n\n```bash\ntrue\n```\n\n{BLOCK}\n{BLOCK}\n```bash {{#two}}\ntrue\n# more\nfalse\n```\n"
    )
    runbook = parse_runbook(text, "theirs.md", ids_required=False)
    assert [(step.id, step.line) for step in runbook.steps] == [
        ("roll-back-1", 5),
        ("roll-back-2", 5),
        ("roll-back-deep-1", 13),
        ("restart-api", 17),
        ("roll-back-deep-2", 21),
        ("roll-back-deep-3", 25),
        ("roll-back-deep-4", 25),
    ]
    assert runbook.steps[1].comment == "then"
    assert [step.kind for step in runbook.steps[2:4]] == [Kind.DIAGNOSTIC, Kind.ROLLBACK]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file or directory"),
        (b"\xff\xfe#\x00", "it is not UTF-8"),
        (b"# A\0", "it is binary"),
        (b"x" * (4 << 20) + b"x", "is larger than 4 MiB"),
    ],
)
def test_a_runbook_that_cannot_be_read_is_a_sentence(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "rb.md"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RunbookError) as caught:
        load_runbook(file)
    assert says in str(caught.value)
    assert str(file) in str(caught.value)
    assert "give the path of a Markdown file" in str(caught.value)


def test_a_directory_is_no_runbook(tmp_path: Path) -> None:
    with pytest.raises(RunbookError, match="is a directory: give the path of a Markdown file"):
        load_runbook(tmp_path)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "rb.md"
    file.write_bytes(b"\xef\xbb\xbf" + BLOCK.encode())
    assert [step.id for step in load_runbook(file).steps] == ["restart-api"]

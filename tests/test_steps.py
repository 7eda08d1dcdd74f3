"""The runbook as steps: what is one, what is not, and what is refused."""

import pytest

from checks.runbook import Section
from drills.steps import RUNBOOK, RunbookError, Step, load_runbook, parse_runbook

BLOCK = "```bash {#restart-api}\ndocker-compose restart api\n```\n"


def test_our_runbook_has_the_runbooks_commands_under_the_runbooks_headings() -> None:
    runbook = load_runbook()
    commands = {step.id: step.commands for step in runbook.steps}
    assert commands == {
        "triage-logs": "docker logs finchat-api --tail 100\ndocker logs finchat-webapp --tail 100\n",
        "api-container-status": "docker ps | grep finchat-api\ndocker stats finchat-api --no-stream\n",
        "restart-api": "docker-compose restart api\n",
        "rollback-api-image": "docker tag finchat-api:previous finchat-api:latest\ndocker-compose up -d api\n",
        "edgar-connectivity": "curl -I https://data.sec.gov\n",
    }
    assert {step.section for step in runbook.steps} <= {str(section) for section in Section}
    lines = RUNBOOK.read_text().splitlines()
    for step in runbook.steps:
        assert lines[step.line - 1] == f"```bash {{#{step.id}}}"


def test_a_step_says_where_it_stands() -> None:
    runbook = parse_runbook(f"# A\n\n## B: C\n\n{BLOCK}", "rb.md")
    assert runbook.steps == (Step("restart-api", "B: C", "rb.md", 5, "docker-compose restart api\n"),)
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
        "```sh {#a}\ntrue\n```\n",
        "```shell {#a}\ntrue\n```\n",
        "```Bash {#a}\ntrue\n```\n",
        "```bash{#a}\ntrue\n```\n",
        "~~~bash {#a}\ntrue\n~~~\n",
        "1. First\n\n   ```bash {#a}\n   true\n   ```\n",
        "> ```bash {#a}\n> true\n> ```\n",
        "````bash {#a}\ntrue\n````\n",
        "A `<!--` in code hides nothing.\n\n```bash {#a}\ntrue\n```\n",
    ],
)
def test_what_is_one(text: str) -> None:
    (step,) = parse_runbook(text, "rb.md").steps
    assert (step.id, step.commands) == ("a", "true\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\n```bash\ntrue\n```\n", "rb.md:2: this shell block has no id"),
        ("```bash {#Restart API}\ntrue\n```\n", "rb.md:1: '{#Restart API}' is no id: write {#restart-api}"),
        ("```bash restart-api\ntrue\n```\n", "rb.md:1: 'restart-api' is no id"),
        (f"{BLOCK}\n{BLOCK}", "rb.md:5: step 'restart-api' stands at rb.md:1 already: rename one"),
        ("```bash {#a}\ntrue\n", "rb.md:1: nothing closes this block"),
        ("```bash {#a}\n", "rb.md:1: nothing closes this block"),
        (f"Not so: <!--\n{BLOCK}-->\n", "rb.md:1: a comment that begins inside a paragraph"),
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
    runbook = parse_runbook(f"## A\n\n```bash\ntrue\n```\n\n{BLOCK}", "theirs.md", ids_required=False)
    assert [(step.id, step.line) for step in runbook.steps] == [("line-3", 3), ("restart-api", 7)]


def test_a_runbook_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(RunbookError, match=r"none\.md:1: the runbook cannot be read"):
        load_runbook(RUNBOOK.with_name("none.md"))

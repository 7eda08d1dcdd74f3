"""Which runbook a run proves, and which verdicts fail it."""

from pathlib import Path

import pytest

from drills import proving
from drills.proving import DEFAULT_FAIL_ON, WORDS, Policy, ProvingError, looks, read_subject
from drills.runbook.scenarios import ScenarioSourceError

WORDS_OF: dict[str, tuple[str, set[str]]] = {
    "one": ("blind", {"blind"}),
    "two, with blanks": (" no effect , fails,", {"no effect", "fails"}),
    "one of a drill": ("not detected", {"not detected"}),
    "none": (",", set()),
    "all": (",".join(WORDS), set(WORDS)),
    "the default": (DEFAULT_FAIL_ON, {"harmful", "not recovered", "not detected", "inconclusive", "unaccounted"}),
}


@pytest.mark.parametrize("what", WORDS_OF)
def test_a_policy_of(what: str) -> None:
    text, words = WORDS_OF[what]
    assert Policy.parse(text).fail_on == words


def test_a_known_finding_excuses_its_step_and_no_other_verdict() -> None:
    rows = [("a", "harmful"), ("a", "no effect"), ("a", "blind"), ("b", "no effect"), ("", "unaccounted")]
    steps = [{"id": step, "verdict": verdict} for step, verdict in rows]
    failing = Policy.parse("harmful,no effect,blind,unaccounted").failing(steps, frozenset({"a"}))
    assert [(step["id"], step["verdict"]) for step in failing] == [
        ("a", "blind"),
        ("b", "no effect"),
        ("", "unaccounted"),
    ]


UNKNOWN = {
    "harmfull": "--fail-on: 'harmfull' is no verdict; did you mean 'harmful'?",
    "blind,no-effect": "--fail-on: 'no-effect' is no verdict; did you mean 'no effect'?",
    "Blind": "--fail-on: 'Blind' is no verdict; did you mean 'blind'?",
    "xyzzy": f"--fail-on: 'xyzzy' is no verdict; known: {', '.join(WORDS)}",
}


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_no_verdict(text: str) -> None:
    with pytest.raises(ProvingError) as caught:
        Policy.parse(text)
    assert str(caught.value) == UNKNOWN[text]


def test_the_steps_that_fail_a_run() -> None:
    steps = [{"line": line, "verdict": verdict} for line, verdict in enumerate(["blind", "fails", "pending", "blind"])]
    assert [step["line"] for step in Policy.parse("blind,pending").failing(steps)] == [0, 2, 3]
    assert Policy.parse(",").failing(steps) == []


NO_RUNBOOK: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "the runbook cannot be read (No such file or directory)"),
    "not UTF-8": (b"\xff\xfe", "it is not UTF-8"),
    "binary": (b"a\0b", "it is binary"),
    "a fence that nothing closes": (b"```bash\ntrue\n", "rb.md:1: nothing closes this block"),
}


@pytest.mark.parametrize("what", NO_RUNBOOK)
def test_no_runbook_is_a_file_that_is(what: str, tmp_path: Path) -> None:
    content, says = NO_RUNBOOK[what]
    if content is not None:
        (tmp_path / "rb.md").write_bytes(content)
    with pytest.raises(ProvingError) as caught:
        read_subject(tmp_path / "rb.md")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_directory_is_no_runbook(tmp_path: Path) -> None:
    with pytest.raises(ProvingError, match="is a directory: give the path of a Markdown file"):
        read_subject(tmp_path)


BROKEN: dict[str, BaseException] = {
    "a scenario's id is computed": ScenarioSourceError("test_x.py:3: the scenario's id is to be written out."),
    "a drill does not parse": SyntaxError("invalid syntax", ("test_x.py", 3, 1, "def", 3, 4)),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_users_runbook_cannot_be_matched_where(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_drills() -> None:
        raise BROKEN[what]

    monkeypatch.setattr(proving, "drills_of_steps", no_drills)
    (tmp_path / "rb.md").write_text("# A\n")
    with pytest.raises(ProvingError, match=r"test_x\.py"):
        read_subject(tmp_path / "rb.md")


def test_the_subject_is_ours_or_the_users(tmp_path: Path) -> None:
    assert read_subject(None).runbook.file == "runbook.md"
    file = tmp_path / "rb.md"
    file.write_text("## Down\n\n```bash\ncurl -f http://localhost:8000/health\nuptime -x\n```\n")
    subject = read_subject(file)
    assert subject.runbook.file == str(file)
    assert subject.accounting is not None
    assert len(subject.accounting.unaccounted) == 1
    (blocks,) = looks(subject).values()
    assert [look.text for block in blocks for look in block.looks] == ["curl -f http://localhost:8000/health"]


def test_a_runbook_without_commands_has_nothing_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "rb.md").write_text("")
    assert looks(read_subject(tmp_path / "rb.md")) == {}


def test_every_diagnostic_of_ours_stands_under_a_fault_that_can_be_made() -> None:
    from drills.faults.registry import make

    for name in looks(read_subject(None)):
        assert make(name).name

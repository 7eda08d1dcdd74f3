"""The findings file, line by line, and how findings stand against it: known, new, overdue, healed."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from drills.findings.file import FINDINGS_FILE, Entry, FindingsFileError, load_findings, parse_findings
from drills.findings.finding import Finding, Whose
from drills.findings.standing import State, excused, standings
from drills.steps import load_runbook
from drills.verified import Subject

TODAY = date(2026, 11, 24)
ID = "fallback/never-reaches-a-container"
TEXT = f"""
deployment = "reference"

[[finding]]
id = "{ID}"
owner = "on-call"
due = 2027-03-31
under = "mended"
note = "soon"

[[finding]]
id = "logs#2/blind"
owner = "on-call"
due = 2026-11-24
"""
KNOWN = parse_findings(TEXT, "findings.toml")


def finding(finding_id: str = ID, under: str = "mended") -> Finding:
    place = finding_id.rpartition("/")[0]
    step = place.partition("#")[0]
    return Finding(finding_id, "kind", step, place, "ours.md", 7, "x", "it broke", "so it is", Whose.COMMAND, under)


def test_the_file() -> None:
    assert (KNOWN.file, KNOWN.deployment) == ("findings.toml", "reference")
    assert KNOWN.entries == (
        Entry(ID, "on-call", date(2027, 3, 31), 4, "soon", "mended"),
        Entry("logs#2/blind", "on-call", date(2026, 11, 24), 11),
    )
    assert KNOWN.entry("logs#2/blind") is KNOWN.entries[1]
    assert KNOWN.entry("logs/blind") is None
    assert parse_findings("", "f.toml").entries == ()


REFUSED = {
    "no TOML": ("[[finding]]\nid =\n", "f.toml:2: this is no TOML (Invalid value): mend it."),
    "no end": ('[[finding]]\nid = "a', "f.toml:2: this is no TOML"),
    "an unknown key": ("\n[[finding]]\nonwer = 'x'\n", "f.toml:2: 'onwer' means nothing here; did you mean 'owner'?"),
    "an unknown key at the top": (
        "\nfindings = 1\n",
        "f.toml:2: 'findings' means nothing here; did you mean 'finding'?",
    ),
    "no owner": ("[[finding]]\nid = 'a/b'\ndue = 2027-03-31\n", "f.toml:1: the finding has no owner: write it."),
    "no id": ("[[finding]]\n", "f.toml:1: the finding has no id: write it."),
    "an empty owner": (
        "[[finding]]\nid = 'a/b'\ndue = 2027-03-31\nowner = ' '",
        "f.toml:1: owner is a text that is not",
    ),
    "a number for an id": ("[[finding]]\nid = 1\ndue = 2027-03-31\nowner = 'x'", "f.toml:1: id is a text that is not"),
    "an id that is none": (
        "[[finding]]\nid = 'A b'\nowner = 'x'\ndue = 2027-03-31\n",
        "f.toml:1: 'A b' is no id of a finding: copy it from the run that showed it (step/kind).",
    ),
    "a date in quotes": (
        "[[finding]]\nid = 'a/b'\nowner = 'x'\ndue = '2027-03-31'\n",
        "f.toml:1: due is '2027-03-31' and no date: write it as 2027-03-31, without quotes.",
    ),
    "a time": ("[[finding]]\nid = 'a/b'\nowner = 'x'\ndue = 2027-03-31T10:00:00\n", "f.toml:1: due is "),
    "a date that is none": ("[[finding]]\nid = 'a/b'\nowner = 'x'\ndue = 2027-02-31\n", "f.toml:4: this is no TOML"),
    "two of one id": (
        "[[finding]]\nid = 'a/b'\nowner = 'x'\ndue = 2027-03-31\n" * 2,
        "f.toml:5: a/b stands at line 1 already: remove one of the two.",
    ),
    "one finding": ("\n[finding]\nid = 'a/b'\n", "f.toml:2: write [[finding]] above each finding."),
    "findings in one line": (
        "finding = [{id = 'a/b'}]\n",
        "f.toml:1: write each finding below a line [[finding]] of its",
    ),
    "a deployment that is no name": ("deployment = 1\n", "f.toml:1: deployment is a name: write it in quotes."),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_a_sentence_is(what: str) -> None:
    text, said = REFUSED[what]
    with pytest.raises(FindingsFileError) as caught:
        parse_findings(text, "f.toml")
    assert str(caught.value).startswith(said)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        FindingsFileError, match=r"/none:1: the findings file cannot be read .No such file or directory"
    ):
        load_findings(tmp_path / "none")
    (tmp_path / "b.toml").write_bytes(b"\xff")
    with pytest.raises(FindingsFileError, match=r"b.toml:1: .*it is not UTF-8"):
        load_findings(tmp_path / "b.toml")


RUN = {("fallback", "mended")}
STANDS: dict[str, tuple[list[Finding], set[tuple[str, str]], date, list[tuple[State, str]]]] = {
    "known": ([finding()], RUN, TODAY, [(State.KNOWN, ID)]),
    "new": ([finding("restart/no-effect")], set(), TODAY, [(State.NEW, "restart/no-effect")]),
    "of another kind": (
        [finding("fallback/no-effect")], RUN, TODAY, [(State.NEW, "fallback/no-effect"), (State.HEALED, ID)],
    ),
    "overdue": ([finding()], RUN, date(2027, 4, 1), [(State.OVERDUE, ID)]),
    "due today": ([finding("logs#2/blind")], set(), TODAY, [(State.KNOWN, "logs#2/blind")]),
    "healed": ([], RUN, TODAY, [(State.HEALED, ID)]),
    "healed, and long due": ([], RUN, date(2028, 1, 1), [(State.HEALED, ID)]),
    "run under something else": ([], {("fallback", "other")}, TODAY, []),
    "another line of the same step": ([], {("logs#1", "slow"), ("logs", "slow")}, TODAY, []),
    "healed under whatever it is": ([], {("logs#2", "slow")}, TODAY, [(State.HEALED, "logs#2/blind")]),
    "not run at all": ([], set(), date(2028, 1, 1), []),
}  # fmt: skip


@pytest.mark.parametrize("what", STANDS)
def test_stands(what: str) -> None:
    findings, exercised, today, expected = STANDS[what]
    stands = standings(findings, KNOWN, exercised, today, "reference")
    shown = [(one.state, one.finding or one.entry) for one in stands]
    assert [(state, what.id) for state, what in shown if what] == expected
    assert [one.fails for one in stands] == [state is not State.KNOWN for state, _ in expected]


def test_a_harm_that_is_known_under_one_fault_hides_none_under_another() -> None:
    text = "[[finding]]\nid = 'reset/harmful'\nowner = 'x'\ndue = 2027-03-31\nunder = 'full'\n"
    harm = replace(finding("reset/harmful", "full"), kind="harmful")
    stands = standings([harm, replace(harm, under="stale")], parse_findings(text, "f.toml"), set(), TODAY)
    assert [(one.state, one.finding and one.finding.under) for one in stands] == [
        (State.NEW, "stale"),
        (State.KNOWN, "full"),
    ]
    both = parse_findings(text + text.replace("full", "stale"), "f.toml")
    known = standings([harm, replace(harm, under="stale")], both, set(), TODAY)
    assert [one.state for one in known] == [State.KNOWN, State.KNOWN]


def test_on_another_deployment_nothing_is_called_healed() -> None:
    assert standings([], KNOWN, RUN, TODAY, "ours") == []
    assert [one.state for one in standings([finding()], KNOWN, RUN, TODAY, "ours")] == [State.KNOWN]


def test_what_the_runbook_lacks_is_healed_when_it_has_it() -> None:
    lacking = parse_findings("[[finding]]\nid = 'lacks/new-key'\nowner = 'x'\ndue = 2027-03-31\n", "f.toml")
    assert [one.state for one in standings([], lacking, {("lacks/new-key", "key")}, TODAY)] == [State.HEALED]
    assert standings([], lacking, {("new-key", "key")}, TODAY) == []


def test_a_line_for_a_person() -> None:
    new, known = standings([finding(), finding("restart/no-effect")], KNOWN, RUN, TODAY, "reference")
    assert new.line == (
        "ours.md:7 restart/no-effect: NEW: it broke; so it is (the command itself is wrong); no corrected step"
    )
    assert known.line.startswith(f"ours.md:7 {ID}: known (on-call, due 2027-03-31): it broke; ")
    (healed,) = standings([], KNOWN, RUN, TODAY, "reference")
    assert healed.line == f"findings.toml:4 {ID}: healed (on-call): it was run and not seen again: remove the entry"


def test_only_a_known_finding_excuses_its_step() -> None:
    stands = standings([finding(), finding("restart/no-effect"), finding("lacks/new-key")], KNOWN, RUN, TODAY)
    assert excused(stands) == {"fallback"}


def test_our_own_file_names_steps_that_there_are() -> None:
    known = load_findings(FINDINGS_FILE)
    ours = Subject(load_runbook())
    for entry in known.entries:
        place, _, kind = entry.id.rpartition("/")
        step_id = kind if place == "lacks" else place.partition("#")[0]
        names = {step_id, *(name for name, _ in ours.places(step_id))}
        assert place == "lacks" or place in names, entry.id
        assert entry.under, f"{entry.id}: say under which scenario or fault it is seen"

"""All findings of a run: their ids, what the runbook lacks, what is blind, and what of it was run at all."""

from typing import Any

import msgspec
import pytest

from drills.findings.finding import Whose
from drills.findings.found import exercised, findings_of
from drills.findings.judged import with_findings
from drills.findings.standing import standings
from drills.steps import parse_runbook
from drills.verified import Subject
from reports.drill_record import DrillFinding
from tests.findings_fakes import MINE, OURS, USERS, changed, drill, looked, step
from tests.test_findings_standing import KNOWN, TODAY

NOT = "not recovered"
MENDED = drill(NOT, step("fallback"), step("switch-corrected", origin="corrected"), scenario="mended")


def ids(*drills: dict[str, Any], lines: tuple[dict[str, Any], ...] = (), subject: Subject = MINE) -> list[str]:
    return [one.id for one in findings_of(drills, lines, subject)]


def test_a_finding_has_all_that_a_person_needs() -> None:
    (one,) = findings_of([MENDED], [], MINE)
    assert (one.step, one.place, one.file, one.line) == (
        "fallback",
        "fallback",
        "ours.md",
        OURS.step("fallback").lines[0].line,
    )
    assert (one.command, one.under) == ("export FALLBACK_MODE=true", "mended")
    assert (one.corrected, one.corrected_verdict) == (("switch-corrected",), "recovered")
    assert one.sentence == (
        "FALLBACK_MODE reached no container; an export stays in its shell; the compose file would pass it, with "
        "`docker-compose up -d` (the command itself is wrong); corrected: switch-corrected recovered"
    )


def test_an_id_depends_on_no_line_and_no_file() -> None:
    moved = parse_runbook("\n\n\n" + "\n".join(OURS.document.lines), "moved.md")
    here, there = drill(NOT, step("switch")), drill(NOT, step("switch", subject=Subject(moved)))
    assert ids(here) == ids(there, subject=Subject(moved))


def test_a_users_lines_have_our_names_and_their_places() -> None:
    record = drill(NOT, step("switch", subject=USERS), step("clear", subject=USERS))
    found = {one.id: (one.file, one.line) for one in findings_of([record], [], USERS)}
    assert found == {
        "switch#2/never-reaches-a-container": ("theirs.md", 6),
        "clear#1/deletes-nothing": ("theirs.md", 8),
    }
    assert ids(lines=(looked("logs#2", "blind", subject=USERS),), subject=USERS) == ["logs#2/blind"]


def test_of_one_finding_in_two_drills_that_one_tells_whose_correction_recovered() -> None:
    other = drill(NOT, step("fallback"), scenario="alone")
    for drills in ([MENDED, other], [other, MENDED]):
        (one,) = findings_of(drills, [], MINE)
        assert one.under == "mended"


def test_what_the_runbook_lacks() -> None:
    record = drill(None, step("new-key", origin="corrected"), scenario="key-revoked")
    (one,) = findings_of([record], [], MINE)
    assert (one.id, one.whose, one.file) == ("lacks/new-key", Whose.RUNBOOK, "ours.md")
    assert one.sentence.startswith("the runbook has nothing like it for: EDGAR is slow;")
    assert ids(record | {"corrected_verdict": "inconclusive"}) == []


MISSING = "tail: cannot open 'logs/error.log'\n"
LOOKS: dict[str, tuple[dict[str, Any], str, str, Whose]] = {
    "a count that reassures": (looked("logs#1", "blind", "0\n", "0\n"), "logs#1/blind", "reassures", Whose.UNTOLD),
    "the same either way": (looked("logs#1", "blind", "7\n", "7\n"), "logs#1/blind", "blind", Whose.UNTOLD),
    "something else each time": (looked("logs#1", "blind", "7\n", "8\n"), "logs#1/blind", "blind", Whose.UNTOLD),
    "a file that is not there": (
        looked("logs#2", "fails", MISSING), "logs#2/fails", "missing-file", Whose.DEPLOYMENT,
    ),
    "a command that fails": (looked("logs#2", "fails", "Oops\n"), "logs#2/fails", "fails", Whose.UNTOLD),
}  # fmt: skip


@pytest.mark.parametrize("what", LOOKS)
def test_of_what_a_person_reads(what: str) -> None:
    line, finding_id, kind, whose = LOOKS[what]
    (one,) = findings_of([], [line], MINE)
    assert (one.id, one.kind, one.whose, one.corrected) == (finding_id, kind, whose, ("logs-corrected",))
    assert one.corrected_verdict is None


def test_a_blind_command_is_wrong_itself_where_ours_sees_the_fault_on_the_same_deployment() -> None:
    (one,) = findings_of([], [looked("logs#1", "blind"), looked("logs-corrected", "informative")], MINE)
    assert (one.whose, one.corrected_verdict) == (Whose.COMMAND, "informative")


def test_what_is_informative_pending_or_unaccounted_is_no_finding() -> None:
    lines = (
        looked("logs#1", "informative"),
        looked("logs#2", "pending"),
        {**looked("logs#1", "unaccounted"), "id": ""},
    )
    assert ids(lines=lines) == []


def test_what_was_run_to_an_end_that_tells() -> None:
    key = drill(None, step("new-key", origin="corrected"), scenario="key")
    doubt = drill("inconclusive", step("restart"), scenario="doubt")
    lines = [looked("logs#1", "informative"), looked("logs#2", "pending")]
    assert exercised([MENDED, key, doubt, drill("recovered", step("clear"))], lines, MINE) == {
        ("fallback", "mended"),
        ("lacks/switch-corrected", "mended"),
        ("lacks/new-key", "key"),
        ("clear", "slow-edgar"),
        ("clear#1", "slow-edgar"),
        ("clear#2", "slow-edgar"),
        ("logs#1", "slow"),
    }


def test_a_drills_record_gets_its_findings_and_keeps_what_it_says_of_other_steps() -> None:
    own = [{"step": "fallback", "text": "x"}, {"step": "switch-corrected", "text": "it ended with exit code 1"}]
    drills = [MENDED | {"findings": own}, drill("recovered", step("restart"), changes=changed())]
    stands = standings(findings_of(drills, [], MINE), KNOWN, exercised(drills, [], MINE), TODAY)
    first, second = with_findings(drills, stands)
    written = first["findings"]
    assert isinstance(written, list)
    assert [(one["step"], one.get("state")) for one in written] == [("fallback", "known"), ("switch-corrected", None)]
    assert written[0]["text"].startswith("FALLBACK_MODE reached no container; ")
    assert (written[0]["owner"], written[0]["due"]) == ("on-call", "2027-03-31")
    assert second["findings"] == []
    read = msgspec.convert(written, list[DrillFinding])
    assert (read[0].kind, read[0].corrected, read[1].id) == ("never-reaches-a-container", ("switch-corrected",), "")


def test_nothing_is_healed_where_nobody_looked_what_the_steps_changed() -> None:
    unseen = drill(NOT, step("fallback"), changes=None, scenario="mended")
    run = exercised([unseen], [], MINE)
    assert standings([], KNOWN, run, TODAY, "reference") == []

"""Findings about what a person reads: commands that show the same, healthy or broken, or that cannot work. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from drills.findings import commands
from drills.findings.finding import Finding, Whose
from drills.runbook.shell import segments
from drills.steps import RunbookError
from drills.verified import Subject

BLIND, FAILS = "blind", "fails"
JUDGED = ("informative", BLIND, FAILS)

_COUNTS = ("grep", "egrep", "wc", "awk")

Line = Mapping[str, object]


def looked_at(lines: Sequence[Line], subject: Subject) -> Iterator[tuple[str, Line]]:
    """The verified lines that a run proved as diagnostics, each with our name for the command."""
    for line in lines:
        step_id = str(line["id"])
        if not step_id or line["verdict"] not in JUDGED:
            continue
        at = {number: place for place, number in subject.places(step_id)}
        if place := at.get(int(str(line["line"]))):
            yield place, line


def findings_of_looks(lines: Sequence[Line], subject: Subject) -> Iterator[Finding]:
    """A finding for each line that was proven blind, or that fails."""
    verdicts = {place: str(line["verdict"]) for place, line in looked_at(lines, subject)}
    for place, line in looked_at(lines, subject):
        if line["verdict"] not in (BLIND, FAILS):
            continue
        step_id, verdict = str(line["id"]), str(line["verdict"])
        corrected = tuple(step.id for step in subject.ours.corrections(step_id) if step.kind.is_read)
        worth = _worth(corrected, subject, verdicts)
        kind, why, whose = _told(line, worth)
        yield Finding(
            id=f"{place}/{verdict}",
            kind=kind,
            step=step_id,
            place=place,
            file=str(line["file"]),
            line=int(str(line["line"])),
            command=str(line["command"]),
            happened=str(line["why"]).rstrip("."),
            why=why,
            whose=whose,
            under=str(line["drill"] or ""),
            corrected=corrected,
            corrected_verdict=worth,
        )


def _told(line: Line, worth: str | None) -> tuple[str, str, Whose]:
    healthy, broken = (str(line.get(side) or "") for side in ("healthy", "broken"))
    if commands.misses_file(healthy) and commands.misses_file(broken or healthy):
        return "missing-file", commands.last_words(healthy), Whose.DEPLOYMENT
    if line["verdict"] == FAILS:
        # Of a pipe whose first command fails the exit code says nothing; what it printed does.
        whose = Whose.DEPLOYMENT if commands.cannot_run(None, healthy) else Whose.UNTOLD
        return FAILS, commands.last_words(healthy), whose
    whose = Whose.COMMAND if worth == "informative" else Whose.UNTOLD
    if reassures(str(line["command"]), healthy, broken):
        return "reassures", f"healthy and broken it shows {_shown(broken)}", whose
    if healthy == broken:
        return BLIND, f"healthy and broken it shows {_shown(broken)}", whose
    return BLIND, "what it shows differs from run to run, and not by the fault", whose


def reassures(command: str, healthy: str, broken: str) -> bool:
    """Whether it searches or counts, and under the fault finds nothing: nothing, or a 0."""
    searches = any(part.name in _COUNTS for part in segments(command))
    return searches and broken.strip() in ("", "0") and healthy.strip() in ("", "0")


def _shown(text: str) -> str:
    return f"`{text.strip()[:60]}`" if text.strip() else "nothing"


def _worth(corrected: Sequence[str], subject: Subject, verdicts: Mapping[str, str]) -> str | None:
    """What the commands of the corrected steps are worth together; None where this run did not prove them."""
    try:
        places = [place for step_id in corrected for place, _ in Subject(subject.ours).places(step_id)]
    except RunbookError:
        return None
    found = [verdicts[place] for place in places if place in verdicts]
    if not found or len(found) < len(places):
        return None
    return "informative" if set(found) == {"informative"} else next(one for one in found if one != "informative")

"""All findings of a run: from its drills' records and its verdicts on diagnostics. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from drills.findings.finding import HARMFUL, LACKS, Finding, Whose
from drills.findings.gaps import fills_a_gap
from drills.findings.looks import findings_of_looks, looked_at
from drills.findings.rules import RULES, Case, Told
from drills.findings.seen import TELLING, DrillSeen, StepSeen, drill_seen
from drills.recorded import Record
from drills.verified import Subject

SEEN_MAX = 5


def findings_of(drills: Sequence[Record], lines: Sequence[Record], subject: Subject) -> list[Finding]:
    """The findings of a run, one for each id, and one for each scenario in which a step did harm.

    `drills`: records as in run.json; `lines`: the verified lines.
    """
    seen = [drill_seen(record, subject) for record in drills]
    found: dict[tuple[str, str], Finding] = {}
    for number, drill in enumerate(seen):
        others = (*seen[:number], *seen[number + 1 :])
        for finding in (*_of_steps(drill, others, subject), *_lacks(drill, subject)):
            key = (finding.id, finding.under if finding.kind == HARMFUL else "")
            known = found.get(key)
            if known is None or (known.corrected_verdict != "recovered" and finding.corrected_verdict == "recovered"):
                found[key] = finding  # the drill that proves a mend tells the most
    for finding in findings_of_looks(lines, subject):
        found.setdefault((finding.id, ""), finding)
    return list(found.values())


def exercised(drills: Sequence[Record], lines: Sequence[Record], subject: Subject) -> set[tuple[str, str]]:
    """What the run could have found anything about: the place of a command or the id of a step, or lacks/STEP; and the
    scenario or fault under which it was run to an end that tells."""
    done: set[tuple[str, str]] = set()
    for drill in (drill_seen(record, subject) for record in drills):
        if drill.telling and drill.changes is not None:  # else its findings could not have been seen again
            done |= {(step.id, drill.scenario) for step in drill.steps}
            done |= {(line.place, drill.scenario) for line in drill.lines}
        if drill.telling or drill.corrected_verdict in TELLING:
            done |= {(f"{LACKS}/{step_id}", drill.scenario) for step_id in drill.corrected}
    return done | {(place, str(line["drill"] or "")) for place, line in looked_at(lines, subject)}


def _of_steps(drill: DrillSeen, others: Sequence[DrillSeen], subject: Subject) -> Iterator[Finding]:
    """What is wrong with the documented steps of one drill."""
    if not drill.telling:
        return
    told = {step.id: list(_of_lines(drill, step, others, subject)) for step in drill.steps}
    healing = [step for step in drill.steps if step.heals]
    for step in drill.steps:
        yield from told[step.id]
        if drill.verdict == "harmful" and step is (healing or drill.steps)[-1]:
            together = f"after {', '.join(one.id for one in drill.steps)}: {drill.why}"
            yield _whole(drill, step, Told(HARMFUL, together.rstrip("."), _seen(drill), Whose.UNTOLD), subject)
        elif drill.verdict == "not recovered" and step.heals and (not told[step.id] or drill.partial):
            kind = "partial" if drill.partial else "no-effect"
            yield _whole(drill, step, Told(kind, drill.why.rstrip("."), _seen(drill), Whose.UNTOLD), subject)


def _seen(drill: DrillSeen) -> str:
    """What the steps changed, where no rule says why that was in vain."""
    if drill.changes is None:
        return "nobody looked what the steps changed"
    changes = drill.changes
    said = [*changes.containers, *changes.images, *changes.files, *changes.git]
    if changes.removed:
        said.append(f"{len(changes.removed)} files removed")
    return f"the steps changed: {', '.join(said[:SEEN_MAX])}" if said else "the steps changed nothing on the host"


def _of_lines(drill: DrillSeen, step: StepSeen, others: Sequence[DrillSeen], subject: Subject) -> Iterator[Finding]:
    for line in step.lines:
        case = Case(drill, step, line, others)
        firsts = (next((told for rule in group if (told := rule(case))), None) for group in RULES)
        for told in filter(None, firsts):
            whole = _whole(drill, step, told, subject)
            yield replace(whole, id=f"{line.place}/{told.kind}", place=line.place, line=line.line, command=line.command)


def _whole(drill: DrillSeen, step: StepSeen, told: Told, subject: Subject) -> Finding:
    """A finding about a whole step."""
    named = tuple(one.id for one in subject.ours.corrections(step.id))
    return Finding(
        id=f"{step.id}/{told.kind}",
        kind=told.kind,
        step=step.id,
        place=step.id,
        file=step.file,
        line=step.line,
        command=step.commands,
        happened=told.happened,
        why=told.why,
        whose=told.whose,
        under=drill.scenario,
        corrected=drill.corrected or named,
        corrected_verdict=drill.corrected_verdict if drill.corrected else None,
    )


def _lacks(drill: DrillSeen, subject: Subject) -> Iterator[Finding]:
    """What the runbook has no step for, so that a drill could only run ours, or found nothing else to bring it back."""
    if drill.corrected_verdict not in TELLING or drill.verdict == "recovered":
        return
    for step in (subject.corrected(step_id) for step_id in drill.corrected):
        if fills_a_gap(step, subject.ours):
            yield Finding(
                id=f"{LACKS}/{step.id}",
                kind=LACKS,
                step=step.id,
                place=f"{LACKS}/{step.id}",
                file=step.file,
                line=step.line,
                command=" && ".join(step.commands.strip().splitlines()),
                happened=f"the runbook has nothing like it for: {drill.title.rstrip('.')}",
                why="none of its steps does what this one of ours does",
                whose=Whose.RUNBOOK,
                under=drill.scenario,
                corrected=drill.corrected,
                corrected_verdict=drill.corrected_verdict,
            )

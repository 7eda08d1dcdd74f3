"""What went wrong with one command of a mitigation, decided by what was measured. One rule, one function.

A rule says nothing where the measurements do not show its cause; what no rule explains has had no effect, and nobody
knows why. Of each group of `RULES` the first that tells is believed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drills.findings import commands
from drills.findings.finding import Whose
from drills.findings.seen import DrillSeen, LineSeen, StepSeen
from drills.host_state import PARSES, Changes

COMPOSE_KNOWS = ("recreated", "environment:", "memory limit:")
"""What an edit of the compose file would show in a container."""


@dataclass(frozen=True)
class Case:
    """One command of a documented step in one drill. `others`: the further drills of the run."""

    drill: DrillSeen
    step: StepSeen
    line: LineSeen
    others: Sequence[DrillSeen] = ()

    @property
    def before(self) -> tuple[LineSeen, ...]:
        """The commands that the same shell ran before this one."""
        lines = self.drill.lines
        return lines[: lines.index(self.line)]

    @property
    def after(self) -> tuple[LineSeen, ...]:
        """The commands that it ran after this one."""
        lines = self.drill.lines
        return lines[lines.index(self.line) + 1 :]


@dataclass(frozen=True)
class Told:
    """What a rule found: the kind, what happened, why, and who could mend it."""

    kind: str
    happened: str
    why: str
    whose: Whose


Rule = Callable[[Case], Told | None]


def hangs(case: Case) -> Told | None:
    """The command did not end by itself."""
    if not case.line.timed_out:
        return None
    return Told("hangs", "it did not end by itself", commands.last_words(case.line.output), Whose.UNTOLD)


def cannot_run(case: Case) -> Told | None:
    """The command, or what it imports, is not on the host."""
    line = case.line
    if not commands.cannot_run(line.exit_code, line.output):
        return None
    why = commands.last_words(line.output)
    return Told("cannot-run", f"it ended with exit code {line.exit_code}", why, Whose.DEPLOYMENT)


def misses_a_file(case: Case) -> Told | None:
    """A file that the command needs is not there."""
    if not commands.misses_file(case.line.output):
        return None
    return Told("missing-file", "what it needs is not there", commands.last_words(case.line.output), Whose.DEPLOYMENT)


def fails(case: Case) -> Told | None:
    """The command ended badly, for a reason that only its own words tell."""
    line = case.line
    if not line.exit_code:
        return None
    anonymous = commands.lacks_identity(line.output)
    whose = Whose.DEPLOYMENT if case.step.hint or anonymous else Whose.UNTOLD
    why = case.step.hint or commands.last_words(line.output)
    return Told("fails", f"it ended with exit code {line.exit_code}", why, whose)


def one_spelling_only(case: Case) -> Told | None:
    """A knob that is handed on, or honoured, under another spelling of its name than this one."""
    for name in commands.exported(case.line.command):
        if _reached(case.drill.changes, name):
            continue
        for other in _spellings(name, case):
            changes = case.drill.changes
            if changes and other in changes.passes and name not in changes.passes:
                why = f"the compose file passes {other}, and not {name}: two spellings of one knob"
                return Told("other-spelling", f"{name} reached no container", why, Whose.DEPLOYMENT)
            if _only_honoured(other, name, (case.drill, *case.others)):
                why = f"with {other} in the container the service recovers, with {name} in its place it does not"
                return Told("other-spelling", f"{name} reached no container", why, Whose.DEPLOYMENT)
    return None


def export_reaches_nothing(case: Case) -> Told | None:
    """A variable that was exported, and that no container got."""
    changes = case.drill.changes
    lost = [name for name in commands.exported(case.line.command) if changes and not _reached(changes, name)]
    if not lost or changes is None:
        return None
    happened = f"{', '.join(lost)} reached no container"
    if unpassed := [name for name in lost if name not in changes.passes]:
        why = f"the compose file does not pass {', '.join(unpassed)} to any service"
        return Told("never-reaches-a-container", happened, why, Whose.DEPLOYMENT)
    if any(commands.recreates(line.command) for line in case.after):
        return Told("never-reaches-a-container", happened, "what was seen does not tell why", Whose.UNTOLD)
    why = "an export stays in its shell; the compose file would pass it, with `docker-compose up -d`"
    return Told("never-reaches-a-container", happened, why, Whose.COMMAND)


def restart_keeps_environment(case: Case) -> Told | None:
    """A restart of the containers as they were made, after exports that were meant for them."""
    changes = case.drill.changes
    meant = [name for line in case.before for name in commands.exported(line.command)]
    if changes is None or not meant or not commands.restarts(case.line.command):
        return None
    restarted = [text.split()[0] for text in changes.containers if text.endswith(" restarted")]
    if not restarted or any(_reached(changes, name) for name in meant):
        return None
    happened = f"{', '.join(restarted)} restarted without {', '.join(meant)}"
    why = "a restart keeps the environment that the container was made with"
    return Told("keeps-the-old-environment", happened, why, Whose.COMMAND)


def appends_in_vain(case: Case) -> Told | None:
    """A line at the end of the compose file, which belongs to no service, or to nothing at all."""
    file, changes = commands.appends_to(case.line.command), case.drill.changes
    if file is None or changes is None or f"{file} changed" not in changes.files:
        return None
    if changes.compose != PARSES:
        why = f"docker-compose takes the file no more: {changes.compose[:200]}"
        return Told("breaks-the-compose-file", f"{file} changed and does not parse", why, Whose.COMMAND)
    if any(word in text for text in changes.containers for word in COMPOSE_KNOWS):
        return None
    why = "a line at the end of the file belongs to no service"
    return Told("changes-no-container", f"{file} changed and no container did", why, Whose.COMMAND)


def deletes_in_vain(case: Case) -> Told | None:
    """Files that were not there, or that no container sees."""
    patterns, changes = commands.removes(case.line.command), case.drill.changes
    if not patterns or changes is None:
        return None
    removed = [path for path in changes.removed if any(commands.matches(pattern, path) for pattern in patterns)]
    seen = [pattern for pattern in patterns if any(commands.covers(mount, pattern) for mount in changes.mounts)]
    if not removed:
        why = (
            f"nothing had a name like {', '.join(patterns)} under this fault"
            if seen
            else f"no container keeps its files there: they see {', '.join(changes.mounts) or 'nothing of the host'}"
        )
        return Told("deletes-nothing", "nothing was removed", why, Whose.UNTOLD if seen else Whose.DEPLOYMENT)
    if not seen:
        why = f"no container sees {', '.join(patterns)}: they see {', '.join(changes.mounts) or 'nothing of the host'}"
        return Told("wrong-side", f"{len(removed)} removed on the host only", why, Whose.DEPLOYMENT)
    return None


def deploys_nothing(case: Case) -> Told | None:
    """Files that went back, with containers that run on as before."""
    changes = case.drill.changes
    if changes is None or not commands.turns_back(case.line.command) or not (changes.git or changes.files):
        return None
    if any(text.rsplit(" ", 1)[-1] in ("recreated", "restarted") for text in changes.containers) or changes.images:
        return None
    happened = f"{', '.join((*changes.git, *changes.files)[:3])}; no container was made anew or restarted"
    return Told("deploys-nothing", happened, "it changes files, and nothing in these steps deploys them", Whose.COMMAND)


RULES: tuple[tuple[Rule, ...], ...] = (
    (
        hangs,
        cannot_run,
        misses_a_file,
        fails,
        one_spelling_only,
        export_reaches_nothing,
        restart_keeps_environment,
        appends_in_vain,
        deletes_in_vain,
    ),
    (deploys_nothing,),  # however it ended
)


def _reached(changes: Changes | None, name: str) -> bool:
    texts = changes.containers if changes else ()
    return any(name in text.partition(" environment: ")[2].split(", ") for text in texts)


def _spellings(name: str, case: Case) -> list[str]:
    """Other spellings of the knob: that the runbook exports, or that the compose file passes."""
    drills = (case.drill, *case.others)
    exported = {one for drill in drills for line in drill.lines for one in commands.exported(line.command)}
    passed = set(case.drill.changes.passes) if case.drill.changes else set()
    return sorted(other for other in exported | passed if commands.same_knob(name, other))


def _only_honoured(one: str, other: str, drills: Sequence[DrillSeen]) -> bool:
    """Whether corrected steps that differ in the spelling of this knob alone recovered from the same fault with `one`,
    and with `other` did not."""

    def knobs(drill: DrillSeen) -> set[str]:
        texts = drill.corrected_changes.containers if drill.corrected_changes else ()
        return {name for text in texts for name in text.partition(" environment: ")[2].split(", ") if name}

    with_one = [drill for drill in drills if drill.corrected_verdict == "recovered" and one in knobs(drill)]
    with_other = [drill for drill in drills if drill.corrected_verdict == "not recovered" and other in knobs(drill)]
    return any(
        well.fault == ill.fault and knobs(well) - {one} == knobs(ill) - {other} and one not in knobs(ill)
        for well in with_one
        for ill in with_other
    )

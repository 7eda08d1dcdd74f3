"""What the runbook lacks: steps of ours that act on something that the steps in whose place they stand leave alone."""

import re

from drills.findings.commands import removes
from drills.runbook.shell import segments
from drills.steps import Kind, Runbook, Step

_VERBS_OF_SERVICES = ("restart", "up", "start", "stop", "rm", "kill", "build", "pull")
_SETS = re.compile(r"(?:export\s+)?([A-Z][A-Z0-9_]+)=")


def fills_a_gap(step: Step, ours: Runbook) -> bool:
    """Whether the runbook has nothing for what this step of ours does, right or wrong.

    It brings back, or goes back, and none of those that it corrects does; or it names images, services, variables or
    files to remove, and these name others.
    """
    corrected = [ours.step(step_id) for step_id in step.corrects]
    if not any(one.kind in (Kind.MITIGATION, Kind.ROLLBACK) for one in corrected):
        return True
    if step.kind is Kind.ROLLBACK and all(one.kind is not Kind.ROLLBACK for one in corrected):
        return True
    theirs = [_acts_on(one) for one in corrected]
    for category, names in _acts_on(step).items():
        others = set().union(*(one[category] for one in theirs))
        if names and others and not names & others:
            return True
    return False


def _acts_on(step: Step) -> dict[str, set[str]]:
    """The images that a step tags, the services and variables that it names, the files that it removes."""
    images: set[str] = set()
    services: set[str] = set()
    variables: set[str] = set()
    files: set[str] = set()
    for line in step.lines:
        files |= set(removes(line.text))
        variables |= set(_SETS.findall(line.text))
        for part in segments(line.text):
            words = part.call
            if words[:2] == ("docker", "tag"):
                images |= {word.rpartition(":")[0] for word in words[2:]}
            if words[:1] == ("docker-compose",) and words[1:2] and words[1] in _VERBS_OF_SERVICES:
                services |= {word for word in words[2:] if not word.startswith("-")}
    return {"images": images, "services": services, "variables": variables, "files": files}

"""A finding: one command of the runbook that does not do what it says, and what is proven to do it."""

from dataclasses import dataclass
from enum import StrEnum

LACKS = "lacks"
"""Findings about what the runbook has not got are named lacks/STEP, after the step of ours that fills the gap."""


HARMFUL = "harmful"
"""A step that did harm; under another fault that is another harm."""


class Whose(StrEnum):
    """Who could mend it."""

    COMMAND = "the command itself is wrong"
    DEPLOYMENT = "the deployment could change it"
    RUNBOOK = "the runbook has no step for it"
    UNTOLD = "what was seen does not tell"


@dataclass(frozen=True)
class Finding:
    """What was found. `id`: stable, whatever file and line it stands at. `under`: the scenario or fault that showed it.

    `place`: the command by our names for it: step, or step#2 for the second command of several. `corrected`: the steps
    of ours that stand in its place, and how they ended: a drill's verdict, "informative"; None where they were not run.
    """

    id: str
    kind: str
    step: str
    place: str
    file: str
    line: int
    command: str
    happened: str
    why: str
    whose: Whose
    under: str
    corrected: tuple[str, ...] = ()
    corrected_verdict: str | None = None

    @property
    def proven(self) -> str:
        """What became of the corrected step, in words."""
        if not self.corrected:
            return "no corrected step"
        return f"corrected: {', '.join(self.corrected)} {self.corrected_verdict or 'not run'}"

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        return f"{self.happened}; {self.why} ({self.whose.value}); {self.proven}"

    def as_json(self) -> dict[str, object]:
        """An element of the findings of a drill in run.json."""
        return {
            "step": self.step,
            "text": self.sentence,
            "id": self.id,
            "kind": self.kind,
            "file": self.file,
            "line": self.line,
            "command": self.command,
            "happened": self.happened,
            "why": self.why,
            "whose": self.whose.value,
            "corrected": list(self.corrected),
            "corrected_verdict": self.corrected_verdict,
        }

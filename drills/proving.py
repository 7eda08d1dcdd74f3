"""What a run of drills proves: which runbook, and what of its verdicts ends the run badly."""

import difflib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from drills.bench.process import BenchError
from drills.diagnostics import LookBlock, blocks_of, blocks_of_theirs, by_fault
from drills.findings.file import FINDINGS_FILE, FindingsFile, FindingsFileError, load_findings
from drills.findings.standing import EXCUSED
from drills.runbook.accounting import account_for
from drills.runbook.scenarios import ScenarioSourceError, drills_of_steps
from drills.steps import RunbookError, load_runbook
from drills.verified import Subject

DRILL_WORDS = ("harmful", "not recovered", "not detected", "inconclusive", "self-healed")
STEP_WORDS = ("harmful", "no effect", "partial", "fails", "blind", "unaccounted", "pending")
WORDS = tuple(dict.fromkeys([*DRILL_WORDS, *STEP_WORDS]))
DEFAULT_FAIL_ON = "harmful,not recovered,not detected,inconclusive,unaccounted"


class ProvingError(BenchError):
    """The run cannot be made as it was asked for; the text says what to give."""


@dataclass(frozen=True)
class Policy:
    """The verdicts with which a run fails. A drill that does not end as its scenario expects is judged by its own."""

    fail_on: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """The policy of a list with commas. Raises ProvingError for a word that is no verdict, with the nearest."""
        words = [word.strip() for word in text.split(",") if word.strip()]
        for word in words:
            if word not in WORDS:
                near = difflib.get_close_matches(word, WORDS, n=1)
                mend = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(WORDS)}"
                raise ProvingError(f"--fail-on: {word!r} is no verdict; {mend}")
        return cls(frozenset(words))

    def failing(
        self, steps: Iterable[Mapping[str, object]], excused: Set[str] = frozenset()
    ) -> list[Mapping[str, object]]:
        """The steps whose verdict fails the run. `excused`: ids of those about which a finding is known."""

        def passed_over(step: Mapping[str, object]) -> bool:
            return step.get("id") in excused and step["verdict"] in EXCUSED

        return [step for step in steps if step["verdict"] in self.fail_on and not passed_over(step)]


def read_subject(path: Path | None) -> Subject:
    """The runbook that is proven: ours, or a user's matched to ours. Raises ProvingError."""
    try:
        ours = load_runbook()
        if path is None:
            return Subject(ours)
        theirs = load_runbook(path, ids_required=False)
        return Subject(ours, theirs, account_for(theirs, ours, drills_of_steps()))
    except (RunbookError, ScenarioSourceError) as error:
        raise ProvingError(str(error)) from None
    except SyntaxError as error:  # of a drill, from whose source it is read which steps it runs
        raise ProvingError(
            f"{error.filename}:{error.lineno}: the drill cannot be read ({error.msg}): mend it."
        ) from None


def read_findings(path: Path | None) -> FindingsFile:
    """The known findings: ours, or those of a file. Raises ProvingError."""
    try:
        return load_findings(path or FINDINGS_FILE)
    except FindingsFileError as error:
        raise ProvingError(str(error)) from None


def looks(subject: Subject) -> Mapping[str, Sequence[LookBlock]]:
    """The diagnostics of the runbook that is proven, by the fault that they are about."""
    blocks = blocks_of(subject.ours) if subject.accounting is None else blocks_of_theirs(subject.accounting)
    return by_fault(blocks)

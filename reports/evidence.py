"""What a run leaves behind: its folder, from the first moment of the run to the seal."""

import platform
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from checks.result import CheckResult as Outcome
from checks.target import Target
from reports.allure_files import ENVIRONMENT, EXECUTOR, environment_properties, executor_json
from reports.coverage_record import Coverage
from reports.drill_record import DrillRecord
from reports.folder import EvidenceError, EvidenceFolder
from reports.load_record import LoadRow
from reports.record import CheckResult, Kind, Reason, Record, write_atomically
from reports.step_record import StepVerdict, SymptomSeen

_ROOM_BYTES = 4 << 20


@dataclass(frozen=True)
class Subject:
    """What a run was about: the target, what is deployed there, and where."""

    target: str
    deployment: str
    environment: str

    @classmethod
    def of(cls, target: Target) -> "Subject":
        """The subject of a run of the checks."""
        return cls(target.name, target.description or target.name, target.environment)


@dataclass(frozen=True)
class RunEvidence:
    """The folder of one run, how many smoke runs to keep, and when this one began."""

    folder: EvidenceFolder
    kind: Kind
    keep: int
    started_at: datetime

    @classmethod
    def begin(cls, root: Path, kind: Kind, keep: int, now: datetime) -> "RunEvidence":
        """Makes the folder. Raises EvidenceError where it cannot, and where the disk has no room for what follows."""
        evidence = cls(EvidenceFolder.open(root, kind, now), kind, keep, now)
        if shutil.disk_usage(evidence.folder.path).free < _ROOM_BYTES:
            evidence.discard()
            raise EvidenceError(f"{root} is on a disk with less than {_ROOM_BYTES >> 20} MiB free: make room there.")
        return evidence

    def record(
        self,
        subject: Subject,
        now: datetime,
        *,
        outcomes: Iterable[Outcome] = (),
        drills: Iterable[DrillRecord] = (),
        load: Iterable[LoadRow] = (),
        steps: Iterable[StepVerdict] = (),
        symptoms: Iterable[SymptomSeen] = (),
        coverage: Coverage | None = None,
    ) -> Record:
        """The record of this run."""
        return Record(
            run_id=self.folder.run_id,
            kind=self.kind,
            started_at=self.started_at,
            finished_at=now,
            target=subject.target,
            deployment=subject.deployment,
            environment=subject.environment,
            checks=tuple(_recorded(outcome) for outcome in outcomes),
            drills=tuple(drills),
            load=tuple(load),
            steps=tuple(steps),
            symptoms=tuple(symptoms),
            coverage=coverage,
        )

    def seal(self, record: Record, api: str, redact: Callable[[str], str]) -> None:
        """Writes the record and what Allure says of the run, and seals the folder. `api`: the address that was asked.

        Raises EvidenceError or OSError.
        """
        prober = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        facts = {"target": record.target, "deployment": record.deployment, "api": api, "prober": prober}
        if record.load_profiles:
            facts["load profile"] = ", ".join(record.load_profiles)
        results = self.folder.allure_results
        write_atomically(results / ENVIRONMENT, redact(environment_properties(facts)))
        write_atomically(results / EXECUTOR, executor_json(f"FinChat {self.kind} run", self.folder.run_id))
        self.folder.finish(record, redact, self.keep)

    def discard(self) -> None:
        """Remove the folder of a run that did not come to its checks."""
        shutil.rmtree(self.folder.path, ignore_errors=True)


def _recorded(outcome: Outcome) -> CheckResult:
    reason = outcome.reason
    said = Reason(reason.code, reason.text, str(outcome.section or ""), reason.caused_by) if reason else None
    return CheckResult(
        id=outcome.id,
        severity=outcome.severity.value,
        outcome=outcome.outcome.value,
        duration_s=outcome.duration_s,
        reason=said,
        title=outcome.title,
        retried=outcome.note is not None,
    )

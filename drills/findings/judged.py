"""The findings of one run of drills: how they stand, and their place in the drills' records."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime

from drills.bench.options import Choice
from drills.findings.file import FindingsFile
from drills.findings.finding import Finding
from drills.findings.found import exercised, findings_of
from drills.findings.standing import Standing, standings
from drills.recorded import Record
from drills.verified import Subject


def findings_of_run(
    drills: Sequence[Record],
    lines: Sequence[Record],
    subject: Subject,
    choice: Choice,
    known: FindingsFile | None,
    today: date | None = None,
) -> list[Standing]:
    """How every finding of the run stands; nothing where no file says what is known."""
    if known is None:
        return []
    found = findings_of(drills, lines, subject)
    done = exercised(drills, lines, subject)
    return standings(found, known, done, today or datetime.now(UTC).date(), deployment_of(choice))


def deployment_of(choice: Choice) -> str:
    """The name of what is deployed: "reference" for ours as it is, else what the command line says."""
    return " ".join(str(one) for one in astuple(choice) if one) or "reference"


def with_findings(drills: Sequence[Record], stands: Sequence[Standing]) -> list[Record]:
    """The records with the findings that each shows, as far as they are about a drill."""
    found = [(one.finding, one) for one in stands if one.finding is not None]
    return [{**record, "findings": list(_of(record, found))} if found else record for record in drills]


def _of(record: Record, found: Sequence[tuple[Finding, Standing]]) -> Iterator[dict[str, object]]:
    own = [(finding, stands) for finding, stands in found if finding.under == record["scenario"]]
    yield from ({**finding.as_json(), **stands.as_json()} for finding, stands in own)
    told = {finding.step for finding, _ in own}
    # What the drill itself says of a step that no finding is about, such as one of ours that failed.
    written = record.get("findings")
    yield from (one for one in (written if isinstance(written, list) else []) if one["step"] not in told)

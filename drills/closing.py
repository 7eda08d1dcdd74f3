"""What a run of drills ends with beside its verdicts: the matrix, the gaps, and where the time went."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from drills.catalogue import Entry, catalogue
from drills.gaps import Gap, examples_of, gap_lines, gaps_of, load_known
from drills.matrix import Matrix, matrix_of
from drills.matrix_text import matrix_lines
from drills.overhead import Overhead, overhead_line, overhead_of
from drills.recorded import Record
from drills.severities import severities
from drills.steps import Runbook


@dataclass(frozen=True)
class Closing:
    """`whole`: every scenario of the catalogue came to an end in this run, or cannot be proven on its target."""

    matrix: Matrix
    gaps: tuple[Gap, ...]
    overhead: Overhead
    whole: bool

    @property
    def failing(self) -> tuple[str, ...]:
        """The P0 and P1 checks that no drill turned red: only where all drills were run could one have."""
        return self.matrix.unproven_urgent if self.whole else ()

    def lines(self) -> list[str]:
        """For the terminal."""
        lines = [*matrix_lines(self.matrix), *(gap_lines(self.gaps) if self.whole else ())]
        if self.whole and not self.matrix.faults:
            lines += ["", "no drill of this run says what each check saw: there is no matrix, and nothing is unproven"]
        if self.failing:
            lines += ["", f"the run fails: no drill proves that {', '.join(self.failing)} can go red"]
        spent = overhead_line(self.overhead)
        return [*lines, "", spent] if spent else lines

    def as_json(self) -> dict[str, object]:
        """The fields of run.json that it adds."""
        return {
            "matrix": asdict(self.matrix),
            "gaps": [asdict(gap) for gap in self.gaps],
            "overhead": asdict(self.overhead),
        }


def closing_of(
    records: Sequence[Record],
    runbook: Runbook,
    entries: Sequence[Entry] | None = None,
    not_here: Collection[str] = (),
) -> Closing:
    """The closing of a run. `entries`: the catalogue, unless a test gives another. `not_here`: the ids of those that
    the target gives no way to prove."""
    entries = catalogue() if entries is None else entries
    ended = {str(record["scenario"]) for record in records} | set(not_here)
    known = load_known()
    return Closing(
        matrix_of(records, severities()),
        tuple(gaps_of(examples_of(runbook.document.lines, known), known, entries)),
        overhead_of(records),
        bool(entries) and all(entry.scenario.id in ended for entry in entries),
    )

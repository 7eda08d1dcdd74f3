"""A part of a run, as a run of its own: for what is judged stage by stage. Pure."""

import msgspec

from load.offered import due_s
from load.plan import Plan, PlannedStage
from load.records import Records


def part(records: Records, plan: Plan, stage: PlannedStage) -> tuple[Records, Plan]:
    """A copy of the records due in this stretch, those of the generator's endpoint too, and the plan of it alone."""
    due = due_s(plan, records)
    within = (due >= stage.from_s) & (due < stage.to_s)
    return records[within], msgspec.structs.replace(plan, stages=(stage,))

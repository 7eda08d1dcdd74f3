"""Which of the collected checks this run can do, and in plain words why not the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from checks.sweep import Probe
from checks.target import Target


@dataclass(frozen=True)
class Wants:
    """What a check reads: its probes, and keys of the target file ("metrics.cache_hits") that must be set for it."""

    id: str
    probes: Sequence[Probe]
    keys: Sequence[str] = ()

    def lacking(self, target: Target) -> str | None:
        """What the target has not got of that, in words; None where it has all."""
        for probe in self.probes:
            if why := probe.missing(target):
                return why
        return next((f"names no {key}" for key in self.keys if not _value(target, key)), None)


@dataclass
class Selection:
    """The ids that run, and the ids left out by reason: deselected and said, never silently skipped."""

    chosen: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, check_id: str, why: str) -> None:
        self.left_out.setdefault(why, []).append(check_id)

    def lines(self) -> list[str]:
        """One line for each reason, for the head of the run."""
        return [f"not run: {', '.join(ids)} ({why})" for why, ids in self.left_out.items()]


def select(checks: Iterable[Wants], target: Target, access: frozenset[str], max_paid_calls: int) -> Selection:
    """Choose among checks, in the order given.

    A check is left out where the target has not got what it looks at, where its access was not granted, and where the
    questions that it asks would cost more than the budget; a question that is asked anyway is counted once.
    """
    selection, paid, left = Selection(), set[str](), max_paid_calls
    for check in checks:
        barred = next((probe.access for probe in check.probes if probe.access not in access), None)
        price = (
            sum(probe.paid_calls for probe in check.probes if probe.name not in paid) if target.questions_cost else 0
        )
        if lacking := check.lacking(target):
            selection.leave_out(check.id, f"the target {lacking}")
        elif barred:
            selection.leave_out(check.id, f"needs --access {barred}")
        elif price > left:
            selection.leave_out(check.id, f"costs money, --max-paid-calls is {max_paid_calls}")
        else:
            left -= price
            paid |= {probe.name for probe in check.probes if probe.paid_calls}
            selection.chosen.append(check.id)
    return selection


def _value(target: Target, key: str) -> object:
    value: object = target
    for name in key.split("."):
        value = getattr(value, name, None)
    return value

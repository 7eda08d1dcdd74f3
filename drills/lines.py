"""How drills are shown on a terminal: a table at the end, and a line for each that did not go as it should."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from drills.aligned import aligned
from drills.recorded import Record

HEAD = ("scenario", "verdict", "noticed by", "TTD", "TTR", "findings")
REPEATED_HEAD = ("scenario", "n", "verdict", "noticed by", "TTD median (range)", "TTR median (range)", "findings")

FINDINGS = ("blind", "fails", "harmful", "no effect", "partial", "unaccounted")
"""Verdicts on a step that somebody has to do something about."""


def table(records: Sequence[Record]) -> list[str]:
    """One line a drill, aligned, with a head; one a scenario where one was run more than once.

    TTD and TTR are machine time: no person's reaction is in them.
    """
    runs: dict[str, list[Record]] = {}
    for record in records:
        runs.setdefault(str(record["scenario"]), []).append(record)
    if len(runs) < len(records):
        return aligned([REPEATED_HEAD, *(_repeated_row(of_one) for of_one in runs.values())])
    return aligned([HEAD, *(_row(record) for record in records)])


def drill_line(record: Record) -> str:
    """Why a drill did not end as its scenario expects."""
    return f"{record['scenario']}: {record['verdict']}, expected {record['expected']}. {record['why']}"


def ended_line(record: Record) -> str:
    """That a drill has ended, and how."""
    times = (("noticed after", "time_to_detect_s"), ("back after", "time_to_recover_s"))
    said = [f"{word} {_seconds(record[key])}" for word, key in times if record.get(key) is not None]
    return ", ".join([f"{record['scenario']}: {record['verdict']}", *said])


def ablation_lines(record: Record) -> list[str]:
    """What a mitigation did when its lines were left out, run twice or stopped midway."""
    answers = record.get("ablation")
    told = answers if isinstance(answers, list) else []
    return [f"{record['scenario']}: {one['answer']}: {_asked(one)}: {one['why']}" for one in told]


def _asked(one: Record) -> str:
    return "the whole twice" if one["question"] == "twice" else f"line {one['line']} `{one['command']}`"


def runbook_lines(steps: Sequence[Record], failing: Sequence[Record]) -> list[str]:
    """How many command lines of the runbook have which verdict, and those that are a finding, with why."""
    if not steps:
        return []
    counts = Counter(str(step["verdict"]) for step in steps)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    lines = [f"{steps[0]['file']}: {len(steps)} command lines: {counted}"]
    shown = [step for step in steps if step["verdict"] in FINDINGS or step in failing]
    return [*lines, *(f"{step['file']}:{step['line']}: {step['verdict']}: {step['why']}" for step in shown)]


def _row(record: Record) -> tuple[str, ...]:
    return (
        str(record["scenario"]),
        str(record["verdict"]),
        str(record["detected_by"]) if record["noticed"] else "-",
        _seconds(record["time_to_detect_s"]),
        _seconds(record["time_to_recover_s"]),
        _findings([record]),
    )


def _repeated_row(records: Sequence[Record]) -> tuple[str, ...]:
    verdicts = Counter(str(record["verdict"]) for record in records)
    said = next(iter(verdicts)) if len(verdicts) == 1 else ", ".join(f"{n} {word}" for word, n in verdicts.items())
    noticed = dict.fromkeys(str(record["detected_by"]) if record["noticed"] else "-" for record in records)
    return (
        str(records[0]["scenario"]),
        str(len(records)),
        said,
        ", ".join(noticed),
        _median(record["time_to_detect_s"] for record in records),
        _median(record["time_to_recover_s"] for record in records),
        _findings(records),
    )


def _median(values: Iterable[object]) -> str:
    """The median and the range of those that there are; how many these are where some are missing."""
    all_ = list(values)
    times_s = [float(value) for value in all_ if isinstance(value, int | float)]
    if not times_s:
        return "-"
    missing = f", {len(times_s)} of {len(all_)}" if len(times_s) < len(all_) else ""
    return f"{statistics.median(times_s):.2f} s ({min(times_s):.2f}-{max(times_s):.2f} s{missing})"


def _findings(records: Iterable[Record]) -> str:
    """How many findings; those of one scenario, run more than once, are the same ones."""
    counts = [len(found) for record in records if isinstance(found := record["findings"], list)]
    return str(max(counts)) if counts else "-"


def _seconds(value: object) -> str:
    return f"{value:.2f} s" if isinstance(value, int | float) else "-"

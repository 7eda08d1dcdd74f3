"""The accounting as text for a terminal."""

from collections.abc import Iterator, Sequence

from drills.runbook.accounting import Account, Accounting
from drills.runbook.lint import Finding

COMMAND_CHARS_MAX = 60


def lines_of(accounting: Accounting, findings: Sequence[Finding]) -> Iterator[str]:
    """The table of commands, the forms, the findings and the counts, line by line."""
    rows = [("line", "command", "step", "kind", "accounted for by")]
    for row in accounting.rows:
        prefix = "" if row.account is Account.STEP else f"{row.account}: "
        step = row.ours.step.id if row.ours else f"({row.theirs.id})"
        rows.append((str(row.line), _short(row.command), step, str(row.kind), f"{prefix}{row.by}"))
    yield from _aligned(rows) if accounting.rows else ["There is no shell block with a command in it."]
    if accounting.templates:
        yield ""
        yield from _aligned(
            [("line", "form", "filled by")]
            + [
                (str(form.line), form.name or _short(form.section), form.document or "no document of ours is like it")
                for form in accounting.templates
            ]
        )
    if findings:
        yield ""
        yield from (printable(finding.sentence) for finding in findings)
    yield ""
    yield f"{accounting.counts.sentence}; {len(findings)} finding{'s' * (len(findings) != 1)} in the text."


def printable(text: str) -> str:
    """`text` in one line, without what a terminal would obey."""
    return "".join(char if char.isprintable() else " " if char in "\n\t" else "\ufffd" for char in text)


def _short(text: str) -> str:
    one = printable(" ".join(text.split()))
    return one if len(one) <= COMMAND_CHARS_MAX else f"{one[: COMMAND_CHARS_MAX - 3]}..."


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(printable(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

"""A comparison as lines of text: one line a call, and below it what the generator was worth. Pure."""

from collections.abc import Iterator

from load.compared import Change, Comparison, Row

_WIDTHS = (16, 11, 10, 10, 27, 8)


def lines_of(found: Comparison) -> Iterator[str]:
    """The table, with the two builds named above it and the verdict below."""
    yield f"A, the old build: {found.a}"
    yield f"B, the new build: {found.b}"
    yield f"{found.pairs} pairs of blocks of {found.block_s:g} s in turn (A B B A), {found.rate_per_s:g} requests/s"
    yield _line(("call", "measure", "A", "B", "B / A (95 % limits)", "p"), "verdict")
    for row in found.rows:
        limits = f"{row.ratio:.3f} ({_number(row.lower)} .. {_number(row.upper)})" if row.ratio is not None else "-"
        p = "-" if row.p is None else f"{row.p:.3f}" if row.p >= 0.001 else "<0.001"
        measured = (_measured(row, row.a), _measured(row, row.b))
        yield _line((row.endpoint, row.measure, *measured, limits, p), row.verdict)
        if row.verdict is not Change.NO_REGRESSION and not found.why:
            yield f"  {row.why}"
    generator = found.generator
    yield (
        f"the generator's own error: p50 {_ms(generator.own_error_p50_s)}, p99 {_ms(generator.own_error_p99_s)}; "
        f"sent late by p99 {_ms(generator.lag_p99_s)}; made {generator.made} of {generator.planned} requests"
    )
    yield found.words


def _line(columns: tuple[str, ...], verdict: str) -> str:
    return " ".join(text.ljust(width) for text, width in zip(columns, _WIDTHS, strict=True)) + f" {verdict}"


def _measured(row: Row, value: float | None) -> str:
    if value is None:
        return "-"
    return _ms(value) if row.measure == "p95" else f"{value:.2%}".replace("%", " %")


def _ms(value_s: float | None) -> str:
    return "not measured" if value_s is None else f"{value_s * 1000:.1f} ms"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.3f}"

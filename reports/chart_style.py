"""The colours of a chart, on a light and on a dark ground, and the patterns that tell apart without colour."""

COLOURS = 8
"""The colours of lines and bars, c0 to c7: told apart by who does not tell red from green (after Okabe and Ito)."""
DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4")
"""For lines; the first is whole."""
HATCHES = 3
"""Patterns for bars, h0 to h2; the first is plain."""

STYLE = """
svg { --ground: #ffffff; --ink: #1d2430; --soft: #5b6675; --line: #dfe3e9; --edge: #9aa3af; --fault: #b3261e;
  --well: #1f7a4a; --band: #b3261e; --stripe: #ffffff; --c0: #0063a8; --c1: #c24a00; --c2: #007d5c; --c3: #a03a86;
  --c4: #8a6500; --c5: #0a7f9e; --c6: #5b4bb5; --c7: #4d5a68; }
@media (prefers-color-scheme: dark) { svg { --ground: #161b22; --ink: #e4e8ee; --soft: #9aa5b3; --line: #2c343e;
  --edge: #5d6875; --fault: #ff8278; --well: #58c48a; --band: #ff8278; --stripe: #161b22; --c0: #5aa9e6; --c1: #ff8f50;
  --c2: #3ecf9f; --c3: #ea94cd; --c4: #e0b63a; --c5: #63d0ee; --c6: #a99bf5; --c7: #a9b4c2; } }
text { font: 12px system-ui, sans-serif; fill: var(--ink); paint-order: stroke; stroke: var(--ground);
  stroke-width: 3px; stroke-linejoin: round; }
.small { font-size: 11px; } .soft { fill: var(--soft); font-size: 11px; } .title { font-size: 14px; font-weight: 600; }
.head { font-weight: 600; } .note { font-size: 14px; fill: var(--soft); }
.grid { stroke: var(--line); } .edge { stroke: var(--edge); fill: none; }
.band { fill: var(--band); opacity: .09; }
.curve { fill: none; stroke-linejoin: round; stroke-linecap: round; }
.limit { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 8 4; }
.lead { stroke: var(--ink); opacity: .6; stroke-dasharray: 1 3; }
.mark { stroke: var(--ink); stroke-dasharray: 3 3; opacity: .75; }
.mark.stage { stroke: var(--soft); opacity: .55; } .mark.fault { stroke: var(--fault); stroke-width: 1.5; }
.mark.recovered { stroke: var(--well); stroke-width: 1.5; }
""".strip()


def colour(number: int) -> str:
    """The colour of that number as CSS has it; after the last they begin again."""
    return f"var(--c{number % COLOURS})"


def dash(number: int) -> str:
    """The dash pattern of that number; after the last they begin again."""
    return DASHES[number % len(DASHES)]


def hatches() -> str:
    """The definitions of the patterns for bars."""
    stripe = '<rect width="{0}" height="7" style="fill: var(--stripe)" opacity=".6"/>'
    turned = 'width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate({0})"'
    parts = [
        f'<pattern id="hatch-{number}" {turned.format(90 * number - 135)}>{stripe.format(3)}</pattern>'
        for number in range(1, HATCHES)
    ]
    return f"<defs>{''.join(parts)}</defs>"

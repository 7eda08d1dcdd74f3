"""The lines, the bars and the texts of a chart, as SVG. Pure."""

from collections.abc import Iterator, Sequence

from reports.chart_parts import Band, Bars, Frame, Line
from reports.chart_style import HATCHES, colour, dash
from reports.chart_text import xml


def line_svg(frame: Frame, line: Line) -> Iterator[str]:
    """The line in its panel, and a triangle at the upper edge wherever it is lost."""
    if d := _path(frame, line):
        yield (
            f'<path class="curve" style="stroke: {colour(line.colour)}" stroke-width="{line.thick:g}" '
            f'stroke-dasharray="{dash(line.dash)}" d="{d}"><title>{xml(line.label)}</title></path>'
        )
    if line.lost:
        d = "".join(_triangle(frame.x(at), frame.top + 8) for at in line.lost)
        yield f'<path style="fill: {colour(line.colour)}" d="{d}"><title>{xml(line.label)}: no answer</title></path>'


def bars_svg(frame: Frame, all_bars: Sequence[Bars]) -> Iterator[str]:
    """The bars, those of one place on each other."""
    below: dict[float, float] = {}
    for bars in all_bars:
        rects = []
        for at, count in bars.points:
            if count > 0:
                begin, end = frame.x(at), frame.x(at + bars.wide)
                foot = below.get(at, 0.0)
                y, y_foot = frame.y(foot + count), frame.y(foot)
                below[at] = foot + count
                gap = 1.0 if end - begin > 4 else 0.0
                rects.append(f"M{begin:.1f} {y_foot:.1f}V{y:.1f}H{end - gap:.1f}V{y_foot:.1f}z")
        yield from _filled("".join(rects), bars.colour, bars.label)


def key_svg(one: Line | Bars | Band | None, x: float, y: float) -> str:
    """What stands before its name in the legend. None: the triangle of a line that is lost."""
    if one is None:
        return f'<path style="fill: var(--ink)" d="{_triangle(x + 14, y + 4)}"/>'
    box = f"M{x + 4:.1f} {y - 6:g}h18v12h-18z"
    if isinstance(one, Band):
        return f'<path class="band" style="opacity: .3" d="{box}"/>'
    if isinstance(one, Bars):
        return "".join(_filled(box, one.colour, one.label))
    return (
        f'<path class="curve" style="stroke: {colour(one.colour)}" stroke-width="{one.thick:g}" '
        f'stroke-dasharray="{dash(one.dash)}" d="M{x:.1f} {y:g}h26"/>'
    )


def text_svg(text: str, x: float, y: float, kind: str, anchor: str = "start", soft: str = "") -> str:
    """The text from, around or to this x. `kind`: classes of chart_style's; `soft`: what follows it, paler."""
    after = f' <tspan class="soft">{xml(soft)}</tspan>' if soft else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{xml(text)}{after}</text>'


def rule_svg(kind: str, begin: tuple[float, float], end: tuple[float, float], label: str = "") -> str:
    """A straight line between two places. `label`: what a reader sees who points at it."""
    place = f'x1="{begin[0]:.1f}" x2="{end[0]:.1f}" y1="{begin[1]:.1f}" y2="{end[1]:.1f}"'
    tip = f"<title>{xml(label)}</title>" if label else ""
    return f'<line class="{xml(kind)}" {place}>{tip}</line>'


def _triangle(x: float, y: float) -> str:
    return f"M{x - 4:.1f} {y:.1f}h8l-4 -7z"


def _filled(d: str, number: int, label: str) -> Iterator[str]:
    if d:
        yield f'<path class="bars" style="fill: {colour(number)}" d="{d}"><title>{xml(label)}</title></path>'
        if number % HATCHES:
            yield f'<path fill="url(#hatch-{number % HATCHES})" pointer-events="none" d="{d}"/>'


def _path(frame: Frame, line: Line) -> str:
    stretches: list[list[tuple[float, float]]] = [[]]
    for at, value in line.points:
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append((frame.x(at), frame.y(value)))
    return "".join(_stretch(stretch, line.step) for stretch in stretches if stretch)


def _stretch(points: Sequence[tuple[float, float]], step: bool) -> str:
    (x, y), *others = points
    if not others:  # a point alone would be a dot that nobody sees
        return f"M{x - 3:.1f} {y:.1f}h6"
    draw = "H{0:.1f}V{1:.1f}" if step else "L{0:.1f} {1:.1f}"
    return f"M{x:.1f} {y:.1f}" + "".join(draw.format(*other) for other in others)

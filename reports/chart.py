"""A chart as SVG. Its parts are chart_parts's, its colours chart_style's. Pure."""

from collections.abc import Iterator, Sequence

from reports.chart_lines import bars_svg, key_svg, line_svg, rule_svg, text_svg
from reports.chart_parts import Band, Bars, Chart, Frame, Line, Mark
from reports.chart_style import STYLE, hatches
from reports.chart_text import LINE, rows_of, short, spread, width, wrapped, xml

WIDTH, LEFT, RIGHT, RIGHT_MAX = 1000.0, 78.0, 24.0, 320.0
LABEL_SIGNS_MAX = 44
MARK_ROWS_MAX = 7
_HEAD, _FOOT, _BETWEEN = 22.0, 44.0, 16.0
_TICK_Y, _TICKS_MAX = 24.0, 9
_LOST = "the call of that rank failed"


def svg(chart: Chart) -> str:
    """The picture."""
    wide = [width(short(level.label, LABEL_SIGNS_MAX), 11) + 22 for panel in chart.panels for level in panel.levels]
    right = WIDTH - min(max([RIGHT, *wide]), RIGHT_MAX)
    legend, y = _legend(chart, 60.0)
    marks, y = _mark_labels(chart, right, y)
    frames: list[Frame] = []
    for panel in chart.panels:
        frames.append(Frame(chart, panel, LEFT, right, y + _HEAD))
        y = frames[-1].bottom + _BETWEEN
    bottom, height = frames[-1].bottom, frames[-1].bottom + _FOOT
    place = f'width="{WIDTH:g}" height="{height:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {place} viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-label="{xml(f"{chart.title}. {chart.said}")}">',
        f"<style>{STYLE}</style>",
        hatches(),
        f'<rect {place} style="fill: var(--ground)"/>',
        text_svg(short(chart.title, 110), 12, 22, "title"),
        text_svg(short(chart.subtitle, 150), 12, 40, "soft"),
        *(part for frame in frames for part in _ground(frame)),
        *_mark_lines(frames, marks),
        *(part for frame in frames for part in _plot(frame)),
        *(text for _, _, text in marks),
        *(text_svg(word, frames[-1].x(at), bottom + 17, "soft", "middle") for at, word in frames[-1].x_ticks()),
        text_svg(chart.x_title, (LEFT + right) / 2, bottom + 36, "soft", "middle"),
        *legend,
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _ground(frame: Frame) -> Iterator[str]:
    panel = frame.panel
    size = f'height="{panel.height:g}"'
    for band in frame.chart.bands:
        begin, end = frame.x(band.begin), frame.x(band.end)
        place = f'x="{begin:.1f}" y="{frame.top:g}" width="{end - begin:.1f}" {size}'
        yield f'<rect class="band" {place}><title>{xml(band.label)}</title></rect>'
    for value, word in panel.y.ticks(min(int(panel.height // _TICK_Y), _TICKS_MAX)):
        y = frame.y(value)
        yield rule_svg("grid", (frame.left, y), (frame.right, y))
        yield text_svg(word, frame.left - 8, y + 4, "soft", "end")
    for value, _ in frame.x_ticks():
        yield rule_svg("grid", (frame.x(value), frame.top), (frame.x(value), frame.bottom))
    yield f'<rect class="edge" x="{frame.left:g}" y="{frame.top:g}" width="{frame.right - frame.left:.1f}" {size}/>'


def _plot(frame: Frame) -> Iterator[str]:
    yield text_svg(short(frame.panel.title, 100), frame.left, frame.top - 7, "head")
    yield from bars_svg(frame, frame.panel.bars)
    for line in frame.panel.lines:
        yield from line_svg(frame, line)
    yield from _levels(frame)
    if frame.panel.note:
        yield text_svg(
            frame.panel.note, (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, "note", "middle"
        )


def _levels(frame: Frame) -> Iterator[str]:
    levels = frame.panel.levels
    heights = [frame.y(level.at) for level in levels]
    for level, y, label_y in zip(levels, heights, spread(heights, frame.top, frame.bottom), strict=True):
        begin, end = (frame.x(one) for one in level.span) if level.span else (frame.left, frame.right)
        yield rule_svg("limit", (begin, y), (end, y), level.label)
        yield rule_svg("lead", (end, y), (frame.right, y)) if end < frame.right else ""
        yield rule_svg("lead", (frame.right, y), (frame.right + 12, label_y))
        yield text_svg(short(level.label, LABEL_SIGNS_MAX), frame.right + 15, label_y + 4, "small level")


def _mark_labels(chart: Chart, right: float, top: float) -> tuple[list[tuple[Mark, float, str]], float]:
    """For each mark where its line begins and its label, and where the panels may begin."""
    marks = sorted(chart.marks, key=lambda mark: mark.at)
    labels = [(short(mark.label, LABEL_SIGNS_MAX), chart.x.word(round(mark.at, 1))) for mark in marks]
    xs = [LEFT + (right - LEFT) * chart.x.place(mark.at) for mark in marks]
    wide = [width(f"{label} {when}") for label, when in labels]
    places = rows_of(list(zip(xs, wide, strict=True)), LEFT, WIDTH - 4, MARK_ROWS_MAX)
    bottom = top + LINE * (1 + max((place.row for place in places if place), default=-1))
    found = []
    for mark, (label, when), x, place in zip(marks, labels, xs, places, strict=True):
        if place is None:
            found.append((mark, bottom + _HEAD, ""))
            continue
        anchor, at = ("start", place.left) if place.left > x else ("end", place.right)
        y = top + place.row * LINE
        found.append((mark, y + 2, text_svg(label, at, y + 11, "moment", anchor, when)))
    return found, bottom


def _mark_lines(frames: Sequence[Frame], marks: Sequence[tuple[Mark, float, str]]) -> Iterator[str]:
    for mark, top, _ in marks:
        x = frames[0].x(mark.at)
        yield rule_svg(f"mark {mark.kind}", (x, top), (x, frames[-1].bottom), mark.label)


def _legend(chart: Chart, top: float) -> tuple[list[str], float]:
    """What the lines, bars and bands are, each once; and where it ends."""
    keys: dict[str, Line | Bars | Band | None] = {}
    for panel in chart.panels:
        for line in panel.lines:
            keys.setdefault(line.label, line)
        for bars in panel.bars:
            keys.setdefault(bars.label, bars)
    for band in chart.bands:
        keys.setdefault(band.label, band)
    if any(line.lost for panel in chart.panels for line in panel.lines):
        keys[_LOST] = None
    labels = [short(label, LABEL_SIGNS_MAX) for label in keys]
    places = wrapped([34 + width(label, 11) for label in labels], WIDTH - 40, 20)
    parts = []
    for (row, x), label, one in zip(places, labels, keys.values(), strict=True):
        y = top + row * (LINE + 2)
        parts += [key_svg(one, 14 + x, y), text_svg(label, 46 + x, y + 4, "small key")]
    return parts, top + (places[-1][0] + 1) * (LINE + 2) - 4 if places else top - 8

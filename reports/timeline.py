"""The picture of a drill: its phases as bars, what the checks said, and marks for what happened. SVG, pure.

It reads a drill as run.json has it. Lanes of checks are drawn where the record has them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from reports.fields import objects_in

WIDTH, LEFT, RIGHT = 1000, 250, 100
ROW, BAR = 22, 13
SPAN_S_MIN = 1.0
_TICKS_MAX = 10
ORIGINS = ("documented", "corrected")
"""Whose steps were tried, in this order."""

# Both on a light and a dark ground; a check is told by its pattern too, for who does not tell red from green.
_STYLE = """
svg { --ground: #ffffff; --ink: #1d2430; --soft: #5b6675; --line: #d5dae1; --bar: #4a7fb5; --work: #8a6fb0;
  --idle: #b8c0ca; --pass: #2e8b57; --fail: #c93a3a; --unknown: #c08a1e; --stripe: #ffffff; }
@media (prefers-color-scheme: dark) { svg { --ground: #161b22; --ink: #e4e8ee; --soft: #9aa5b3; --line: #343c47;
  --bar: #6ea3d8; --work: #ab92d2; --idle: #58626f; --pass: #45b078; --fail: #ee6a6a; --unknown: #d9a441;
  --stripe: #161b22; } }
text { font: 12px system-ui, sans-serif; fill: var(--ink); paint-order: stroke; stroke: var(--ground);
  stroke-width: 3px; }
.soft { fill: var(--soft); font-size: 11px; } .title { font-size: 14px; font-weight: 600; }
.grid { stroke: var(--line); } .mark { stroke: var(--ink); stroke-dasharray: 3 3; opacity: .65; }
.bar { fill: var(--bar); } .work { fill: var(--work); } .idle { fill: var(--idle); }
.pass { fill: var(--pass); } .fail { fill: var(--fail); } .unknown { fill: var(--unknown); }
""".strip()

_IDLE = ("reset", "steady", "cure", "steady again")
_WORDS = {"pass": "green", "fail": "red", "unknown": "unknown"}

Drill = Mapping[str, object]


@dataclass(frozen=True)
class Bar:
    """A stretch of time. `kind`: how it is drawn."""

    label: str
    kind: str
    from_s: float
    to_s: float


@dataclass(frozen=True)
class Mark:
    """A moment."""

    label: str
    at_s: float


def phases_of(drill: Drill) -> list[Bar]:
    """The phases in their order, a step by its id. Each lasts until the next begins, the last to the end."""
    ids = iter([f"step {step['id']}" for step in objects_in(drill.get("steps"))])
    begun = [event for event in objects_in(drill.get("timeline")) if event["text"] == "begins"]
    ends_s = [*(_number(event["elapsed_s"]) for event in begun[1:]), _lasted_s(drill)]
    bars = []
    for event, end_s in zip(begun, ends_s, strict=True) if begun else ():
        name, from_s = str(event["phase"]), _number(event["elapsed_s"])
        kind = "idle" if name in _IDLE else "work" if name == "step" else "bar"
        bars.append(Bar(next(ids, name) if name == "step" else name, kind, from_s, max(from_s, end_s)))
    return bars


def marks_of(drill: Drill) -> list[Mark]:
    """Injection, detection; of the runbook's steps and of ours, when the first began and when all was back."""
    phases = phases_of(drill)
    marks = [Mark("injected", bar.from_s) for bar in phases if bar.label == "inject"][:1]
    witnessed_s = next((bar.from_s for bar in phases if bar.label == "detect"), None)
    detect_s = drill.get("time_to_detect_s")
    if witnessed_s is not None and isinstance(detect_s, int | float):
        marks.append(Mark(f"noticed, {detect_s:.2f} s after the witness", witnessed_s + detect_s))
    return [*marks, *_marks_of_steps(phases, drill)]


def picture(drill: Drill) -> str:
    """The SVG of a drill."""
    phases, marks, lanes = phases_of(drill), marks_of(drill), _lanes(drill)
    ends_s = [bar.to_s for bar in (*phases, *(bar for _, bars in lanes for bar in bars))]
    scale = _Scale(max([SPAN_S_MIN, *ends_s, *(mark.at_s for mark in marks)]))
    top = 34 + ROW * len(marks)
    rows = [(bar.label, [bar]) for bar in phases]
    lanes_top = top + ROW * len(rows) + (ROW if lanes else 0)
    height = lanes_top + ROW * len(lanes) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="{escape(_title(drill))}">',
        f"<style>{_STYLE}</style>",
        '<defs><pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="2" height="6" style="fill: var(--stripe)" opacity=".45"/></pattern></defs>',
        f'<rect width="{WIDTH}" height="{height}" style="fill: var(--ground)"/>',
        f'<text class="title" x="12" y="22">{escape(_title(drill))}</text>',
        *_grid(scale, top - 6, height - 28),
        *(part for number, mark in enumerate(marks) for part in _mark(mark, scale, 34 + ROW * number, height - 28)),
    ]
    for number, (label, bars) in enumerate(rows):
        parts += _row(label, bars, scale, top + ROW * number, f"{bars[0].to_s - bars[0].from_s:.1f} s")
    for number, (label, bars) in enumerate(lanes):
        parts += _row(label, bars, scale, lanes_top + ROW * number, _word_of_the_end(bars))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _marks_of_steps(phases: Sequence[Bar], drill: Drill) -> Iterator[Mark]:
    tries = iter([(origin, tried) for origin in ORIGINS if isinstance(tried := drill.get(origin), dict)])
    before = ""
    for bar in phases:
        if bar.kind == "work" and before != "work" and (found := next(tries, None)):
            origin, tried = found
            back_s = tried["time_to_recover_s"]
            yield Mark(f"{origin} step begins", bar.from_s)
            if isinstance(back_s, int | float):
                yield Mark(f"back, {back_s:.2f} s after it began", bar.from_s + back_s)
        before = bar.kind


@dataclass(frozen=True)
class _Scale:
    span_s: float

    def x(self, at_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(at_s, 0.0), self.span_s) / self.span_s

    def ticks_s(self) -> list[float]:
        step_s = next(step for step in (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600) if self.span_s / step <= _TICKS_MAX)
        return [step_s * number for number in range(int(self.span_s / step_s) + 1)]


def _lanes(drill: Drill) -> list[tuple[str, list[Bar]]]:
    found = []
    for lane in objects_in(drill.get("lanes")):
        check = str(lane["check"])
        spans = [
            Bar(check, str(span["outcome"]), _number(span["from_s"]), _number(span["to_s"]))
            for span in objects_in(lane["spans"])
        ]
        if spans:
            found.append((check, [bar for bar in spans if bar.kind in _WORDS]))
    return found


def _row(label: str, bars: Sequence[Bar], scale: _Scale, y: float, said: str) -> Iterator[str]:
    middle = y + ROW / 2 + 4
    yield f'<text x="{LEFT - 10}" y="{middle:g}" text-anchor="end">{escape(_short(label))}</text>'
    for bar in bars:
        x, width = scale.x(bar.from_s), max(2.0, scale.x(bar.to_s) - scale.x(bar.from_s))
        word = _WORDS.get(bar.kind, bar.label)
        place = f'x="{x:.1f}" y="{y + (ROW - BAR) / 2:g}" width="{width:.1f}" height="{BAR}" rx="2"'
        tip = f"<title>{escape(bar.label)}: {word}, {bar.from_s:.2f} s to {bar.to_s:.2f} s</title>"
        yield f'<rect class="{bar.kind}" {place}>{tip}</rect>'
        if bar.kind in ("fail", "unknown"):
            yield f'<rect {place} fill="url(#stripes)" pointer-events="none"/>'
    yield f'<text class="soft" x="{WIDTH - RIGHT + 10}" y="{middle:g}">{escape(said)}</text>'


def _mark(mark: Mark, scale: _Scale, y: float, bottom: float) -> Iterator[str]:
    x = scale.x(mark.at_s)
    anchor, shift = ("end", -5) if x > WIDTH * 0.6 else ("start", 5)
    yield f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 4:g}" y2="{bottom:g}"/>'
    yield (
        f'<text x="{x + shift:.1f}" y="{y + 15:g}" text-anchor="{anchor}">{escape(mark.label)} '
        f'<tspan class="soft">{mark.at_s:.1f} s</tspan></text>'
    )


def _grid(scale: _Scale, top: float, bottom: float) -> Iterator[str]:
    for at_s in scale.ticks_s():
        x = scale.x(at_s)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top:g}" y2="{bottom:g}"/>'
        yield f'<text class="soft" x="{x:.1f}" y="{bottom + 16:g}" text-anchor="middle">{at_s:g} s</text>'


def _word_of_the_end(bars: Sequence[Bar]) -> str:
    return f"ends {_WORDS[bars[-1].kind]}" if bars else ""


def _short(label: str) -> str:
    return label if len(label) <= 32 else f"{label[:31]}…"


def _title(drill: Drill) -> str:
    return f"{drill.get('scenario', '')}: {drill.get('verdict', '')}"


def _lasted_s(drill: Drill) -> float:
    try:
        started, finished = (datetime.fromisoformat(str(drill[key])) for key in ("started_at", "finished_at"))
    except (KeyError, ValueError):
        return 0.0
    return (finished - started).total_seconds()


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0

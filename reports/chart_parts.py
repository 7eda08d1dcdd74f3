"""What a chart is made of: panels one above the other on one axis, with lines, bars, levels, bands and marks."""

from dataclasses import dataclass

from reports.chart_scale import Scale

Points = tuple[tuple[float, float | None], ...]


@dataclass(frozen=True)
class Line:
    """A line; None breaks it. `lost`: where it would be beyond the panel, for there was no answer.

    `colour` and `dash` are numbers of chart_style's. `step`: each value holds until the next.
    """

    label: str
    points: Points
    colour: int
    dash: int = 0
    step: bool = False
    thick: float = 1.8
    lost: tuple[float, ...] = ()


@dataclass(frozen=True)
class Bars:
    """Counts that stand on those before them, each `wide` from its begin."""

    label: str
    points: tuple[tuple[float, float], ...]
    wide: float
    colour: int


@dataclass(frozen=True)
class Level:
    """A limit at a height: through the panel, or from and to these values of the axis."""

    label: str
    at: float
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class Mark:
    """A moment that all panels show. `kind` is a class of chart_style's."""

    label: str
    at: float
    kind: str = ""


@dataclass(frozen=True)
class Band:
    """A stretch that all panels show."""

    label: str
    begin: float
    end: float


@dataclass(frozen=True)
class Panel:
    """One plot. `note`: the sentence that stands there instead of lines."""

    title: str
    y: Scale
    lines: tuple[Line, ...] = ()
    bars: tuple[Bars, ...] = ()
    levels: tuple[Level, ...] = ()
    height: float = 260.0
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """The whole picture. `said`: what it shows, in words, for who does not see it."""

    title: str
    subtitle: str
    said: str
    x: Scale
    x_title: str
    panels: tuple[Panel, ...]
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()
    x_ticks_max: int = 11


@dataclass(frozen=True)
class Frame:
    """Where a panel's plot is, in pixels."""

    chart: Chart
    panel: Panel
    left: float
    right: float
    top: float

    @property
    def bottom(self) -> float:
        return self.top + self.panel.height

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * self.chart.x.place(value)

    def y(self, value: float) -> float:
        return self.bottom - self.panel.height * self.panel.y.place(value)

    def x_ticks(self) -> list[tuple[float, str]]:
        """The values that are named on the axis, and their names."""
        return self.chart.x.ticks(self.chart.x_ticks_max)

"""Puts into Allure's result of a drill what its record holds: the phases as steps with their real times, the picture,
what each step of the runbook printed, the logs around the fault.

Done in the result files when all are written, and not through Allure's plugin: a phase is over before anybody could
open a step for it, and under xdist another process has the records.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reports.fields import objects_in
from reports.record import write_atomically
from reports.timeline import ORIGINS, picture

LABEL = "drill"
"""The label of a result that holds the id of its drill."""

_SEVERITY = {"p0": "blocker", "p1": "critical", "p2": "normal", "p3": "minor"}
_TEXT, _SVG = ("text/plain", "txt"), ("image/svg+xml", "svg")

Drill = Mapping[str, object]
"""As run.json has it."""


def tell(results: Path, drills: Iterable[Drill]) -> int:
    """Adds to the results in this directory what their drills' records hold. How many there were. Raises OSError."""
    by_id = {str(drill["id"]): drill for drill in drills}
    told = 0
    for path in sorted(results.glob("*-result.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        labels = [label for label in result.get("labels", []) if label["name"] == LABEL]
        drill = by_id.get(labels[0]["value"]) if labels else None
        if drill is None:
            continue
        files = _Files(str(drill["id"]))
        text = json.dumps({**result, **_told(result, drill, files)})
        for file_name, content in files.contents.items():
            write_atomically(results / file_name, content)
        write_atomically(path, text)
        told += 1
    return told


@dataclass
class _Files:
    """The attachments of one result, by file name."""

    drill_id: str
    contents: dict[str, str] = field(default_factory=dict)

    def attach(self, name: str, content: str, kind: tuple[str, str] = _TEXT) -> dict[str, object]:
        source = f"{self.drill_id}-{len(self.contents)}-attachment.{kind[1]}"
        self.contents[source] = content
        return {"name": name, "source": source, "type": kind[0]}


def _told(result: Mapping[str, object], drill: Drill, files: _Files) -> dict[str, object]:
    labels = [label for label in objects_in(result.get("labels")) if label["name"] != "severity"]
    return {
        "name": f"{drill['scenario']}: {drill['title']}",
        "description": f"**{drill['verdict']}**: {drill['why']}",
        "labels": [*labels, {"name": "severity", "value": _SEVERITY[str(drill["severity"])]}],
        "steps": [*objects_in(result.get("steps")), *_phases(drill, files)],
        "attachments": [*objects_in(result.get("attachments")), *_attachments(drill, files)],
    }


def _attachments(drill: Drill, files: _Files) -> Iterator[dict[str, object]]:
    yield files.attach("timeline", picture(drill), _SVG)
    if text := _fault(drill):
        yield files.attach("fault: declared and measured", text)
    if impact := _users(drill):
        yield files.attach("impact on users", impact)
    for container, log in _object(drill.get("logs")).items():
        yield files.attach(f"log of {container} around the fault", str(log))


def _phases(drill: Drill, files: _Files) -> Iterator[dict[str, object]]:
    events = objects_in(drill.get("timeline"))
    begins = [number for number, event in enumerate(events) if event["text"] == "begins"]
    runs = iter(objects_in(drill.get("steps")))
    tries = iter([tried for origin in ORIGINS if (tried := drill.get(origin))])
    for number, next_number in zip(begins, [*begins[1:], len(events)], strict=True):
        event = events[number]
        name = str(event["phase"])
        ends = events[next_number]["at"] if next_number < len(events) else drill["finished_at"]
        run = next(runs, None) if name == "step" else None
        tried = _object(next(tries, None)) if name == "recover" else {}
        yield {
            "name": f"{_origin(run)}step: {run['id']} ({run['file']}:{run['line']})" if run else name,
            "status": _status(name, run, tried, drill),
            "stage": "finished",
            "start": _ms(event["at"]),
            "stop": max(_ms(event["at"]), _ms(ends)),
            "steps": [_said(one) for one in events[number + 1 : next_number]],
            "attachments": [files.attach("commands and output", _output(run))] if run else [],
        }


def _origin(run: Mapping[str, object]) -> str:
    return f"{run['origin']} " if run.get("origin") else ""


def _status(phase: str, run: Mapping[str, object] | None, tried: Mapping[str, object], drill: Drill) -> str:
    if run is not None:
        return "passed" if run["exit_code"] == 0 and not run["timed_out"] else "broken"
    if phase == "detect":
        return "passed" if drill["noticed"] else "failed"
    if phase == "recover":
        return "passed" if tried.get("time_to_recover_s") is not None else "failed"
    return "passed"


def _said(event: Mapping[str, object]) -> dict[str, object]:
    at_ms = _ms(event["at"])
    return {"name": str(event["text"]), "status": "passed", "stage": "finished", "start": at_ms, "stop": at_ms}


def _output(run: Mapping[str, object]) -> str:
    """What was typed and what came of it, command by command where the record has that."""
    lines = objects_in(run.get("lines")) or [{**run, "command": run["commands"], "output": run["stdout"]}]
    parts = [f"{run['file']}:{run['line']}"]
    for line in lines:
        ended = "its time was up" if line["timed_out"] else f"exit code {line['exit_code']}"
        typed = str(line["command"]).rstrip()
        parts.append(f"$ {typed}\n{str(line['output']).rstrip()}\n({ended}, {line['duration_s']} s)")
        notes = line.get("notes")
        parts += [f"note: {note}" for note in notes] if isinstance(notes, list) else []
    parts += [f"--- stderr ---\n{run['stderr']}"] if run["stderr"] else []
    return "\n\n".join([*parts, *([f"hint: {run['hint']}"] if run.get("hint") else [])]) + "\n"


def _fault(drill: Drill) -> str:
    fault = _object(drill["fault"])
    said = [str(fault.get("name", ""))]
    for title in ("declared", "measured", "calibrated"):
        if lines := _object(fault.get(title)):
            said += ["", title, *(f"  {name}: {value}" for name, value in lines.items())]
    return "\n".join(said) + "\n"


def _users(drill: Drill) -> str:
    users = [f"{name}: {value}" for name, value in _object(drill.get("users")).items()]
    impact = drill.get("impact")
    red = [f"checks that were red: {', '.join(map(str, impact))}"] if isinstance(impact, list) and impact else []
    return "".join(f"{line}\n" for line in [*users, *red])


def _ms(moment: object) -> int:
    return round(datetime.fromisoformat(str(moment)).timestamp() * 1000)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}

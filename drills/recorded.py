"""What drills find out, as run.json has it, and how its parts are read."""

from collections.abc import Mapping

Record = Mapping[str, object]
"""A drill, a command line of the runbook, or a part of one."""


def objects_of(value: object) -> list[Record]:
    """The objects of a list; none where it is no list."""
    return list(value) if isinstance(value, list) else []

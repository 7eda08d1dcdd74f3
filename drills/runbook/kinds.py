"""What a step is for. Ours declare it; that of a step in a user's file is told from its words."""

import re
from collections.abc import Sequence
from enum import StrEnum

from drills.runbook.shell import segments


class Kind(StrEnum):
    """What a step is for: to find out, to bring back, to go back to what was before, to keep looking, or none of these
    (a backup, a listing)."""

    DIAGNOSTIC = "diagnostic"
    MITIGATION = "mitigation"
    ROLLBACK = "rollback"
    MONITORING = "monitoring"
    BOOKKEEPING = "bookkeeping"

    @property
    def is_read(self) -> bool:
        """Whether a person reads what such a step prints, so that it must tell broken from healthy."""
        return self in (Kind.DIAGNOSTIC, Kind.MONITORING)


_BACK = re.compile(r"\b(roll(ing)?[ -]?back|revert|restore)\b", re.IGNORECASE)
_CHANGES = re.compile(
    r"(docker[- ]compose|docker compose) .*\b(restart|up|start|stop|down|rm|kill|scale)\b"
    r"|docker (container )?(restart|start|stop|rm|kill|update|tag|run)\b"
    r"|systemctl (restart|start|stop|reload)\b|(kubectl|helm) (rollout|scale|delete|apply|rollback)\b"
    r"|(rm|mv|kill|pkill|export|truncate|chmod|chown|sysctl) |sed .*-i|python3? -c .*(init|clear|reset)",
)
_GOES_BACK = re.compile(
    r"git (revert|reset|checkout)\b|docker tag \S+:previous\b"
    r"|(kubectl rollout|helm) (undo|rollback)"
)
_KEEPS = re.compile(r"(cp|mkdir|cd|echo|printf|tar|git (log|status|tag)|set|source|\.) ?")


def guess_kind(commands: Sequence[str], section: str, comment: str) -> Kind:
    """What a step that declares nothing is for, by its commands, its comment and the headings above it."""
    parts = [" ".join(part.call) for command in commands for part in segments(command)]
    appends = any(re.search(r"(?<![0-9&2])>>?\s*(?!/dev/null|&)\S", command) for command in commands)
    changes = appends or any(_CHANGES.match(part) for part in parts)
    if any(_GOES_BACK.match(part) for part in parts) or (changes and _BACK.search(f"{section} {comment}")):
        return Kind.ROLLBACK
    if changes:
        return Kind.MITIGATION
    if any(part.startswith("watch ") for part in parts) or re.search(r"\bmonitoring\b", section, re.IGNORECASE):
        return Kind.MONITORING
    if parts and all(_KEEPS.match(part) for part in parts):
        return Kind.BOOKKEEPING
    return Kind.DIAGNOSTIC

"""Drills' records, as run.json has them, of a small runbook: what the tests of findings judge."""

from typing import Any

from drills.runbook.accounting import account_for
from drills.steps import parse_runbook
from drills.verified import Subject

OURS = parse_runbook(
    """
## Slow

```bash {#switch .mitigation fault=slow}
export ENABLE_FALLBACK_MODE=true
export CACHE_ONLY_MODE=true
```

```bash {#restart .mitigation fault=slow}
docker-compose restart
```

```bash {#switch-corrected .mitigation fault=slow corrects=switch,restart}
ENABLE_FALLBACK_MODE=true CACHE_ONLY_MODE=true docker-compose up -d api
```

```bash {#fallback .mitigation fault=slow}
export FALLBACK_MODE=true
```

```bash {#limit .mitigation fault=slow}
echo "memory: 1g" >> docker-compose.yml
```

```bash {#clear .mitigation fault=slow}
rm -rf ~/.cache/finchat_sec_qa/*.joblib
python -c "from finchat_sec_qa.cache import initialize_cache; initialize_cache()"
```

```bash {#back .rollback fault=bad}
git checkout HEAD~1 -- config/
docker-compose restart
```

```bash {#revert .rollback fault=bad}
git log --oneline -10
git revert <commit-hash>
```

```bash {#keep .bookkeeping fault=slow}
cp -r ~/.cache/finchat_sec_qa ~/.cache/finchat_sec_qa.backup
```

```bash {#new-key .mitigation fault=key corrects=switch}
OPENAI_API_KEY=new docker-compose up -d api
```

```bash {#logs .diagnostic fault=slow}
grep error logs/app.log | wc -l
tail logs/error.log
```

- broken if `number > 0`
- broken if `output ~ /error/`

```bash {#logs-corrected .diagnostic fault=slow corrects=logs}
docker logs finchat-api 2>&1 | grep ERROR
```

- broken if `exit == 0`
""",
    "ours.md",
)
MINE = Subject(OURS)
TEXT = """
## Slow

```bash
ping -c 1 x
export CACHE_ONLY_MODE=true
docker-compose restart
rm -rf ~/.cache/finchat_sec_qa/*.joblib
tail logs/error.log
```
"""
THEIRS = parse_runbook(TEXT, "theirs.md", ids_required=False)
USERS = Subject(OURS, THEIRS, account_for(THEIRS, OURS))

PASSES = ["CACHE_ONLY_MODE", "ENABLE_FALLBACK_MODE", "FALLBACK_MODE"]
MOUNTS = ["~/.cache/finchat_sec_qa", "~/finchat-sec-qa/logs"]


def changed(**what: Any) -> dict[str, Any]:
    """What the steps changed on the host; nothing, unless said otherwise."""
    nothing: dict[str, Any] = {name: [] for name in ("containers", "images", "files", "removed", "git")}
    return {**nothing, "compose": "parses", "passes": PASSES, "mounts": MOUNTS, **what}


def step(step_id: str, *, origin: str = "documented", subject: Subject = MINE, **last: Any) -> dict[str, Any]:
    """A step as it ran; `last`: how its last command ended, where that is not well."""
    one = subject.step(step_id) if origin == "documented" else subject.corrected(step_id)
    well = {"exit_code": 0, "output": "", "notes": [], "timed_out": False}
    lines = [{"command": line.text, "line": 0, **well} for line in one.lines]
    lines[-1] |= last
    return {
        "id": step_id,
        "origin": origin,
        "file": one.file,
        "line": one.line,
        "commands": one.commands,
        "duration_s": 1.5,
        "exit_code": lines[-1]["exit_code"],
        "hint": None,
        "lines": lines,
    }


UNCHANGED = changed()


def drill(
    verdict: str | None,
    *steps: dict[str, Any],
    scenario: str = "slow-edgar",
    changes: dict[str, Any] | None = UNCHANGED,
    got: dict[str, Any] | None = None,
    **given: Any,
) -> dict[str, Any]:
    """The record of a drill whose documented steps came to this verdict. `changes`: what these changed; `got`: ours."""
    corrected = [one["id"] for one in steps if one["origin"] == "corrected"]
    return {
        "scenario": scenario,
        "title": "EDGAR is slow.",
        "fault": {"name": "slow", "declared": {}, "measured": {}},
        "verdict": "recovered" if corrected else verdict,
        "why": "it stayed red.",
        "steps": list(steps),
        "documented_verdict": verdict,
        "corrected_verdict": "recovered" if corrected else None,
        "documented": tried(verdict, changes) if verdict else None,
        "corrected": {**tried("recovered", got), "steps": corrected} if corrected else None,
        "findings": [],
        **given,
    }


def tried(verdict: str, changes: dict[str, Any] | None) -> dict[str, Any]:
    """A mitigation as it was tried; `changes` None: nobody looked what it changed."""
    return {"verdict": verdict, "why": "it stayed red.", "still_red": [], "changes": changes or {}}


def looked(place: str, verdict: str, healthy: str = "", broken: str = "", subject: Subject = MINE) -> dict[str, Any]:
    """A verified line of a diagnostic."""
    step_id, _, number = place.partition("#")
    index = int(number or 1) - 1
    one = subject.ours.step(step_id)
    line = dict(subject.places(step_id)).get(place, 0)
    return {
        "id": step_id,
        "file": subject.runbook.file,
        "line": line,
        "command": one.lines[index].text,
        "verdict": verdict,
        "why": "`number > 0` held in 0 of 3 broken runs and 0 of 3 healthy ones.",
        "drill": "slow",
        "healthy": healthy,
        "broken": broken,
    }

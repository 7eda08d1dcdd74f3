"""Which steps of ours fill a gap of the runbook, and which stand in the place of one that is wrong."""

import pytest

from drills.findings.gaps import fills_a_gap
from drills.steps import load_runbook, parse_runbook

TEXT = """
## Down

```bash {{#documented .{first} fault=x}}
{documented}
```

```bash {{#ours .{kind} fault=x corrects=documented}}
{ours}
```
"""
GAPS: dict[str, tuple[str, str, str, bool]] = {
    "another service": ("docker-compose restart api", "mitigation", "docker-compose restart webapp", True),
    "the same service": ("docker-compose restart api", "mitigation", "docker-compose up -d api", False),
    "one of all services": ("docker-compose restart", "mitigation", "docker-compose up -d api", False),
    "another variable": ("export A_MODE=1", "mitigation", "OPENAI_API_KEY=x docker-compose up -d api", True),
    "the same variable": ("export A_MODE=1", "mitigation", "A_MODE=1 docker-compose up -d api", False),
    "another image": ("docker tag a:previous a:latest", "mitigation", "docker tag b:previous b:latest", True),
    "the same image": ("docker tag a:previous a:latest", "mitigation", "docker tag a:good a:latest", False),
    "a way back": ("cp -r a b", "rollback", "cp -r b a", True),
    "other files": ("rm -rf a/*.tmp", "mitigation", "rm -f <large-file>", True),
    "the same files": ("rm -rf a/*.tmp", "mitigation", "rm -f a/*.tmp", False),
    "anything after a backup": ("cp -r a b", "mitigation", "docker-compose up -d", True),
    "something else": ("rm -rf a/*.tmp", "mitigation", "docker-compose stop api", False),
}


@pytest.mark.parametrize("what", GAPS)
def test_a_gap_is(what: str) -> None:
    documented, kind, ours, gap = GAPS[what]
    first = "bookkeeping" if documented.startswith("cp ") else "mitigation"
    runbook = parse_runbook(TEXT.format(first=first, documented=documented, kind=kind, ours=ours), "x.md")
    assert fills_a_gap(runbook.step("ours"), runbook) is gap


def test_the_gaps_of_our_runbook() -> None:
    ours = load_runbook()
    healing = [step for step in ours.steps if step.corrects and not step.kind.is_read]
    gaps = {step.id for step in healing if fills_a_gap(step, ours)}
    assert {"rollback-webapp-image", "cache-restore"} <= gaps
    assert not gaps & {step.id for step in healing if step.id.endswith("-corrected")}

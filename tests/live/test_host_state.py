"""What steps change on a real bench's host, and how long a look takes."""

import time

from drills.bench.bench import Bench
from drills.bench.reset import reset
from drills.host_state import Changes, changes, look

LOOK_S = 1.5


def after(bench: Bench, script: str) -> Changes:
    before = look(bench.host)
    ran = bench.host.operator(script, timeout_s=60)
    assert ran.exit_code == 0, ran
    return changes(before, look(bench.host))


def test_a_look_is_quick_and_shows_no_secret(bench: Bench) -> None:
    took_s = []
    for _ in range(3):
        began_s = time.monotonic()
        state = look(bench.host)
        took_s.append(time.monotonic() - began_s)
    print(f"a look takes {', '.join(f'{one:.2f} s' for one in took_s)}")
    assert min(took_s) < LOOK_S
    assert state == look(bench.host)
    assert {"finchat-api", "finchat-webapp"} <= set(state.containers)
    assert {"EDGAR_RATE_LIMIT", "CACHE_ONLY", "ENABLE_FALLBACK_MODE", "OPENAI_API_KEY"} <= set(state.passes)
    assert "HOME" not in state.passes
    assert "~/.cache/finchat_sec_qa" in state.mounts
    assert state.compose == "parses"
    for secret in bench.secrets.values():
        assert secret not in repr(state)


def test_what_steps_change_is_told(bench: Bench) -> None:
    assert after(bench, "export EDGAR_RATE_LIMIT=5").containers == ()
    assert "finchat-api restarted" in after(bench, "docker-compose restart -t 1 api").containers
    made = after(bench, "EDGAR_RATE_LIMIT=5 docker-compose up -d api")
    assert {"finchat-api recreated", "finchat-api environment: EDGAR_RATE_LIMIT"} <= set(made.containers)
    limited = after(bench, "docker update --memory 900m --memory-swap 900m finchat-api")
    assert limited.containers == ("finchat-api memory limit: 1073741824 became 943718400",)
    tagged = after(bench, "docker tag finchat-api:latest finchat-api:broken")
    assert [one.split(":")[1] for one in tagged.images] == ["broken made"]
    kept = after(
        bench, "touch ~/.cache/finchat_sec_qa/a.tmp; cp -r ~/.cache/finchat_sec_qa ~/.cache/finchat_sec_qa.backup.1"
    )
    assert "~/.cache/finchat_sec_qa.backup.1 added" in kept.files
    assert "~/.cache/finchat_sec_qa/a.tmp" in after(bench, "rm -rf ~/.cache/finchat_sec_qa/*.tmp").removed
    appended = after(bench, 'echo "memory: 1g" >> docker-compose.yml')
    assert appended.files == ("docker-compose.yml changed",)
    assert "memory" in appended.compose
    assert "EDGAR_RATE_LIMIT" in appended.passes
    back = after(
        bench,
        "git checkout -- docker-compose.yml && git -c user.name=o -c user.email=o@localhost revert --no-edit HEAD",
    )
    assert back.compose == "parses"
    assert any(one.startswith("HEAD ") for one in back.git)
    reset(bench)

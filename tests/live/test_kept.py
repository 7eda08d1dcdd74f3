"""The runbook's steps for the cache on a real bench: the backup is complete, and the restore brings all of it back."""

from drills.bench.bench import Bench
from drills.bench.reset import reset
from drills.bench.visit import visit
from drills.faults.kept import REWRITTEN, backups, cache_of, files, not_held
from drills.steps import load_runbook

STEP_BOUND_S = 60.0


def run(bench: Bench, step_id: str) -> None:
    ran = bench.host.operator(load_runbook().step(step_id).commands, timeout_s=STEP_BOUND_S)
    assert ran.exit_code == 0, ran


def test_a_backup_is_complete_and_its_restore_brings_the_cache_back(bench: Bench) -> None:
    visit(bench.target, bench.target_file.with_name("state"))
    before = files(bench)
    assert cache_of(before) and "~/finchat-sec-qa/docker-compose.yml" in before and "~/finchat-sec-qa/.env" in before
    run(bench, "cache-backup")
    (made,) = backups(files(bench))
    assert not_held(files(bench), made) == ()
    run(bench, "cache-reset")
    after_reset = files(bench)
    assert set(cache_of(before)) - set(cache_of(after_reset)) != set()
    run(bench, "cache-restore")
    restored = files(bench)
    kept = {path for path in cache_of(before) if not path.endswith(REWRITTEN)}
    assert {path: restored.get(path) for path in kept} == {path: before[path] for path in kept}
    assert reset(bench) == []

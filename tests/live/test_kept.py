"""The runbook's steps for the cache on a real bench: the backup is complete, and the restore brings all of it back."""

import time

from drills.bench.bench import Bench
from drills.bench.reset import reset
from drills.bench.visit import visit
from drills.kept import REWRITTEN, backups, cache_of, files, lost, not_held
from drills.steps import load_runbook

STEP_BOUND_S = 60.0


def run(bench: Bench, step_id: str) -> None:
    ran = bench.host.operator(load_runbook().step(step_id).commands, timeout_s=STEP_BOUND_S)
    assert ran.exit_code == 0, ran


def test_a_backup_is_complete_and_its_restore_brings_the_cache_back(bench: Bench) -> None:
    visit(bench.target, bench.target_file.with_name("state"))
    began_s = time.monotonic()
    before = files(bench)
    assert time.monotonic() - began_s < 0.5 * 4, "it stands before and after the steps of every drill"
    assert cache_of(before) and "~/finchat-sec-qa/docker-compose.yml" in before and "~/finchat-sec-qa/.env" in before
    run(bench, "cache-backup")
    (made,) = backups(files(bench))
    assert not_held(files(bench), made) == ()
    run(bench, "cache-reset")
    after_reset = files(bench)
    assert lost(before, after_reset, ()) == (), "the backup holds what the reset deleted"
    assert set(cache_of(before)) - set(cache_of(after_reset)) != set()
    assert lost(before, {path: after_reset[path] for path in after_reset if not path.startswith(made)}, ()) != ()
    run(bench, "cache-restore")
    restored = files(bench)
    kept = {path for path in cache_of(before) if not path.endswith(REWRITTEN)}
    assert {path: restored.get(path) for path in kept} == {path: before[path] for path in kept}
    assert lost(after_reset, restored, ()) == ()
    assert reset(bench) == []

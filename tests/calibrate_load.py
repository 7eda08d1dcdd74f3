"""`python -m tests.calibrate_load`: how often the comparison of two builds is wrong, and what it sees, on real runs.

Two embedded FinChats whose stand-in OpenAI takes 60 to 100 ms are compared with each other, again and again (A/A):
each "regress" is a false alarm. Then one run each with the new one's OpenAI later by 5, 10 and 20 %, and a power
curve: pairs of blocks of the A/A runs, drawn anew, the new one's p95 raised. It takes 50 minutes; a short try:

    python -m tests.calibrate_load --runs 1 --block-s 3 --gap-s 0.5 --only-alike
"""

import argparse
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
import numpy as np

from checks.target_file import load_target
from load.blocks import GAP_S, PAIRS, compared_plan_of
from load.compare import ALPHA, ALPHA_UPPER, compared_run, judged_ratio
from load.compared import Change, Comparison, Row
from load.guard import Limits
from load.load_profile import CallName, Profile, Share, Stage
from load.plan import ENDED_FILE, PLAN_ENV, Plan, Side, write_plan
from load.sign_flip import sign_flip
from tests.compare_fakes import log_ratios

ROOT = Path(__file__).resolve().parents[1]
DELAYS_PERCENT = (5, 10, 20)
OPENAI_S = (0.060, 0.100)
COMPLETIONS = "/v1/chat/completions"
DRAWS = 4000
MORE_S = 60.0
"""What a run may take beyond its plan."""
FRESH = (Share(CallName.QUESTION_FRESH, 1.0),)
"""Only questions that reach OpenAI: those of the cache would not see its delay."""


@dataclass(frozen=True)
class Bench:
    """An embedded FinChat in a process of its own."""

    target: str
    openai_admin_url: str

    def openai_takes(self, slower: float, requests: int, random: Random) -> None:
        """Sets by how much OpenAI is late for each of the next requests: the same distribution, times 1 + `slower`."""
        with httpx.Client(base_url=self.openai_admin_url, trust_env=False, timeout=10) as admin:
            admin.delete("/rules").raise_for_status()
            for _ in range(requests):
                delay_s = random.uniform(*OPENAI_S) * (1 + slower)
                admin.post("/rules", json={"match": COMPLETIONS, "delay_s": delay_s, "count": 1}).raise_for_status()


@contextlib.contextmanager
def embedded() -> Iterator[Bench]:
    command = [sys.executable, "-m", "drills.bench.embedded", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline() or "{}")
            yield Bench(said["target"], said["openai_admin_url"])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


@contextlib.contextmanager
def alone(lock: Path | None) -> Iterator[None]:
    """Holds the lock, so that on a shared machine nothing else heavy runs meanwhile."""
    if lock is None:
        yield
        return
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def generate(folder: Path, plan: Plan) -> None:
    """Runs Locust on this plan; its files are in the folder then."""
    path = write_plan(plan, folder)
    command = [sys.executable, "-m", "locust", "-f", "load/baseline.py", "--headless", "--only-summary"]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, PLAN_ENV: str(path)},
        capture_output=True,
        text=True,
        timeout=plan.lasts_s + plan.timeout_s + MORE_S,
        check=False,
    )
    if not (folder / ENDED_FILE).exists():
        sys.exit(f"the generator did not come to its end: {ended.stderr[-500:]}")


class Runs:
    """Real comparisons of two benches; what is in the folder already is not run again."""

    def __init__(self, asked: argparse.Namespace, folder: Path, benches: Mapping[Side, Bench]) -> None:
        self._asked, self._folder, self._benches = asked, folder, benches

    def run(self, name: str, seed: int, slower: float = 0.0) -> tuple[Path, Comparison]:
        folder = self._folder / name
        if not (folder / ENDED_FILE).exists():
            folder.mkdir(parents=True, exist_ok=True)
            targets = {side: load_target(bench.target) for side, bench in self._benches.items()}
            limits = {side: Limits.of(target) for side, target in targets.items()}
            asked = self._asked
            profile = Profile("baseline", (Stage(asked.rate, 60),), mix=FRESH)
            times = {"pairs": asked.pairs, "block_s": asked.block_s, "gap_s": asked.gap_s}
            plan = compared_plan_of(profile, targets, limits, seed=seed, **times)
            with alone(asked.lock):
                for side, bench in self._benches.items():
                    more = slower if side == "b" else 0.0
                    bench.openai_takes(more, int(plan.planned * 0.55), Random(f"{seed} {side}"))
                generate(folder, plan)
        return folder, compared_run(folder)


def power(logs: np.ndarray, pairs: int, slower: float, seed: int = 1) -> Mapping[Change, float]:
    """How often each verdict falls, where pairs of A/A blocks are drawn anew and B's p95 is raised by this share."""
    random = np.random.default_rng(seed)
    drawn = random.choice(logs, size=(DRAWS, pairs)) * random.choice((-1, 1), size=(DRAWS, pairs))
    found = sign_flip(drawn + np.log1p(slower), ALPHA / 2, ALPHA_UPPER)
    verdicts = [judged_ratio(found, row) for row in range(DRAWS)]
    return {change: verdicts.count(change) / DRAWS for change in Change}


def line(name: str, row: Row) -> str:
    limits = f"{row.ratio:.3f} ({row.lower:.3f} .. {row.upper:.3f})" if row.lower and row.upper else "-"
    a, b = ((value or 0.0) * 1000 for value in (row.a, row.b))
    return f"{name:<10}{a:>9.1f} ms{b:>9.1f} ms  {limits:<26}{row.p if row.p is not None else 1:>7.3f}  {row.verdict}"


def calibrate(runs: Runs, asked: argparse.Namespace, say: Callable[[str], None]) -> None:
    """All of it; says each line as soon as it is known."""
    say(f"{'run':<10}{'A p95':>12}{'B p95':>12}  {'B / A (95 % limits)':<26}{'p':>7}  verdict")
    logs, verdicts = list[float](), list[Change]()
    for number in range(1, asked.runs + 1):
        folder, found = runs.run(f"aa-{number:02}", number)
        say(line(f"A/A {number}", found.rows[0]) + (f": {found.why}" if found.why else ""))
        verdicts.append(found.verdict)
        logs += log_ratios(folder)
    counted = ", ".join(f"{verdicts.count(change)} {change}" for change in Change)
    say(f"{len(verdicts)} A/A runs: {counted}: {verdicts.count(Change.REGRESS)} false alarms")
    for percent in () if asked.only_alike else DELAYS_PERCENT:
        _, found = runs.run(f"plus-{percent:02}", 100 + percent, percent / 100)
        say(line(f"+{percent} %", found.rows[0]) + (f": {found.why}" if found.why else ""))
    if not logs:
        return
    say(f"power, from {len(logs)} pairs of blocks of the A/A runs, {DRAWS} draws each:")
    say(f"{'pairs':<7}{'B later by':<12}{'regress':>9}{'no regression':>15}{'cannot tell':>13}")
    for pairs in (PAIRS, 2 * PAIRS):
        for percent in (0, *DELAYS_PERCENT):
            seen = power(np.array(logs), pairs, percent / 100)
            shares = [f"{seen[change]:.1%}".replace("%", " %") for change in Change]
            say(f"{pairs:<7}{f'{percent} %':<12}{shares[0]:>9}{shares[1]:>15}{shares[2]:>13}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.calibrate_load", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=20, help="A/A runs (20)")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"pairs of blocks in a run ({PAIRS})")
    parser.add_argument("--block-s", type=float, default=6.0, help="seconds of a block (6)")
    parser.add_argument("--gap-s", type=float, default=GAP_S, help=f"seconds between two blocks ({GAP_S:g})")
    parser.add_argument("--rate", type=float, default=30.0, help="requests/s (30)")
    parser.add_argument("--only-alike", action="store_true", help="A/A runs only")
    parser.add_argument("--keep", type=Path, help="folder of the runs; those that are there already are not run again")
    parser.add_argument("--lock", type=Path, help="file that is locked while a run lasts, where a machine is shared")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="finchat-calibrate-") as temporary, embedded() as a, embedded() as b:
        runs = Runs(asked, asked.keep or Path(temporary), {"a": a, "b": b})
        calibrate(runs, asked, lambda text: print(text, flush=True))


if __name__ == "__main__":
    main()

"""An upstream is out, and what the cache has is too old to answer by: as after a night, or after a new model."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from drills.bench.host import USER
from drills.bench.interface import BenchView
from drills.faults.cache_corrupt import CACHE
from drills.faults.fault import Calibrated, Fault, FaultError
from drills.faults.on_host import must
from drills.faults.questions import ANSWER_WITHIN_S, known

LABELS = ("cache", "fallback")
EARLIER_MODEL = "gpt-3.5-turbo"
CHANGE_ALL = """
import glob, joblib, os
for path in glob.glob({pattern!r}):
    record = joblib.load(path)
    {change}
    joblib.dump(record, path + '.new')
    os.replace(path + '.new', path)
    print(path)
"""


@dataclass(frozen=True)
class Old:
    """What of the cache is old: the files, the statement of Python that makes a `record` of theirs so, and words."""

    files: str
    change: str
    words: str


YESTERDAYS_LISTS = Old(
    "submissions-*.joblib", "record['fetched_at'] -= 25 * 3600", "lists of filings 25 h older: to be fetched again"
)
ANSWERS_OF_AN_EARLIER_MODEL = Old(
    "answer-*.joblib", f"record['model'] = '{EARLIER_MODEL}'", "answers of an earlier model: to be made again"
)


class WithOldCache:
    """`fault`, and after it what the cache holds becomes `old`. A service that reaches its upstream again mends that by
    itself, so there is nothing to undo but the fault."""

    name = "outage with an old cache"

    def __init__(self, fault: Fault, old: Old) -> None:
        self._fault = fault
        self._old = old

    @property
    def declared(self) -> Mapping[str, str]:
        return {**self._fault.declared, "cache": self._old.words}

    def inject(self, bench: BenchView) -> None:
        self._fault.inject(bench)  # first, or the service fetches at once what it misses
        script = CHANGE_ALL.format(pattern=f"{CACHE}/{self._old.files}", change=self._old.change)
        if not must(bench, f"runuser -u {USER} -- python3 -c {shlex.quote(script)}").split():
            raise FaultError(f"{CACHE} has no {self._old.files}: this deployment keeps none that could be old.")

    def witness(self, bench: BenchView) -> str | None:
        """That of the outage: what the cache is worth shows in what the service answers."""
        return self._fault.witness(bench)

    def amiss(self, bench: BenchView) -> str | None:
        """The answer to what was asked before has to say that it is a stored one, or a stopgap."""
        api = bench.host_target.api
        asked = f"curl --silent --max-time {ANSWER_WITHIN_S} --header 'Content-Type: application/json' --data"
        url, label = f"{api.url}{api.path('query')}", "jq --raw-output .metadata.mode"
        mode = must(bench, f"{asked} {shlex.quote(json.dumps(known(bench)))} {shlex.quote(url)} | {label}").strip()
        return (
            None
            if mode in LABELS
            else f"the answer to the known question is labelled {mode!r}, and no upstream gave it"
        )

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """What the outage is measured as."""
        return self._fault.calibrate(bench) if isinstance(self._fault, Calibrated) else {}

    def cure(self, bench: BenchView) -> None:
        self._fault.cure(bench)

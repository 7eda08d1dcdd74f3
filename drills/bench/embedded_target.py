"""The embedded FinChat as a target of the checks."""

from collections.abc import Mapping

from checks.sweep import Ground
from checks.target import Target
from checks.target_file import parse_target
from drills.bench.embedded import Embedded


def target_toml(bench: Embedded) -> str:
    """The target file of a running bench. Its secrets are in the environment that `secrets_of` gives."""
    return f"""\
name = "embedded"
description = "the reference FinChat on this machine: this proves the suite, not your build"
environment = "embedded"
timeout_s = 10.0

[api]
url = "{bench.api_url}"
query = "/api/v1/query"

[webapp]
url = "{bench.webapp_url}"
token_env = "FINCHAT_TOKEN"

[question]
ticker = "ACME"
text = "What are the main risk factors?"
uncached_tickers = "SYN0001..SYN2000"
filing_path = true

[edgar]
data_url = "{bench.edgar_url}"
www_url = "{bench.edgar_url}"
probe_path = "/files/company_tickers.json"

[openai]
url = "{bench.openai_url}"
paid = false

[metrics]
query_paths = ["/api/v1/query", "/query"]
probe_label = "client"
cache_hits = "finchat_cache_hits_total"
cache_misses = "finchat_cache_misses_total"
rate_limited = "finchat_rate_limited_total"
memory = "process_resident_memory_bytes"

[host]
cache = "{bench.home}/.cache/finchat_sec_qa"
disks = ["{bench.home}"]

[logs]
directory = "{bench.logs}"
response_time = "response_time"
debug = "{bench.home}/.cache/finchat_sec_qa/debug.log"
"""


def target_of(bench: Embedded) -> Target:
    """The target that `target_toml` describes."""
    return parse_target(target_toml(bench), source="the embedded target")


def secrets_of(bench: Embedded) -> Mapping[str, str]:
    """The environment variables that the target file names, and their values."""
    return {"FINCHAT_TOKEN": bench.token, "OPENAI_API_KEY": bench.openai_key}


def ground_of(bench: Embedded, target: Target) -> Ground:
    """What a sweep of the bench stands on; its state ends with the bench."""
    return Ground(target, secrets_of(bench), bench.home / "state")

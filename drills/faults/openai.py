"""Where OpenAI is: its link, and what a witness asks there; and where the service has its key."""

from drills.bench.interface import BenchView
from drills.faults.fault import FaultError

LINKS = ("openai",)
URLS = ("https://api.openai.com/v1/models",)


def key_variable(bench: BenchView) -> str:
    """The variable of the API's environment that holds it. FaultError where the target names none."""
    openai = bench.host_target.openai
    if openai is None or openai.key_env is None:
        raise FaultError(f"The target {bench.host_target.name} names no variable with a key for OpenAI (key_env).")
    return openai.key_env

"""A run that a person starts with Locust itself: from its options, or what is typed into its page, to a plan. Pure."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from checks.target_file import TargetError, load_target
from load.guard import Limits, LoadRefused
from load.load_profile import Profile
from load.plan import Plan
from load.planning import plan_of

NO_HOST = "http://of-the-target-file"
"""What stands for the host until there is a plan: Locust wants one of its users."""


@dataclass(frozen=True)
class Asked:
    """What was asked for. `address`: another than the target file's ("": that one)."""

    target: str = "runbook"
    rate_per_s: float = 0.0
    lasts_s: float = 0.0
    address: str = ""

    @classmethod
    def of(cls, options: Mapping[str, object], host: str | None, shown: str = NO_HOST) -> "Asked":
        """Of Locust's options, or of the fields of its page. Raises ValueError.

        `shown`: the host that the page shows of itself; who leaves it as it is means the target file's address.
        """
        numbers = {}
        for name in ("load_rate", "load_lasts"):
            try:
                numbers[name] = float(str(options.get(name) or 0))
            except ValueError:
                raise ValueError(f"{name} is a number, not {options[name]!r}") from None
        address = "" if host in (None, NO_HOST, shown) else str(host)
        return cls(str(options.get("target") or "runbook"), numbers["load_rate"], numbers["load_lasts"], address)


def shown_host(plan: Plan) -> str:
    """Where the plan goes, as Locust's page shows it."""
    parts = urlsplit(plan.endpoints[0].url)
    return f"{parts.scheme}://{parts.netloc}"


class Refused(Exception):
    """There is no plan for what was asked; the text is one line and says what to change."""


def plan_by_hand(profile: Profile, asked: Asked) -> Plan:
    """The plan. Raises Refused."""
    try:
        target = load_target(asked.target, api_url=asked.address or None)
        scaled = profile.scaled(asked.rate_per_s, asked.lasts_s)
        return plan_of(scaled, target, Limits.of(target), seed=secrets.randbelow(1 << 32))
    except (LoadRefused, TargetError, ValueError) as error:
        raise Refused(" ".join(str(error).split())) from None

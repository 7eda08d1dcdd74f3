"""What is said of a load before it is sent: how much, where to, and what of its profile cannot be asked there. Pure."""

from collections.abc import Mapping, Sequence

from checks.target import Target
from load.asked import EMBEDDED
from load.load_profile import CallName, Profile
from load.plan import Plan, Side
from load.planning import endpoints_of, is_too_dear


def announced(plan: Plan, profile: Profile, targets: Mapping[Side, Target]) -> list[str]:
    """The lines: what is about to be sent, where to, for how long; what green means there; what is left out."""
    newest_first = [targets[side] for side in sorted(targets, reverse=True)]
    where = " against ".join(f"{target.name} ({target.api.url})" for target in newest_first)
    rate_per_s = max(stage.rate_per_s for stage in plan.stages)
    lines = [
        f"load {plan.profile}: {plan.planned:,.0f} requests in {plan.lasts_s:.0f} s, at most {rate_per_s:g}/s, "
        f"by {plan.users} users (seed {plan.seed}), to {where}"
    ]
    # Green there proves the suite, and nothing of anybody's build: its description says so.
    described = {t.description: f"{t.name} is {t.description}" for t in newest_first if t.name == EMBEDDED}
    lines += [said for description, said in described.items() if description]
    if left_out := _left_out(profile, newest_first):
        lines.append(left_out)
    return lines


def _left_out(profile: Profile, targets: Sequence[Target]) -> str:
    """Which calls of the profile are not asked, and why; "": all are."""
    dear: list[CallName] = []
    missing: list[CallName] = []
    for share in profile.mix:
        lacking = [t for t in targets if share.call not in {one.name for one in endpoints_of(profile, t, "a")}]
        if lacking:
            (dear if all(is_too_dear(share.call, target) for target in lacking) else missing).append(share.call)
    whose = "the target has none" if len(targets) == 1 else "one of the two has none"
    said = [f"{', '.join(missing)} ({whose})"] if missing else []
    if dear:
        said.append(f"{', '.join(dear)} (questions cost money; `paid = false` under [openai] says that they do not)")
    return f"left out: {'; '.join(said)}" if said else ""

"""From a profile and a target to the plan of a run: which calls the target has, at which addresses, when. Pure."""

import json

import msgspec

from checks.target import Target
from checks.tickers import ticker_pool
from load.guard import Limits
from load.load_profile import CallName, Profile
from load.plan import Endpoint, Plan, PlannedStage, Side, Wants
from load.schedule import users_for

KNOWN_QUESTIONS = 20
"""So many wordings are asked again and again: a service that is used has them in its cache."""
TIMEOUT_S_MIN = 15.0
"""Longer than any documented objective (EDGAR: 10 s), so that what is late is measured and not cut off."""


def plan_of(profile: Profile, target: Target, limits: Limits, *, seed: int) -> Plan:
    """The plan of one run against one target. Raises LoadRefused, and ValueError where the target has no such call."""
    limits.allow(profile.rate_max_per_s, profile.lasts_s)
    stages = tuple(
        PlannedStage(from_s=at_s, to_s=at_s + stage.lasts_s, rate_per_s=stage.rate_per_s, name=stage.name)
        for at_s, stage in profile.begins_s()
    )
    return Plan(
        profile=profile.name,
        seed=seed,
        users=users_for(profile.rate_max_per_s, profile.period_s),
        timeout_s=max(TIMEOUT_S_MIN, target.timeout_s),
        endpoints=endpoints_of(profile, target, "a"),
        stages=stages,
    )


def endpoints_of(profile: Profile, target: Target, side: Side) -> tuple[Endpoint, ...]:
    """The calls of the mix that the target has. What it has not is left out, and the others make up for it."""
    found = [(share.fraction, one) for share in profile.mix if (one := _endpoint(share.call, target, side))]
    if not found:
        raise ValueError(
            f"target {target.name!r} has none of the calls of profile {profile.name!r}: give [api] its paths"
        )
    total = sum(fraction for fraction, _ in found)
    return tuple(_with_fraction(one, fraction / total) for fraction, one in found)


def is_too_dear(call: CallName, target: Target) -> bool:
    """Whether this call would ask OpenAI each time, where a question costs money and could be asked."""
    asks_anew = call in (CallName.QUESTION_FRESH, CallName.QUESTION_EDGAR)
    return asks_anew and bool(target.api.path("query")) and target.questions_cost


def _endpoint(call: CallName, target: Target, side: Side) -> Endpoint | None:
    api = target.api
    if call is CallName.HEALTH or call is CallName.READY:
        wants: Wants = "health" if call is CallName.HEALTH else "ready"
        path = api.path(wants)
        healthy = (*api.healthy, *api.degraded)
        return Endpoint(name=call, side=side, url=f"{api.url}{path}", wants=wants, healthy=healthy) if path else None
    path = api.path("query")
    tickers = tuple(ticker_pool(target.question.uncached_tickers)) if call is CallName.QUESTION_EDGAR else ()
    if not path or is_too_dear(call, target) or (call is CallName.QUESTION_EDGAR and not tickers):
        return None
    return Endpoint(
        name=call,
        side=side,
        method="POST",
        url=f"{api.url}{path}",
        bodies=_bodies(call, target),
        tickers=tickers,
        token_env=api.token_env,
    )


def _bodies(call: CallName, target: Target) -> tuple[str, ...]:
    asked = target.question
    if call is not CallName.QUESTION:
        texts = [f"{asked.text} (load {{nonce}})"]
    elif target.questions_cost:
        texts = [asked.text]
    else:
        texts = [asked.text, *(f"{asked.text} (load, wording {n})" for n in range(1, KNOWN_QUESTIONS))]
    ticker = "{ticker}" if call is CallName.QUESTION_EDGAR else asked.ticker
    form = {"form_type": asked.form_type, "limit": asked.limit}
    return tuple(json.dumps({"question": text, "ticker": ticker, **form}) for text in texts)


def _with_fraction(endpoint: Endpoint, fraction: float) -> Endpoint:
    return msgspec.structs.replace(endpoint, fraction=fraction)

"""The secrets of a deployment on a bench: its own where it has them, else throw-away ones."""

import re
import secrets
from collections.abc import Iterable, Mapping

from drills.bench.deployment import COMPOSE_NAMES, Deployment

_SECRET = re.compile(r"\$\{?(\w*(?:TOKEN|KEY|SECRET|PASSWORD))\b")
_SET_SECRET = re.compile(r"\w*(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS?)\w*", re.IGNORECASE)
"""In .env, where a value is at hand that would be shown: rather one too many than one too few."""


def secrets_of(deployment: Deployment) -> dict[str, str]:
    """By variable: what the deployment's .env sets, and a throw-away value for what is named and not set.

    Named are the target's secrets, and the variables of the compose file and of .env that are called like one.
    """
    called = (name for name in deployment.settings if _SET_SECRET.fullmatch(name))
    wanted = {*deployment.target.secret_names(), *_named(deployment.files), *called}
    return {name: deployment.settings.get(name) or _throw_away(name) for name in sorted(wanted)}


def settings_file(deployment: Deployment, values: Mapping[str, str]) -> bytes:
    """The deployment's .env with what it does not set itself."""
    own = deployment.files.get(".env", b"")
    added = [f"{name}={value}" for name, value in values.items() if not deployment.settings.get(name)]
    return own.rstrip(b"\n") + b"\n" * bool(own) + "".join(f"{line}\n" for line in added).encode()


def _named(files: Mapping[str, bytes]) -> Iterable[str]:
    return (name for file in COMPOSE_NAMES for name in _SECRET.findall(files.get(file, b"").decode(errors="replace")))


def _throw_away(name: str) -> str:
    return f"sk-standin-{secrets.token_hex(16)}" if "OPENAI" in name else secrets.token_urlsafe(18)

"""The table of what can be observed; a check names a row by taking a parameter of that name."""

from collections.abc import Mapping
from types import MappingProxyType

from checks.certificate import see_certificate
from checks.containers import see_container_logs, see_containers, see_usage
from checks.exchange import Exchange
from checks.host import see_host
from checks.http import Request, sendable
from checks.log_files import see_log
from checks.outcome import CheckFailed, fail
from checks.question import ask_fresh, ask_known, ask_uncached, edgar_request
from checks.scrape_state import ScrapeState, Traffic, compare_with_last
from checks.sweep import Probe, Prober
from checks.target import Api, Service, Target, Webapp
from checks.web_form import send_form, session_cookie

_REST_S = 1.0
"""What an upstream, or a command on the host, is spared (Probe.rest_s)."""


def get_probe(service: str, path: str) -> Probe:
    """A GET of a service's path: its name in the target file ("health"), or the path itself ("/docs").

    Raises ValueError for a service or a name that no target file can have.
    """
    known: dict[str, type[Service]] = {"api": Api, "webapp": Webapp}
    if service not in known:
        raise ValueError(f"there is no service {service!r}; known: {', '.join(known)}")
    names = ("any", *known[service].paths())
    if not path.startswith("/") and path not in names:
        raise ValueError(f"there is no path {path!r}; known: {', '.join(names)}")

    async def observe(prober: Prober) -> Exchange:
        return await prober.ask(_get(prober.target, service, path))

    def missing(target: Target) -> str | None:
        found = target.service(service)
        if found is None:
            return f"has no {service}"
        return None if found.path(path) else f"has no {path} on its {service}"

    return Probe(f"get {service} {path}", observe, missing=missing)


def _get(target: Target, service: str, path: str) -> Request:
    found = target.service(service)
    assert found is not None
    return Request(service, f"{found.url}{found.path(path)}")


def _tokenless(service: str) -> Probe:
    """One POST without a token and with an empty body: refused for the token, or authentication was skipped.

    It carries what CSRF protection wants, so that a refusal can be for nothing but the token.
    """

    async def observe(prober: Prober) -> Exchange:
        found = prober.target.service(service)
        assert found is not None
        url = f"{found.url}{found.path('query')}"
        try:
            headers = await _csrf(prober, found)
        except CheckFailed:  # no reason to call authentication broken: who is refused for want of it says so
            headers = {"Content-Type": "application/json"}
        return await prober.ask(Request(service, url, "POST", headers, b"", again=False))

    return Probe(f"{service}_tokenless", observe, missing=lambda target: _no_token(target, service))


async def _with_token(prober: Prober) -> Exchange:
    """A POST to the webapp with token and CSRF token, and an empty body: refused for the body, and only for it."""
    webapp = prober.target.webapp
    assert webapp is not None
    headers = {"Authorization": f"Bearer {prober.secret(webapp.token_env)}", **await _csrf(prober, webapp)}
    url = f"{webapp.url}{webapp.path('query')}"
    return await prober.ask(Request("webapp", url, "POST", headers, b"{}", again=False))


async def _csrf(prober: Prober, service: Service) -> dict[str, str]:
    """The headers that get a POST past the service's CSRF protection, where it has any."""
    path = service.path("csrf") if isinstance(service, Webapp) else None
    headers = {"Content-Type": "application/json"}
    if path is None:
        return headers
    given = await prober.ask(Request("webapp", f"{service.url}{path}"))
    value = given.answer.json_object().get("csrf_token")
    if not isinstance(value, str) or not sendable(value):
        fail("webapp.csrf_malformed", expected="a csrf_token in ASCII", seen=f"none from GET {service.url}{path}")
    return {**headers, "X-CSRF-Token": value, "Cookie": session_cookie(given)}


async def _traffic(prober: Prober) -> Traffic:
    """/metrics now, beside what it said at the last run, or before the last few seconds of a watch."""
    exchange = await prober.ask(_get(prober.target, "api", "metrics"))
    kept = ScrapeState(prober.ground.state, prober.target.api.url)
    return compare_with_last(prober.ground.readings or kept, exchange)


async def _edgar(prober: Prober) -> Exchange:
    edgar = prober.target.edgar
    assert edgar is not None
    return await prober.ask(edgar_request(edgar, f"{edgar.data_url}{edgar.probe_path}"))


async def _openai(prober: Prober) -> Exchange:
    """The models listing: it costs nothing, and it needs a valid key."""
    openai = prober.target.openai
    assert openai is not None
    headers = {}
    if openai.key_env:
        headers["Authorization"] = f"Bearer {prober.secret(openai.key_env)}"
    return await prober.ask(Request("openai", f"{openai.url}/models", headers=headers))


def _certificate(service: str) -> Probe:
    def missing(target: Target) -> str | None:
        found = target.service(service)
        return None if found and found.url.startswith("https://") else f"does not serve its {service} over https"

    return Probe(f"{service}_certificate", lambda prober: see_certificate(prober, service), missing=missing)


def _container_output(service: str) -> Probe:
    async def observe(prober: Prober) -> object:
        containers = prober.target.containers
        return await see_container_logs(prober, getattr(containers, service))

    return Probe(
        f"{service}_output", observe, "docker", missing=lambda target: _no_container(target, service), rest_s=_REST_S
    )


def _log(name: str) -> Probe:
    def missing(target: Target) -> str | None:
        return None if target.logs and getattr(target.logs, name) else f"has no {name} log"

    return Probe(f"{name}_log", lambda prober: see_log(prober, name), "logs", missing=missing, rest_s=_REST_S)


def _no_token(target: Target, service: str) -> str | None:
    found = target.service(service)
    if found is None or found.token_env is None:
        return f"has no authentication on its {service}"
    return None if found.path("query") else f"has no query path on its {service}"


def _no_containers(target: Target) -> str | None:
    return None if target.containers else _lacks("containers")


def _no_container(target: Target, service: str) -> str | None:
    named = target.service(service) and target.containers and getattr(target.containers, service)
    return None if named else f"has no {service} container"


def _no_form(target: Target) -> str | None:
    webapp = target.webapp
    return None if webapp and webapp.path("page") and webapp.path("query") else "has no web page with a form"


def _no_query(target: Target) -> str | None:
    return None if target.api.path("query") else "has no query on its api"


def _no_uncached(target: Target) -> str | None:
    named = target.question.uncached_tickers
    return _no_query(target) or (None if named else "names no uncached_tickers in [question]")


def _no_metrics(target: Target) -> str | None:
    return None if target.metrics and target.api.path("metrics") else "has no [metrics]"


def _lacks(section: str) -> str:
    return f"has no [{section}] section"


_ROWS = (
    _tokenless("api"),
    _tokenless("webapp"),
    Probe("webapp_with_token", _with_token, missing=lambda target: _no_token(target, "webapp")),
    Probe("page_form", send_form, paid_calls=1, missing=_no_form, rest_s=_REST_S),
    Probe("fresh_question", ask_fresh, paid_calls=1, missing=_no_query, rest_s=_REST_S),
    Probe("uncached_question", ask_uncached, paid_calls=1, missing=_no_uncached, rest_s=_REST_S),
    Probe("known_question", ask_known, paid_calls=1, missing=_no_query, rest_s=_REST_S),
    Probe("traffic", _traffic, missing=_no_metrics),
    Probe("edgar_from_here", _edgar, missing=lambda t: None if t.edgar else _lacks("edgar"), rest_s=_REST_S),
    Probe("openai_from_here", _openai, missing=lambda t: None if t.openai else _lacks("openai"), rest_s=_REST_S),
    _certificate("api"),
    _certificate("webapp"),
    Probe("engine", see_containers, "docker", missing=_no_containers, rest_s=_REST_S),
    Probe("engine_usage", see_usage, "docker", missing=_no_containers, rest_s=_REST_S),
    _container_output("api"),
    _container_output("webapp"),
    Probe("host", see_host, "host", missing=lambda t: None if t.host else _lacks("host"), rest_s=_REST_S),
    _log("app"),
    _log("access"),
    _log("debug"),
)

PROBES: Mapping[str, Probe] = MappingProxyType({probe.name: probe for probe in _ROWS})

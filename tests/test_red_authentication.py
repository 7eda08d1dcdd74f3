"""Authentication that is switched off or refuses its own token, and secrets that anybody can read."""

from drills.bench.embedded import Embedded
from tests.harness.faults import described, lying, restarted
from tests.harness.front import Asked, Lie, Reply, added, body, header
from tests.harness.red import Red, each
from tests.harness.runs import failed

pytest_plugins = ["tests.harness.fixtures"]

API_WITH_TOKEN = {"[api]\n": '[api]\ntoken_env = "FINCHAT_TOKEN"\n'}
AUTHENTICATION = "checks/test_authentication.py"
LEAKED_KEY = "sk-proj-4f9d2c7b1a8e6035d2c7b1a8"
LEAKED_PASSWORD = "postgresql://finchat:hunter2hunter2@db.internal/finchat"


@each(
    Red(
        "the webapp runs without a token",
        restarted("webapp", {"FINCHAT_TOKEN": ""}),
        AUTHENTICATION,
        {"webapp_refuses_the_unauthenticated": failed("webapp.authentication_skipped")},
    ),
    Red(
        "the API asks nobody for the token that it is said to have",
        described(edits=API_WITH_TOKEN),
        AUTHENTICATION,
        {"api_refuses_the_unauthenticated": failed("api.authentication_skipped")},
    ),
    Red(
        "the webapp has another token",
        restarted("webapp", {"FINCHAT_TOKEN": "another-token-than-ours"}),
        f"{AUTHENTICATION} checks/test_webapp.py -m 'not p3'",
        {
            "webapp_accepts_its_token": failed("webapp.token_refused"),
            "web_page_answers_a_question": failed("webapp.form_status", "webapp_accepts_its_token"),
        },
    ),
    Red(
        "the webapp gives out CSRF tokens that it does not accept",
        lying(webapp={"/csrf-token": body('{"csrf_token": "of-another-process"}')}),
        AUTHENTICATION,
        {"webapp_accepts_its_token": failed("webapp.csrf_refused")},
    ),
    Red(
        "the webapp gives out no CSRF token",
        lying(webapp={"/csrf-token": body('{"csrf_token": null}')}),
        AUTHENTICATION,
        {"webapp_accepts_its_token": failed("webapp.csrf_malformed")},
    ),
    Red(
        "the webapp cannot pass a request on",
        restarted("webapp", {"FINCHAT_API_URL": "http://127.0.0.1:1"}),
        AUTHENTICATION,
        {"webapp_accepts_its_token": failed("webapp.authenticated_status")},
    ),
)
def test_authentication_that_does_not_hold_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


def echoes_headers(asked: Asked, reply: Reply) -> Reply:
    return added(f"{dict(asked.headers)} Authorization: Bearer {LEAKED_KEY}")(asked, reply)


def shows(api: dict[str, Lie], webapp: dict[str, Lie]) -> Red:
    return Red(
        f"a secret shows at {', '.join([*api, *webapp])}",
        lying(api, webapp),
        "checks/test_secrets.py",
        {
            "api_shows_no_secret": failed("api.secret_shown"),
            "api_errors_show_no_secret": failed("api.secret_shown"),
            "webapp_shows_no_secret": failed("webapp.secret_shown"),
        },
    )


@each(
    shows(
        {"/health": header("x-debug", LEAKED_KEY), "/api/v1/query": echoes_headers},
        {"/no-such-page": added(f"OPENAI_API_KEY={LEAKED_KEY}")},
    ),
    shows(
        {
            "/metrics": added(f'finchat_config{{database="{LEAKED_PASSWORD}"}} 1\n'),
            "/no-such-page": added(f"OPENAI_API_KEY={LEAKED_KEY}"),
        },
        {"/": added(f"<!-- {LEAKED_PASSWORD} -->")},
    ),
)
def test_a_secret_that_anybody_can_read_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)


@each(
    Red(
        "a secret shows in the webapp's health and in its refusal",
        lying(webapp={"/health": header("x-debug", LEAKED_KEY), "/query": added(f"key {LEAKED_KEY}")}),
        "checks/test_secrets.py",
        {
            "webapp_health_shows_no_secret": failed("webapp.secret_shown"),
            "webapp_refusal_shows_no_secret": failed("webapp.secret_shown"),
        },
    ),
    Red(
        "the health page shows the token of this deployment",
        # Nothing in its shape tells that it is one: only whoever holds it can know it.
        lambda bench: lying(api={"/health": header("x-debug", bench.token)})(bench),
        "checks/test_secrets.py",
        {"api_shows_no_secret": failed("api.secret_shown")},
    ),
)
def test_a_secret_is_known_by_its_value_too(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)

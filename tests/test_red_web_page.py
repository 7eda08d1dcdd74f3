"""The web page's form, sent as a browser would send it."""

from drills.bench.embedded import Embedded
from tests.harness.faults import lying, restarted, stopped
from tests.harness.front import body, header, swapped
from tests.harness.red import Red, each
from tests.harness.runs import Verdict, failed

pytest_plugins = ["tests.harness.fixtures"]

FORM = "-k 'web_page or webapp_is_reachable'"


def page(verdict: Verdict) -> dict[str, Verdict]:
    return {"web_page_answers_a_question": verdict}


@each(
    Red(
        "the webapp does not find the API",
        restarted("webapp", {"FINCHAT_API_URL": "http://127.0.0.1:1"}),
        FORM,
        page(failed("webapp.form_status")),
    ),
    Red(
        "the API is down",
        stopped("api"),
        "-k 'web_page or is_reachable' -m 'p0 or p2'",
        {"api_is_reachable": failed("api.refused"), **page(failed("webapp.form_status", "api_is_reachable"))},
    ),
    Red("the page has no form", lying(webapp={"/": swapped("<form", "<div")}), FORM, page(failed("webapp.no_form"))),
    Red(
        "the form sends the question elsewhere",
        lying(webapp={"/": swapped('"/query"', '"https://example.org/q"')}),
        FORM,
        page(failed("webapp.form_elsewhere")),
    ),
    Red(
        "the form has lost its token against forgery",
        lying(webapp={"/": swapped("csrf_token", "no_token")}),
        FORM,
        page(failed("webapp.form_status")),
    ),
    Red(
        "the page comes without its session",
        lying(webapp={"/": header("set-cookie", None)}),
        FORM,
        page(failed("webapp.form_status")),
    ),
    Red(
        "the answer quotes nothing",
        lying(webapp={"/query": body("<p>No answer today</p>")}),
        FORM,
        page(failed("webapp.form_no_answer")),
    ),
    Red(
        "the answer is no page",
        lying(webapp={"/query": header("content-type", "application/json")}),
        FORM,
        page(failed("webapp.form_type")),
    ),
)
def test_a_form_that_gives_no_answer_is_found(red: Red, healthy: Embedded) -> None:
    red.hold(healthy)

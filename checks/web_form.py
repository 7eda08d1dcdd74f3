"""The web page's question form, read from its HTML, filled in and sent as a browser would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from checks.exchange import Exchange
from checks.http import Request, sendable
from checks.outcome import fail
from checks.sweep import Prober

_QUOTES = ("blockquote", "q", "cite")


@dataclass
class Form:
    """A form that is sent by POST: where to, with which fields, and which of them asks for a secret."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    secret_field: str | None = None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.quotes: list[str] = []
        self._open: Form | None = None
        self._quoting = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._open = Form(given.get("action", ""))
            self.forms.append(self._open)
        elif tag in _QUOTES:
            self._quoting += 1
            self.quotes.append("")
        elif self._open and tag in ("input", "textarea", "select") and given.get("name"):
            self._open.fields[given["name"]] = given.get("value", "")
            if given.get("type") == "password":
                self._open.secret_field = given["name"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag in _QUOTES and self._quoting:
            self._quoting -= 1

    def handle_data(self, data: str) -> None:
        if self._quoting:
            self.quotes[-1] += data


def question_form(page: str) -> Form | None:
    """The first POST form of `page` that has a field for the question."""
    return next((form for form in _read(page).forms if "question" in form.fields), None)


def quotations(page: str) -> list[str]:
    """The texts that `page` marks as quoted."""
    return [quote.strip() for quote in _read(page).quotes if quote.strip()]


async def send_form(prober: Prober) -> Exchange:
    """What comes of the page's form with the target's question in it; of the page itself where that fails."""
    webapp, question = prober.target.webapp, prober.target.question
    assert webapp is not None
    page_url = f"{webapp.url}{webapp.path('page')}"
    page = await prober.ask(Request("webapp", page_url))
    if not page.answered or page.answer.status != 200:
        return page
    form = question_form(page.answer.text())
    if form is None:
        fail("webapp.no_form", expected="a form with a question field on the page", seen=page.answer.seen)
    url = _form_url(page_url, form.action)
    fields = {**form.fields, "question": question.text, "ticker": question.ticker, "form_type": question.form_type}
    if form.secret_field:
        fields[form.secret_field] = prober.secret(webapp.token_env) or ""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": session_cookie(page),
        "Accept": "text/html",
        "Referer": page_url,
    }
    return await prober.ask(Request("webapp", url, "POST", headers, urlencode(fields).encode(), again=False))


def session_cookie(exchange: Exchange) -> str:
    """The cookies that an answer set, for the next request."""
    lines = exchange.answer.headers.get("set-cookie", "").splitlines()
    cookie = "; ".join(line.partition(";")[0] for line in lines)
    if not sendable(cookie):
        fail("webapp.cookie_malformed", expected="a cookie in ASCII", seen=exchange.answer.seen)
    return cookie


def _form_url(page_url: str, action: str) -> str:
    try:
        url = urljoin(page_url, action)
        elsewhere = urlsplit(url).netloc != urlsplit(page_url).netloc
    except ValueError:
        url, elsewhere = action, True
    if elsewhere or not sendable(url):
        fail("webapp.form_elsewhere", expected="a form that is sent to the webapp itself", seen=f"one for {url!r}")
    return url


def _read(page: str) -> _Reader:
    reader = _Reader()
    try:
        reader.feed(page)
    except AssertionError:  # how html.parser takes markup that it cannot read
        fail("webapp.not_html", expected="a page in HTML", seen="markup that cannot be read")
    return reader

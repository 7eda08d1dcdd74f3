"""The webapp's page in a real Chromium: a person asks, reads the answer, and is told when there is none."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from drills.bench import embedded
from drills.bench.embedded import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_TIMEOUT_MS = 10_000
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")


@pytest.fixture(scope="module")
def bench() -> Iterator[Embedded]:
    with embedded.running() as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    assert found, "Chromium is not installed: apt-get install chromium, or leave these out with -m 'not browser'"
    return found


@pytest.fixture
def page(bench: Embedded, chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_QUIET))
        try:
            opened = browser.new_page(base_url=bench.webapp_url, java_script_enabled=False)
            opened.set_default_timeout(_TIMEOUT_MS)
            opened.goto("/")
            yield opened
        finally:
            browser.close()


def _ask(page: Page, question: str, ticker: str, token: str) -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_label("Ticker").fill(ticker)
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Ask").click()


def test_a_person_gets_an_answer_with_its_passage(page: Page, bench: Embedded) -> None:
    _ask(page, "What are the main risk factors?", "ACME", bench.token)
    expect(page.get_by_role("heading", name="Answer", exact=True)).to_be_visible()
    expect(page.locator("blockquote").first).not_to_be_empty()


def test_an_answer_from_the_cache_is_labelled_so(page: Page, bench: Embedded) -> None:
    for _ in range(2):
        page.goto("/")
        _ask(page, "What does the company sell?", "ACME", bench.token)
    expect(page.get_by_text("From the cache")).to_be_visible()


def test_a_wrong_token_gives_a_sentence(page: Page) -> None:
    _ask(page, "What are the main risk factors?", "ACME", "not the token")
    expect(page.get_by_role("alert")).to_be_visible()


def test_an_unknown_ticker_gives_a_sentence(page: Page, bench: Embedded) -> None:
    _ask(page, "What are the main risk factors?", "NOSUCH", bench.token)
    expect(page.get_by_role("alert")).to_contain_text("NOSUCH")

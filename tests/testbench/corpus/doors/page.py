"""The page *Test a model* in a real browser, as a person uses it and sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, TimeoutError, sync_playwright

from tests.browser import READY, launch, open_page
from tests.testbench.corpus.doors import stack
from tests.testbench.corpus.doors.answers import BROKEN, REFUSED, WORKS, Answer, File

SLOW = ("latency", "drift simulation", "explainability")
FAULT = '[data-testid="stAlertContentError"] [data-testid="stMarkdownContainer"]'
ACTED = "window.corpus !== undefined || document.querySelector('[onerror], img[src=x]') !== null"
WITHIN_MS = 120_000


class InBrowser:
    def __init__(self, there: stack.Stack, browser: Browser) -> None:
        self._stack, self._browser = there, browser

    def tried(self, file: File) -> Answer:
        context = self._browser.new_context(reduced_motion="reduce", locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(WITHIN_MS)
        odd: list[str] = []
        page.on("pageerror", lambda error: odd.append(f"in the browser: {error}"))
        page.on("dialog", lambda dialog: (odd.append("a dialog"), dialog.dismiss()))
        try:
            try:
                outcome, sentence = _tested(page, self._stack.url, file)
            except TimeoutError as error:
                outcome, sentence = "no end", str(error).splitlines()[0]
            text = page.locator('[data-testid="stMain"]').inner_text()
            if outcome == "no end":
                odd.append(" ".join(text.split())[-300:])
            if page.evaluate(ACTED):
                odd.append("markup of the file's")
            return Answer(outcome, sentence, text, tuple(odd))
        finally:
            context.close()

    def afterwards(self) -> list[str]:
        return self._stack.afterwards()


def _tested(page: Page, url: str, file: File) -> tuple[str, str]:
    open_page(page, f"{url}/test_model")
    fields = page.locator('input[type="file"]')
    kind, content = "application/octet-stream", file.path.read_bytes()
    with page.expect_response(_is_upload):
        fields.nth(0).set_input_files({"name": file.path.name, "mimeType": kind, "buffer": content})
    with page.expect_response(_is_upload):
        fields.nth(1).set_input_files(file.sample)
    page.wait_for_selector(READY)
    page.get_by_role("button", name="Use this model").click()
    fault, columns = page.locator(FAULT), page.get_by_text("2 · Columns")
    fault.or_(columns).first.wait_for()
    if fault.count():
        return REFUSED, fault.first.inner_text()
    for name in SLOW:
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name="Run the tests").click()
    end = page.get_by_text("Kept as")
    fault.or_(end).first.wait_for()
    if not end.count():
        return REFUSED, fault.first.inner_text()
    said = page.get_by_text("The model answers").or_(fault).first.inner_text() if not fault.count() else ""
    return (BROKEN, fault.first.inner_text()) if fault.count() else (WORKS, said)


def _is_upload(response: Response) -> bool:
    return response.request.method == "PUT"


@contextmanager
def opened(home: Path, env: dict[str, str]) -> Iterator[InBrowser]:
    with stack.running(home, env) as there, sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            yield InBrowser(there, browser)
        finally:
            browser.close()

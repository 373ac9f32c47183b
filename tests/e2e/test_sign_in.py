"""Signing in by OpenID Connect, with a real provider and a real browser."""

import re
from pathlib import Path

import requests
from oidc_provider_mock import run_server_in_thread
from playwright.sync_api import Browser, Page, expect

from tests.browser import READY, visitor
from tests.server import free_port
from tests.serving import serving


def environment(provider: int, port: int, **more: str) -> dict[str, str]:
    """Of a page on ``port``, for those whom the provider signs in."""
    oidc = {
        "METADATA_URL": f"http://127.0.0.1:{provider}/.well-known/openid-configuration",
        "CLIENT_ID": "batch-zero",
        "CLIENT_SECRET": "a-secret-of-the-client",
        "REDIRECT_URI": f"http://127.0.0.1:{port}/oauth2callback",
        "COOKIE_SECRET": "a-secret-for-the-cookie",
        **more,
    }
    return {f"BATCH_ZERO_OIDC_{name}": value for name, value in oidc.items()}


def sign_in(page: Page, url: str, provider: int, name: str) -> None:
    page.set_default_timeout(120_000)
    page.goto(url)
    page.get_by_text("This report is for people who sign in.").wait_for()
    assert "Crash triage" not in page.content()
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(f":{provider}/"))
    page.locator("input[name=sub]").fill(name)
    page.get_by_role("button", name=re.compile("authorize|allow|log ?in|sign ?in", re.IGNORECASE)).first.click()


def test_a_visitor_signs_in_sees_the_report_and_signs_out(
    finished: dict[str, str], tmp_path: Path, browser: Browser
) -> None:
    port = free_port()
    with run_server_in_thread() as provider:
        env = {**finished, **environment(provider.server_port, port)}
        with serving(env, tmp_path / "log.txt", port=port) as url:
            page = browser.new_context().new_page()
            sign_in(page, url, provider.server_port, "ada@example.org")
            page.get_by_role("heading", name=re.compile("Crash triage")).wait_for()
            expect(page.get_by_text("Signed in as ada")).to_be_visible()
            # The API has no visitors; without a token it is closed.
            assert requests.get(f"{url}/api/report", timeout=120).status_code == 401
            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url(re.compile(f":{provider.server_port}/oauth2/end_session"))
            page.goto(url)
            page.get_by_text("This report is for people who sign in.").wait_for()
            page.context.close()
    log = (tmp_path / "log.txt").read_text()
    assert "a-secret" not in log


def test_no_page_of_a_server_that_has_just_started_is_shown_to_who_has_not_signed_in(
    finished: dict[str, str], tmp_path: Path, browser: Browser
) -> None:
    port = free_port()
    with run_server_in_thread() as provider:
        env = {**finished, **environment(provider.server_port, port)}
        with serving(env, tmp_path / "log.txt", port=port) as url:
            for address in ("health", "report"):  # the first requests of all: app.py has not run yet
                page = browser.new_context().new_page()
                page.goto(f"{url}/{address}")
                page.get_by_text("This report is for people who sign in.").wait_for()
                page.locator(READY).wait_for()
                assert "Crash triage" not in page.content()
                expect(page.get_by_role("link", name="Health of the store")).to_have_count(0)
                page.context.close()
            page = browser.new_context().new_page()
            sign_in(page, f"{url}/health", provider.server_port, "ada@example.org")
            page.get_by_role("link", name="Health of the store").click()
            page.get_by_role("heading", name="Health of the store").wait_for()
            expect(page.get_by_text("Signed in as ada")).to_be_visible()
            page.context.close()


VISITORS: dict[str, dict[str, object]] = {
    "ada@example.org": {"email_verified": True},
    "eve@else.where": {"email_verified": "true"},
    "mallory@else.where": {"email_verified": True},
    "x@example.org.evil": {"email_verified": True},
    "unsaid@example.org": {},
    "null@example.org": {"email_verified": None},
    "denied@example.org": {"email_verified": False},
    "text@example.org": {"email_verified": "false"},
    "@": {"email_verified": True},
    "nobody": {"email_verified": True},
}
"""What the provider says of each beside the address."""


def come_in(finished: dict[str, str], log: Path, browser: Browser, **more: str) -> list[str]:
    """Those of ``VISITORS`` who see the report; all others are told that it is not for them."""
    port, seen = free_port(), {}
    with run_server_in_thread() as provider:
        env = {**finished, **environment(provider.server_port, port, **more)}
        for name, claims in VISITORS.items():
            address = f"http://127.0.0.1:{provider.server_port}/users/{name}"
            requests.put(address, json={"email": name, **claims}, timeout=120).raise_for_status()
        with serving(env, log, port=port) as url, browser.new_context() as context:
            for name in VISITORS:
                with visitor(context) as page:
                    sign_in(page, url, provider.server_port, name)
                    report = page.get_by_role("heading", name=re.compile("Crash triage"))
                    refused = page.get_by_text("This report is for others")
                    report.or_(refused).first.wait_for()
                    page.locator(READY).wait_for()
                    seen[name] = (report.count() > 0, refused.count() > 0)
    assert set(seen.values()) == {(True, False), (False, True)}
    return [name for name, (shown, _) in seen.items() if shown]


NAMED = "eve@else.where, @Example.org"


def test_only_those_who_are_named_by_a_verified_address_come_in(
    finished: dict[str, str], tmp_path: Path, browser: Browser
) -> None:
    came = come_in(finished, tmp_path / "log.txt", browser, ALLOWED=NAMED)
    assert came == ["ada@example.org", "eve@else.where"]


def test_of_a_provider_that_does_not_say_an_address_can_be_assumed_to_be_verified(
    finished: dict[str, str], tmp_path: Path, browser: Browser
) -> None:
    came = come_in(finished, tmp_path / "log.txt", browser, ALLOWED=NAMED, EMAIL_VERIFIED="assumed")
    assert came == ["ada@example.org", "eve@else.where", "unsaid@example.org", "null@example.org"]

"""Signing in by OpenID Connect, with a real provider and a real browser."""

import re
from pathlib import Path

import requests
from oidc_provider_mock import run_server_in_thread
from playwright.sync_api import Browser, Page, expect

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
    page.set_default_timeout(30_000)
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
            assert requests.get(f"{url}/api/report", timeout=10).status_code == 401
            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url(re.compile(f":{provider.server_port}/oauth2/end_session"))
            page.goto(url)
            page.get_by_text("This report is for people who sign in.").wait_for()
            page.context.close()
    log = (tmp_path / "log.txt").read_text()
    assert "a-secret" not in log


def test_only_those_who_are_named_come_in(finished: dict[str, str], tmp_path: Path, browser: Browser) -> None:
    port, seen = free_port(), {}
    visitors = ("ada@example.org", "eve@else.where", "mallory@else.where", "x@example.org.evil", "@", "nobody")
    with run_server_in_thread() as provider:
        env = {**finished, **environment(provider.server_port, port, ALLOWED="eve@else.where, @Example.org")}
        with serving(env, tmp_path / "log.txt", port=port) as url:
            for name in visitors:
                page = browser.new_context().new_page()
                sign_in(page, url, provider.server_port, name)
                report = page.get_by_role("heading", name=re.compile("Crash triage"))
                refused = page.get_by_text("This report is for others")
                report.or_(refused).first.wait_for()
                seen[name] = (report.count() > 0, refused.count() > 0)
                page.context.close()
    assert [name for name, drawn in seen.items() if drawn == (True, False)] == ["ada@example.org", "eve@else.where"]
    assert sum(drawn == (False, True) for drawn in seen.values()) == 4

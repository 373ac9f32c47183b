"""A Chromium for the tests: the system's where there is one, else Playwright's own."""

from pathlib import Path

from playwright.sync_api import Browser, Playwright

SYSTEM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",  # containers have no user namespaces
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=SYSTEM if SYSTEM.exists() else None, args=list(QUIET))

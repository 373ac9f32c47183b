"""How fast the report appears, next to Streamlit's own hello page: ``make benchmark``.

Both are served by this script and loaded in turn by fresh visitors (no cache) in headless Chromium; the medians stand
side by side. The times are this machine's, the ratios travel. Also: the server's CPU time of a warm rerun.
"""

import os
import platform
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser import launch  # noqa: E402  the path has to be set first
from tests.serving import serving  # noqa: E402

LOADS = 9
RERUNS = 100
RESULT = ROOT / "benchmarks" / "results" / "page_load.md"
HELLO = "import streamlit as st\nst.title('Hello')\nst.write('Streamlit says hello.')\n"
MARKS = {
    "title": "document.querySelector('h1')",
    "its tiles": "document.querySelectorAll('[class*=st-key-hero-tile-] strong').length == 4",
    "every batch's tiles": "document.querySelectorAll('.st-key-journey .tile').length >= 24",
    "charts": "document.querySelectorAll('.st-key-drift-progression .barlayer .point').length == 6"
    " && document.querySelector('.st-key-score-trend .scatterlayer .trace')",
}


def load(browser: Browser, url: str, marks: dict[str, str]) -> dict[str, float]:
    """Seconds from navigation to each mark, seen by the page itself, on every frame."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    tests = ", ".join(f'"{name}": () => {test}' for name, test in marks.items())
    page.add_init_script(
        "window.seen = {};"
        f"const tests = {{{tests}}};"
        "const look = () => {"
        "  for (const [name, test] of Object.entries(tests))"
        "    if (!(name in window.seen) && test()) window.seen[name] = performance.now() / 1000;"
        "  if (Object.keys(window.seen).length < Object.keys(tests).length) requestAnimationFrame(look);"
        "};"
        "requestAnimationFrame(look);"
    )
    page.goto(url)
    for _ in range(600):  # wait_for_function would need eval, which the page's own policy forbids
        seen = page.evaluate("window.seen")
        if len(seen) == len(marks):
            context.close()
            return seen
        time.sleep(0.1)
    raise TimeoutError(f"{url}: only {sorted(seen)} of {sorted(marks)} appeared within a minute")


def rerun_cpu_ms() -> float:
    """CPU of the page's script and of the thread that runs it, caches warm; the median."""
    import gc

    from streamlit.testing.v1 import AppTest

    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run().run()
    gc.collect()
    gc.freeze()
    times = []
    for _ in range(RERUNS):
        began = time.process_time()
        page.run()
        times.append((time.process_time() - began) * 1000)
    return statistics.median(times)


def main() -> None:
    os.environ.setdefault("BATCH_ZERO_HOME", str(ROOT / ".batch-zero"))
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (scratch / "hello.py").write_text(HELLO)
        hello = stack.enter_context(serving(os.environ, scratch / "hello.log", scratch / "hello.py"))
        report = stack.enter_context(serving(os.environ, scratch / "report.log"))
        browser = launch(stack.enter_context(sync_playwright()))
        load(browser, hello, {"title": MARKS["title"]})
        load(browser, report, MARKS)
        ours, theirs = [], []
        for _ in range(LOADS):
            theirs.append(load(browser, hello, {"title": MARKS["title"]})["title"])
            ours.append(load(browser, report, MARKS))
        browser.close()
    write(ours, theirs, rerun_cpu_ms())


def write(ours: list[dict[str, float]], theirs: list[float], cpu_ms: float) -> None:
    base = statistics.median(theirs)
    lines = [
        "# Page load",
        "",
        f"`make benchmark`, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
        f"load {os.getloadavg()[0]:.1f}; {LOADS} fresh visitors each, median (fastest).",
        "",
        "| | seconds | ratio to Streamlit's hello |",
        "|---|---|---|",
        f"| hello: title | {base:.2f} ({min(theirs):.2f}) | 1.0 |",
    ]
    for name in MARKS:
        values = [seen[name] for seen in ours]
        median = statistics.median(values)
        lines.append(f"| report: {name} | {median:.2f} ({min(values):.2f}) | {median / base:.1f} |")
    lines += [
        "",
        f"Script of a warm rerun: {cpu_ms:.0f} ms of CPU (median of {RERUNS}, Streamlit's test runner included).",
    ]
    RESULT.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()

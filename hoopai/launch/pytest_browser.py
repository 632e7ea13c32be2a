"""A pytest plugin: tests marked `browser` drive the system's Chromium.

Where there is none they are skipped, and the last lines of the run say so; with CI=true that is a failure.
"""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no browser on this machine"
REMEDY = "get one with `apt-get install chromium` (or name it: CHROMIUM=/path/to/chromium) and run bin/test again"
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
)


def browser_path() -> str | None:
    """The Chromium to use: the one CHROMIUM names, else the first known one on the PATH."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not browser_path():
        if in_ci():
            pytest.fail(f"{MISSING}, and in CI browser tests must run: {REMEDY}", pytrace=False)
        pytest.skip(f"{MISSING}: {REMEDY}")


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """One running Chromium for the whole session; take a fresh `chromium.new_context()` in each test."""
    from playwright.sync_api import sync_playwright

    # The driver keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(QUIET)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path(), args=arguments)
        yield browser
        browser.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", ()) if MISSING in str(report.longrepr)]
    if skipped:
        terminalreporter.write_sep("!", f"{len(skipped)} BROWSER TESTS DID NOT RUN", red=True, bold=True)
        terminalreporter.write_line(f"There is {MISSING}: {REMEDY}.", red=True, bold=True)

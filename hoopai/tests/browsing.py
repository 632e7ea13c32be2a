"""A signed-in visit to the demo in a real browser, which collects what the page complains of."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from django.conf import settings

PASSWORD = "brightwater-demo"
ADMIN = "marcus@brightwater.example"
AXE = settings.ROOT / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
IGNORED = re.compile(r"favicon|status of 422")  # 422 is how a form says what is wrong


class Visit:
    """A page with its complaints collected."""

    def __init__(self, page, root: str) -> None:  # type: ignore[no-untyped-def]
        self.page = page
        self.root = root
        self.complaints: list[str] = []
        self.is_measured = False
        page.on("framenavigated", self.arrive)
        page.on("console", lambda message: message.type == "error" and self.complain(message.text))
        page.on("pageerror", lambda error: self.complain(str(error)))
        page.on("response", lambda answer: answer.status >= 500 and self.complain(f"{answer.status} {answer.url}"))

    def arrive(self, frame: object) -> None:
        self.is_measured = self.is_measured and frame is not self.page.main_frame

    def complain(self, what: str) -> None:
        if self.is_measured and "inline style" in what:
            return  # axe styles elements while it measures, which the page's policy reports, sometimes late
        if not IGNORED.search(what):
            self.complaints.append(f"{self.page.url}: {what}")

    def open(self, path: str) -> None:
        self.page.goto(self.root + path)
        self.page.wait_for_load_state("networkidle")

    def until(self, holds: Callable[[], bool], seconds: float = 30) -> None:
        """Let the page go on until something holds, at most for so long."""
        ends = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < ends, "it never came to that"
            self.page.wait_for_timeout(50)

    def check(self) -> list[str]:
        """The serious findings of axe-core on the page as it stands."""
        if not self.page.evaluate("typeof window.axe === 'object'"):
            self.page.evaluate(AXE.read_text())
        self.is_measured = True
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            f"{self.page.url}: {one['id']} {[node['html'][:160] for node in one['nodes'][:3]]}"
            for one in found
            if one["impact"] in SERIOUS
        ]

    def check_both(self) -> list[str]:
        """`check` as it stands on a wide light screen, then on a dark phone; the page is not loaded again."""
        found = self.check()
        self.page.emulate_media(color_scheme="dark")
        self.page.set_viewport_size({"width": 375, "height": 812})
        found += [f"dark phone: {one}" for one in self.check()]
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 1:
            found.append(f"{self.page.url} scrolls sideways by {wide} px on a phone")
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        return found


def home(visit: Visit) -> str:
    """The path of the location the visit is in."""
    found = re.search(r"/l/[A-Za-z0-9]{20}/", visit.page.url)
    assert found
    return found[0]

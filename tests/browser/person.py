"""Somebody at a screen: a page that is watched for errors and looked at by axe in light and dark."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from portal.config import ROOT

PHONE = {"width": 360, "height": 780}
DESK = {"width": 1280, "height": 900}
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
# An answer that refuses a form is meant; the browser calls every one above 399 an error.
MEANT = "Failed to load resource: the server responded with a status of 4"


@cache
def axe() -> str:
    """The checker's script."""
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


class Person:
    """One browser page of one person at one site."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.page: Page = context.new_page()
        self.page.set_default_timeout(8000)
        self.errors: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str) -> Page:
        """Go to a path of the site."""
        self.page.goto(self.url + path)
        return self.page

    def look(self) -> None:
        """Let axe judge what is on the screen, light and dark; fails with every violation."""
        found = self.problems()
        assert not found, "\n".join(found)

    def problems(self, schemes: tuple[str, ...] = ("light", "dark")) -> list[str]:
        """What is wrong with the page on the screen: rules broken, or wider than the screen."""
        found = []
        for scheme in schemes:
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [f"{self.page.url} ({scheme}): {problem}" for problem in self.violations()]
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return [*found, f"{self.page.url} is {wide} pixels too wide"] if wide > 0 else found

    def violations(self) -> list[str]:
        """What axe finds, as `rule: selector`."""
        if not self.page.evaluate("typeof window.axe === 'object'"):
            self.page.evaluate(axe())
        options: dict[str, Any] = {"runOnly": TAGS, "resultTypes": ["violations"]}
        found = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary'][:300]}"
            for rule in found["violations"]
            for node in rule["nodes"][:3]
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(MEANT):
            self.errors.append(message.text)

"""Pages and the browser that opens them, for tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def browser_page() -> Iterator[Page]:
    """Open a tab of the system's own Chromium; the test is skipped where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no browser found ({', '.join(names)}): the pages stay untried")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield browser.new_page(viewport={"width": 1400, "height": 900})
        browser.close()


class Watched:
    """A tab that notes what the page complains of and what it asks the world for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _note(self, message: object) -> None:
        if message.type in ("error", "warning"):  # type: ignore[attr-defined]
            self.errors.append(message.text)  # type: ignore[attr-defined]

    def open(self, path: Path) -> None:
        self.errors.clear()
        self.requests.clear()
        self.page.goto(path.as_uri())

    def outside(self, path: Path) -> list[str]:
        """Return the requests that left the page."""
        own = ("data:", "blob:", path.as_uri())
        return [url for url in self.requests if not url.startswith(own)]

"""Draw the README's picture of a finished study.

    python docs/make_picture.py lehr-runs/text docs/choose_text.png

The picture is the study's own report without the small print, photographed by Debian's chromium
(`apt-get install chromium`) through playwright, which comes with the `dev` extra.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from lehr.choose import read_study
from lehr.report.build import build
from lehr.report.page import page

CHROMIUM = "/usr/bin/chromium"
WIDTH = 1200
SCALE = 2
"""Pixels of the picture for each pixel of the page, for sharp text."""
MARGIN = 24
"""What is shown below the last element, in pixels of the page."""


def photograph(html: str, picture: Path, until: str | None = None) -> None:
    """Open a page, wait until its figures are drawn, and keep an image of it.

    Args:
        html: the page.
        picture: where to write.
        until: selector of the last element to show. None (default): all of the page.
    """
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        file = Path(directory) / "page.html"
        file.write_text(html, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(
            viewport={"width": WIDTH, "height": 800},
            device_scale_factor=SCALE,
            color_scheme="light",
        )
        tab.goto(file.as_uri())
        for figure in tab.locator(".figure").all():
            figure.locator(".main-svg").first.wait_for()
        shown = None
        if until is not None:
            bottom = tab.locator(until).first.evaluate("e => e.getBoundingClientRect().bottom")
            shown = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": bottom + MARGIN}
        tab.screenshot(path=picture, full_page=True, clip=shown)
        browser.close()


def main(arguments: list[str]) -> int:
    """Take a study's directory and the picture's path."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    study, picture = map(Path, arguments)
    photograph(page(build(read_study(study)), brief=True), picture)
    print(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

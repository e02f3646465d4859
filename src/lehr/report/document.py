"""One HTML file that needs nothing else: style, script, plotly and figures inside."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from lehr.errors import UsageError
from lehr.report.markup import Child, Markup, code, data, element

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
"""The browser itself refuses every request that the page could make."""


@dataclass(frozen=True)
class Picture:
    """A figure and the name under which the page embeds it."""

    name: str
    figure: go.Figure

    @property
    def place(self) -> Markup:
        """Where the page shows it."""
        return element("div", class_="figure", data_source=f"figure-{self.name}")

    @property
    def source(self) -> Markup:
        """Its data, in a form no string can break out of."""
        return data(f"figure-{self.name}", str(self.figure.to_json()))


def document(title: str, body: Child, pictures: list[Picture], extra: Child = None) -> str:
    """Make the whole page.

    Args:
        title: of the window.
        body: what the page shows, the pictures' places among it.
        pictures: figures that the script draws into their places.
        extra: embedded data that is not shown.
    """
    own = files("lehr.report")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        code(own.joinpath("page.css").read_text(encoding="utf-8"), "style"),
    )
    scripts = [
        code(get_plotlyjs()),
        code(own.joinpath("page.js").read_text(encoding="utf-8")),
    ]
    content = element(
        "body",
        element("main", body),
        extra,
        [picture.source for picture in pictures],
        scripts if pictures else scripts[1:],
    )
    return "<!doctype html>\n" + element("html", head, content, lang="en") + "\n"


def write(page: str, path: Path) -> None:
    """Write a page to a file, which is replaced if it is there.

    Raises:
        UsageError: the file cannot be written: a folder, or in a folder that is not there.
    """
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the page cannot be written: {error.strerror}",
            value=str(path),
            rule="a file in a folder that is there",
            fix="--html page.html",
        ) from error

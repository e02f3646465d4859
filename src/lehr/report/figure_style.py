"""How every picture of the report looks: colours, axes, and text that is shown as it is.

Text that comes from a problem is escaped (`plain`) before plotly sees it, because plotly reads a
few HTML tags in labels. Ink and grid lines get their colours from the page's style sheet, so that
one figure fits light, dark and paper; the data's colours fit all three.
"""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lehr.report import numerals

if TYPE_CHECKING:  # records import all of choosing, which a picture of a schedule does not need
    from lehr.report.record import Role

ROLE_COLORS: dict[Role, str] = {
    "chosen": "#e8590c",
    "baseline": "#3b82c4",
    "runner-up": "#2b9a82",
    "other": "#9aa5b1",
}
PLACE_COLORS = ("#e8590c", "#3b82c4", "#2b9a82", "#9b6dd6", "#c08a1e", "#7a8793")
"""One a schedule, by its place in the legend; the last is for all that follow."""

PLACE_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""A second way to tell lines apart, for those who do not see the colours, and on paper."""

PAPER, PAPER_INK = "#ffffff", "#57606a"
"""Ground and text of a figure that stands alone, where no style sheet adapts them."""

DIVERGED = "#d6336c"
INK = "#7d8792"
TICKS = 9
"""Labels on a logarithmic axis at the most."""

GRID = "rgba(128,138,148,0.22)"
CROSS = {"symbol": "x", "size": 9, "color": DIVERGED}
"""Where a run diverged."""

ARROW = {"symbol": "triangle-up", "size": 8, "color": INK}
"""Where a run that was not given up leaves the picture."""

DASHES: dict[Role, str] = {"chosen": "solid", "baseline": "dash", "runner-up": "dot"}
WIDTHS: dict[Role, float] = {"chosen": 1.8, "baseline": 1.5, "runner-up": 1.5, "other": 1.1}


def plain(text: str) -> str:
    """Make text that plotly shows as it is.

    >>> plain("<b>x</b> & y")
    '&lt;b&gt;x&lt;/b&gt; &amp; y'
    """
    return html.escape(text, quote=False)


def place_color(place: int) -> str:
    """The colour of a schedule by its place in the legend."""
    return PLACE_COLORS[min(place, len(PLACE_COLORS) - 1)]


def place_dash(place: int) -> str:
    """The dashes of a schedule by its place in the legend."""
    return PLACE_DASHES[place % len(PLACE_DASHES)]


def axis(title: str, low: float, high: float, *, log: bool) -> dict[str, object]:
    """Title, range and ticks of an axis; a logarithmic one has them at 1, 2, 5 or at decades."""
    if not log:
        return {"title_text": plain(title), "range": [low, high], "exponentformat": "e"}
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    heads = (1, 2, 5) if last - first <= 3 else (1,)
    candidates = [head * 10.0**power for power in range(first, last + 1) for head in heads]
    ticks = [tick for tick in candidates if low <= tick <= high]
    ticks = ticks[:: math.ceil(len(ticks) / TICKS) or 1]
    return {
        "title_text": plain(title),
        "type": "log",
        "range": [math.log10(low), math.log10(high)],
        "tickvals": ticks,
        "ticktext": [numerals.lr(tick) for tick in ticks],
    }


def blank(height: int, rows: int = 1) -> go.Figure:
    """An empty figure of some height in pixels, as wide as its place, with panels in rows."""
    layout = go.Layout(
        template="none",
        height=height,
        margin={"l": 68, "r": 30, "t": 18, "b": 58},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, -apple-system, Segoe UI, sans-serif", "size": 13, "color": INK},
        hoverlabel={"bgcolor": "#1c2128", "font": {"color": "#f3f4f6"}, "namelength": -1},
        showlegend=False,
    )
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.2 / rows,
        figure=go.Figure(layout=layout),
    )
    lines = {
        "gridcolor": GRID,
        "zeroline": False,
        "zerolinecolor": INK,
        "ticklabelstandoff": 5,
        "title": {"font": {"size": 13}, "standoff": 8},
    }
    figure.update_xaxes(lines)
    figure.update_yaxes(lines)
    return figure

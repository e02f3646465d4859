"""What the pages of a forecast and of a design have in common."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from lehr.laws.curve import Array
from lehr.report import forecast_tables as tables
from lehr.report import numerals
from lehr.report.document import Picture
from lehr.report.forecast import Forecast
from lehr.report.forecast_doubts import Doubt, of_parameters, reached, seen_lr, unseen
from lehr.report.markup import Markup, element
from lehr.report.parts import doubt, paste, section, tile, top

PROBLEM = "my_problem.py"
"""What stands for the reader's problem in what may be typed."""

OPEN = element(
    "p",
    "± is one standard deviation: of what the law's parameters leave open, and of how far two "
    "runs are from the law.",
    class_="advice below",
)


def head(forecast: Forecast, question: str) -> Markup:
    """What the page answers, and whether the law holds."""
    if forecast.law.holds:
        return top(question, "the law holds", "chosen")
    return top(question, "the law does not hold", "indistinguishable")


def boxes(doubts: Sequence[Doubt]) -> Markup:
    """What could make it wrong, where one looks first."""
    shown = [doubt(one.title, one.text, warning=one.warning) for one in doubts]
    return element("div", shown, class_="doubts")


def tiles(forecast: Forecast) -> Markup:
    """What the law was fitted on, how well, and how far from there it is asked."""
    law, peaks = forecast.law, sorted({one.peak_lr for one in forecast.expected})
    ends = {one.horizon for one in forecast.expected}
    asked = " to ".join(dict.fromkeys(numerals.lr(peak, 3) for peak in (peaks[0], peaks[-1])))
    where = "outside" if any(unseen(law, reached(one)) for one in forecast.expected) else "within"
    longest = numerals.plural(law.seen_steps, "step")
    return element(
        "div",
        tile("fitted on", numerals.plural(len(forecast.runs), "run"), f"of at most {longest}"),
        tile("the law misses them by", numerals.percent(law.misfit), f"{law.form.name} law"),
        tile(
            "horizon" if len(ends) == 1 else "longest horizon",
            numerals.plural(forecast.horizon, "step"),
            f"{numerals.times(forecast.stretch)} the longest run seen"
            if forecast.stretch > 1
            else "no longer than the longest run seen",
        ),
        tile("peak lr", asked, f"{where} what was seen: {seen_lr(law)}"),
        class_="facts",
    )


def card(table: Markup) -> Markup:
    """A table below a picture."""
    return element("div", table, class_="card scroll below")


def evidence(
    forecast: Forecast, picture: Picture, finals: Sequence[Markup], asked: Array
) -> list[Markup]:
    """The picture, the final losses, the runs behind them, and what the law knows.

    Args:
        forecast: what is shown.
        picture: of it.
        finals: tables of the final losses, and what to know of them.
        asked: derivatives by the law's parameters of the loss that is asked about.
    """
    form = forecast.law.form
    return [
        section(
            "Expected loss",
            "Rings are measured losses, thin lines the law through them. Coloured lines are "
            "expected, washed where nine of ten runs lie; beside their end the final losses. "
            "Below, the learning rates on the same steps.",
            tables.legend(forecast),
            element("div", picture.place, class_="card"),
            finals,
        ),
        section(
            "What was measured",
            "The last loss of each run, and what the law makes of it.",
            element("div", tables.runs(forecast), class_="card scroll"),
        ),
        section(
            "What the law knows",
            f"The {form.name} law ({form.source}): how much of what is known of each parameter "
            "the runs told. The rest is what other models' runs told before; runs of other "
            "peak lrs, lengths or cooldowns tell more.",
            element("div", tables.parameters(forecast), class_="card scroll"),
            boxes(of_parameters(forecast.law, asked)),
        ),
    ]


def next_steps(lines: Sequence[str]) -> list[Markup]:
    """What to type next."""
    words = "A law is no proof: train it against what you use."
    if any(PROBLEM in line for line in lines):
        words += f" {PROBLEM} is your problem."
    return [
        section("What to type next", words, paste("next", "\n".join(lines))),
        element("footer", "Nothing on this page was trained but the runs it was fitted on."),
    ]


def typed(*words: str) -> str:
    """Return a command line, quoted for the shell."""
    return shlex.join(["lehr", *words])

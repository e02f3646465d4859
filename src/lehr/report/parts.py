"""The parts that pages are made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lehr.report.markup import Child, Markup, element


def top(question: str, verdict: str, kind: str) -> Markup:
    """What the page answers, and the answer in two or three words.

    Args:
        question: in a few words.
        verdict: what is said to it.
        kind: a class of the style sheet: chosen, indistinguishable or no_winner.
    """
    return element(
        "header",
        element("span", "lehr", class_="wordmark"),
        element("span", question),
        element("span", verdict, class_=f"verdict {kind}"),
        class_="top",
    )


def section(title: str, lead: str, *content: Child) -> Markup:
    """A headline, a sentence about what follows, and what follows."""
    return element("section", element("h2", title), element("p", lead, class_="lead"), content)


def paste(name: str, text: str) -> Markup:
    """Text to copy; the script copies what the element of that name holds."""
    shown = element("pre", element("code", text, id=name))
    button = element("button", "copy", type="button", data_copy=name)
    return element("div", shown, button, class_="paste")


def tile(label: str, value: str, note: str) -> Markup:
    """One number: what it is, the number, and what to know of it."""
    return element(
        "div",
        element("span", label),
        element("b", value),
        element("span", note),
        class_="fact",
    )


def doubt(title: str, text: str, *, warning: bool) -> Markup:
    """One thing that could make an answer wrong; what deserves a look first is marked."""
    kind = "doubt warning" if warning else "doubt"
    return element("div", element("b", title), element("p", text), class_=kind)


def legend_entry(color: str, shape: str, content: Child) -> Markup:
    """A line or ring of some colour, and what it stands for.

    Args:
        color: as CSS has it.
        shape: classes of the style sheet: key, and dash, dot or hollow.
        content: what it stands for.
    """
    swatch = element("span", class_=shape, style=f"border-color:{color}")
    return element("li", swatch, element("span", content))


def sign(color: str, character: str, content: str) -> Markup:
    """A character that stands for something."""
    shown = element("span", character, class_="key cross", style=f"color:{color}")
    return element("li", shown, element("span", content))


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[Child]],
    *,
    numeric: Collection[int],
    chosen: Collection[int] = (),
) -> Markup:
    """A table.

    Args:
        head: what stands above the columns.
        rows: cells, as many as columns.
        numeric: places of the columns that are set flush right.
        chosen: places of the rows that are marked.
    """
    kinds = ["n" if place in numeric else None for place in range(len(head))]
    titles = [
        element("th", name, class_=kind, scope="col")
        for name, kind in zip(head, kinds, strict=True)
    ]
    lines = [
        element(
            "tr",
            [element("td", cell, class_=kind) for cell, kind in zip(cells, kinds, strict=True)],
            class_="is-chosen" if place in chosen else None,
        )
        for place, cells in enumerate(rows)
    ]
    return element("table", element("thead", element("tr", titles)), element("tbody", lines))

"""HTML that is escaped by construction: a string is text, only an element is markup."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable

VOID = frozenset({"meta", "br", "hr", "img", "input"})


class Markup(str):
    """Text that is HTML already; nothing but this module makes one from a string."""

    __slots__ = ()


Child = str | None | Iterable["Child"]
"""What an element may hold: text, elements, nothing, or several of these."""


def element(tag: str, *children: Child, **attributes: str | None) -> Markup:
    """Make an element; strings are escaped, `class_` is `class`, `data_x` is `data-x`.

    An attribute that is None is left out.

    >>> element("p", "a < b ", element("b", "& so on"), class_='quote"d')
    '<p class="quote&quot;d">a &lt; b <b>&amp; so on</b></p>'
    """
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in VOID:
        return Markup(f"<{tag}{told}>")
    return Markup(f"<{tag}{told}>{join(children)}</{tag}>")


def join(children: Iterable[Child]) -> Markup:
    """Put children one after the other.

    >>> join(["<", None, [element("b", "x"), ">"]])
    '&lt;<b>x</b>&gt;'
    """
    return Markup("".join(_render(child) for child in children))


def _render(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return html.escape(child)
    return join(child)


def data(name: str, text: str) -> Markup:
    r"""Embed JSON so that no string in it can end the element or begin another.

    Args:
        name: the element's id.
        text: a JSON document.

    >>> data("d", '{"a": "</script>"}')
    '<script type="application/json" id="d">{"a":"\\u003c/script\\u003e"}</script>'
    """
    compact = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=True)
    safe = compact.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    opening = f'<script type="application/json" id="{html.escape(name)}">'
    return Markup(f"{opening}{safe}</script>")


def code(text: str, kind: str = "script") -> Markup:
    """Embed our own script or style as it is.

    Raises:
        ValueError: the text would end its own element.
    """
    if f"</{kind}" in text.lower():
        raise ValueError(f"a {kind} may not contain </{kind}")
    return Markup(f"<{kind}>{text}</{kind}>")

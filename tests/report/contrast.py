"""How well two colours are told apart."""

from __future__ import annotations


def contrast(first: str, second: str) -> float:
    """Contrast of two CSS colours (`#rrggbb` or `rgb(...)`), as WCAG 2.2 defines it."""
    lights = sorted(_luminance(color) for color in (first, second))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(color: str) -> float:
    if color.startswith("#"):
        parts = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
    else:
        parts = [float(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]]
    channels = [part / 255 for part in parts]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

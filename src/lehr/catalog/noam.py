"""Noam: the schedule of the Transformer paper, with its d_model."""

from __future__ import annotations

from typing import SupportsIndex

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, glide
from lehr.schedule import warmup as rise
from lehr.schedule.checked import positive, whole


def noam(
    warmup: SupportsIndex = 4_000, d_model: SupportsIndex | None = None, *, scale: float = 1
) -> Schedule:
    """Warm up for w steps, then fall as 1/√t, with t counted from 1: min(t/w, √(w/t)).

    Without `d_model` it multiplies the peak. With it, it is the paper's whole learning rate
    scale·d_model^(−½)·min(t^(−½), t·w^(−3/2)), for an optimizer whose lr is 1.

    Args:
        warmup: optimizer steps w of the rise. Default 4,000, as in the paper.
        d_model: width of the model, at least 1; None (default) leaves the peak to the optimizer.
        scale: factor above 0. Default 1.

    Raises:
        ScheduleError: an impossible number.

    Source:
        Vaswani et al., Attention Is All You Need, 2017, §5.3; t is the step number plus 1.

    >>> s = noam(4)
    >>> s
    warmup(4) >> glide(shape="inverse", span=4, offset=1, power=0.5, beyond="on")
    >>> p = s.over(63)
    >>> p(0), p(3), round(p(4), 3), round(p(62), 3), p(63), p(99)
    (0.25, 1.0, 0.894, 0.252, 0.25, 0.25)
    >>> f"{noam(4_000, 512).over(100_000)(3_999):.4g}"
    '0.0006988'
    """
    steps = whole(warmup, "warmup")
    shape = rise(steps) >> glide(shape="inverse", span=steps, offset=1, power=0.5, beyond="on")
    size = positive(scale, "scale")
    peak = size if d_model is None else size * (whole(d_model, "d_model") * steps) ** -0.5
    return shape if peak == 1 else peak * shape


RECIPE = Recipe(
    build=noam,
    formula="min((t+1)/w, √(w/(t+1))), with d_model times scale/√(d_model·w)",
    source="Vaswani et al. 2017",
    also={"paddle": "NoamDecay", "AllenNLP": "noam", "NeMo": "NoamAnnealing"},
    examples=("noam(100)", "noam(400, d_model=512)", "noam(100, scale=0.5)"),
)

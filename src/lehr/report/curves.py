"""The runs of a study over their steps: training losses and evaluations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lehr.choose.decision import Curve, Mode
from lehr.report import numerals
from lehr.report.evidence import Evidence, plan_text
from lehr.report.lines import POINTS
from lehr.report.record import CurveLine, Curves, Role

SMOOTHING = 0.02
"""Width of the moving average over training losses, as a part of the horizon."""

SPREAD = 5.0
"""Values that span a larger factor want a logarithmic axis, or their ends cannot be told apart."""

ABOVE_START = 2.0
"""Values above so many times the usual first one are cut off: they would flatten all others."""

ROLES: tuple[Role, ...] = ("other", "runner-up", "baseline", "chosen")
"""In the order of drawing: the last is on top."""


def losses(evidence: Evidence) -> Curves | None:
    """Training losses, smoothed; a run that diverged is drawn as it was."""
    horizon = evidence.decision.horizon
    lines = [
        _line(evidence, curve, curve.loss_steps, _smooth(curve, horizon))
        for curve in evidence.curves
    ]
    return _together("training loss", horizon, "min", lines)


def objectives(evidence: Evidence) -> Curves | None:
    """The objective at every evaluation."""
    decision = evidence.decision
    name = decision.metric
    lines = [
        _line(evidence, curve, curve.metric_steps, curve.metrics[name])
        for curve in evidence.curves
        if name in curve.metrics
    ]
    drawn = _together(name, decision.horizon, decision.metric_mode, lines)
    if drawn is None or decision.target is None:
        return drawn
    return drawn.model_copy(update={"target": decision.target.value})


def _line(
    evidence: Evidence, curve: Curve, steps: Sequence[int], values: Sequence[float | None]
) -> CurveLine:
    pairs = zip(steps, values, strict=True)
    finite = [(step, value) for step, value in pairs if value is not None and math.isfinite(value)]
    stride = max(1, math.ceil(len(finite) / POINTS))
    kept = [*finite[:-1:stride], *finite[-1:]]
    return CurveLine(
        role=evidence.role(curve),
        label=f"{plan_text(curve.plan)} @ {numerals.lr(curve.peak_lr)}, seed {curve.seed}",
        diverged=curve.diverged,
        leaves=False,
        steps=[step for step, _ in kept],
        values=[value for _, value in kept],
    )


def _smooth(curve: Curve, horizon: int) -> list[float | None]:
    values = curve.losses
    if curve.diverged or len(values) < 3 or any(value is None for value in values):
        return values
    spacing = (curve.loss_steps[-1] - curve.loss_steps[0]) / (len(values) - 1)
    half = int(SMOOTHING * horizon / max(spacing, 1e-9) / 2)
    weights = np.ones(2 * half + 1)
    raw = np.asarray(values, dtype=np.float64)
    sums = np.convolve(raw, weights)[half : half + len(raw)]
    counts = np.convolve(np.ones(len(raw)), weights)[half : half + len(raw)]
    return [float(mean) for mean in sums / counts]


def _together(title: str, horizon: int, mode: Mode, lines: Sequence[CurveLine]) -> Curves | None:
    """Choose the axis from the healthy runs, and cut what leaves it."""
    drawn = [line for line in lines if line.values]
    if not drawn:
        return None
    healthy = [line for line in drawn if not line.diverged] or drawn
    seen = [value for line in healthy for value in line.values]
    bottom, top = min(seen), max(seen)
    if mode == "min" and bottom > 0:
        usual = float(np.median([line.values[0] for line in healthy]))
        top = min(top, ABOVE_START * usual)
    log = bottom > 0 and top / bottom > SPREAD
    room = 0.05 * (top - bottom) or 0.05 * abs(top) or 1.0
    low, high = (bottom / 1.15, top * 1.15) if log else (bottom - room, top + room)
    cut = [_cut(line, low, high) for line in drawn]
    cut.sort(key=lambda line: ROLES.index(line.role))
    return Curves(title=title, horizon=horizon, log=log, low=low, high=high, lines=cut)


def _cut(line: CurveLine, low: float, high: float) -> CurveLine:
    """End a line where it leaves the picture, on its edge."""
    outside = (place for place, value in enumerate(line.values) if not low <= value <= high)
    end = next(outside, None)
    if end is None:
        return line
    values = [*line.values[:end], min(max(line.values[end], low), high)]
    return line.model_copy(
        update={"steps": line.steps[: end + 1], "values": values, "leaves": True}
    )

"""Laws fitted on runs that the weight-norm law has made."""

from __future__ import annotations

import numpy as np

from lehr.laws import Curve, Law, fit
from lehr.laws.forms import WeightNorm
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import path

HORIZON = 6_000
STEPS = np.arange(200, HORIZON + 1, 100)


def law_of(*peaks: float) -> Law:
    """A law fitted on one cooldown at each peak lr."""
    curves = []
    values = values_of(WeightNorm(), prior_of(WeightNorm())[0])
    shape = np.interp(np.arange(HORIZON), [0, 100, 4_800, HORIZON], [0.01, 1, 1, 0])
    for peak in peaks:
        loss, _ = WeightNorm().evaluate(values, path(peak * shape, STEPS.astype(float), 0.1))
        curves.append(Curve(steps=STEPS, loss=loss, lr=peak * shape, weight_decay=0.1))
    return fit(curves)

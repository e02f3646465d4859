"""Runs as a law would have logged them, and forecasts from them."""

from __future__ import annotations

from functools import cache

import numpy as np

from lehr import cosine, parse, warmup, wsd
from lehr.laws import FORMS, Curve, Law, fit
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import path
from lehr.report.forecast import Forecast, expect, forecast

SEEN = 3_000
HOSTILE = '<img src=x onerror=alert("x")>.csv'
FORM = next(form for form in FORMS if form.name == "weight_norm")


@cache
def curves(*, noise: float = 0.0, rise: float = 0.0) -> tuple[Curve, ...]:
    """Two runs of the weight-norm law; losses waver by `noise`, and rise in the end by `rise`."""
    steps = np.arange(100, SEEN + 1, 100)
    random = np.random.default_rng(0)
    found = []
    for name, peak, shape in (
        (HOSTILE, 1e-3, warmup(50) >> cosine()),
        ("wsd", 2e-3, wsd(warmup=50)),
    ):
        lr = peak * shape.over(SEEN).values()
        values = values_of(FORM, prior_of(FORM)[0])
        loss, _ = FORM.evaluate(values, path(lr, steps.astype(float), 0.1))
        loss = loss * np.exp(noise * random.standard_normal(len(loss)) + rise * (steps == SEEN))
        found.append(Curve(steps=steps, loss=loss, lr=lr, weight_decay=0.1, name=name))
    return tuple(found)


def law(*, noise: float = 0.0, rise: float = 0.0) -> Law:
    return fit(curves(noise=noise, rise=rise))


def said(
    *texts: str, horizon: int = 2 * SEEN, peak_lr: float = 1e-3, noise: float = 0.0, rise: float = 0
) -> Forecast:
    fitted = law(noise=noise, rise=rise)
    expected = [
        expect(fitted, parse(text), peak_lr=peak_lr, horizon=horizon)
        for text in texts or ("linear()", "wsd()")
    ]
    return forecast(fitted, curves(noise=noise, rise=rise), expected)

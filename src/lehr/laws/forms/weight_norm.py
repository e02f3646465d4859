"""The weight-norm law: what counts is the lr relative to the size of the weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lehr.laws.curve import Array
from lehr.laws.forms.form import Parameter
from lehr.laws.forms.prior import shipped
from lehr.laws.path import Path

SMALLEST = 1e-300
"""Squared norm below which weights are as good as gone."""
PROGRESS_UNIT = 1e4
"""Progress is counted in as many steps at lr 1 and weights of their first size."""


@dataclass(frozen=True)
class WeightNorm:
    """L = L0 + A·p^−alpha + B·N·(1 + kappa·A·p^−alpha).

    With e the lr in its unit and w² the squared weight norm in units of its first value:

        dw²/dt = growth·e² − 2·decay·e·w²      decay = unit × weight decay, which is known
        z = e / w                              the relative lr
        p = ∫ z dt / 10⁴                       progress
        q = ∫ e^(1−gamma) · w^(−2·rho) dt      the clock on which noise relaxes
        N = Σ_k (z_k^m − z_{k−1}^m) · [1 − (1 + C·(q(t) − q_k))^−beta]     noise, over changes k

    The loss is what progress has left, plus noise that follows the relative lr with a delay and
    is larger while there is more loss to go (`kappa`).

    Source: Multi-Power Law (arXiv 2503.12811, eq. 1) for the relaxation; the weight norm of AdamW
    as in rotational equilibrium (arXiv 2305.17212); noise that grows with the excess loss as in
    functional scaling laws (arXiv 2509.19189). What is known beforehand is in
    `priors/weight_norm.json`: what nine families of AdamW runs were fitted by (evidence/laws).
    """

    name: str = "weight_norm"
    source: str = "lehr, evidence/laws"
    parameters: tuple[Parameter, ...] = shipped("weight_norm").over(
        Parameter(name="L0", start=2.7),
        Parameter(name="A", start=0.22),
        Parameter(name="alpha"),
        Parameter(name="B", start=0.33),
        Parameter(name="C"),
        Parameter(name="beta"),
        Parameter(name="m"),
        Parameter(name="gamma", positive=False),
        Parameter(name="growth"),
        Parameter(name="kappa", positive=False),
        Parameter(name="rho", positive=False),
    )

    def evaluate(self, values: Array, path: Path) -> tuple[Array, Array]:
        """Return the loss and its derivatives, O(observations × stretches)."""
        L0, A, alpha, B, C, beta, m, gamma, growth, kappa, rho = values
        e, dt = path.lr, path.length
        log_e = np.log(e)
        log_w2, of_growth = _squared_norm(growth, path)

        z = np.exp(log_e - 0.5 * log_w2)
        z_growth = -0.5 * z * of_growth
        p = _from_start(z * dt)[path.seen] / PROGRESS_UNIT
        p_growth = _from_start(z_growth * dt)[path.seen] / PROGRESS_UNIT

        rate = np.exp((1 - gamma) * log_e - rho * log_w2) * dt
        q = _from_start(rate)
        q_by = [_from_start(rate * factor) for factor in (-log_e, -rho * of_growth, -log_w2)]

        height = z**m
        jump = np.diff(height, prepend=0.0)
        jump_m = np.diff(height * (log_e - 0.5 * log_w2), prepend=0.0)
        jump_growth = np.diff(-0.5 * m * height * of_growth, prepend=0.0)

        before = np.arange(len(e)) < path.seen[:, None]
        waited = np.where(before, q[path.seen][:, None] - q[:-1], 0.0)
        u = 1 + C * waited
        left = u**-beta
        relaxed = 1 - left
        slope = beta * C * left / u
        N = relaxed @ jump
        N_gamma, N_growth, N_rho = (
            ((by[path.seen][:, None] - by[:-1]) * slope * before) @ jump for by in q_by
        )
        N_growth = N_growth + relaxed @ jump_growth
        N_C = (slope * waited) @ jump
        N_beta = (beta * np.log(u) * left) @ jump
        N_m = relaxed @ jump_m

        rest = A * p**-alpha
        amplified = 1 + kappa * rest
        of_rest = 1 + B * N * kappa
        of_noise = B * amplified
        loss = L0 + rest + of_noise * N
        by_p = -alpha * rest / p * of_rest
        columns = [
            np.full(len(p), L0),
            rest * of_rest,
            -alpha * np.log(p) * rest * of_rest,
            of_noise * N,
            of_noise * N_C,
            of_noise * N_beta,
            m * of_noise * N_m,
            of_noise * N_gamma,
            of_noise * growth * N_growth + by_p * growth * p_growth,
            B * N * rest,
            of_noise * N_rho,
        ]
        return loss, np.stack(columns, axis=1)


def _squared_norm(growth: float, path: Path) -> tuple[Array, Array]:
    """Return log w² of each stretch (mean of its ends) and its derivative by `growth`.

    The norm's equation is linear, so within a stretch of one lr it is solved exactly.
    """
    shrink = 2 * path.decay * path.lr * path.length
    kept = np.exp(-shrink)
    mean_kept = np.where(shrink > 1e-8, -np.expm1(-shrink) / np.maximum(shrink, 1e-300), 1.0)
    fed = path.lr**2 * path.length * mean_kept
    own, grown = [1.0], [0.0]  # what is left of the first norm, and what growth has added to it
    for part, added in zip(kept.tolist(), fed.tolist(), strict=True):
        own.append(own[-1] * part)
        grown.append(grown[-1] * part + added)
    by_growth = np.array(grown)
    w2 = np.maximum(np.array(own) + growth * by_growth, SMALLEST)
    log_w2, of_growth = np.log(w2), by_growth / w2
    return 0.5 * (log_w2[1:] + log_w2[:-1]), 0.5 * (of_growth[1:] + of_growth[:-1])


def _from_start(parts: Array) -> Array:
    return np.append(0.0, np.cumsum(parts))

"""AutoLRS (Jin et al., ICLR 2021), re-created after its authors' code.

Training is cut into stages of one lr each. Before a stage, ten lrs are tried for a tenth of it,
each from the same weights and optimizer state; an exponential fitted to the loss says what each
would reach at the end of the stage, and the best is trained. The lrs to try come from a Gaussian
process over log lr with the authors' LCB of κ = 10⁶, which looks where it knows least. The stages
that grow are judged by the training loss, those after them by the validation loss, which is
evaluated 16 times per trial.

Scaled down: the authors' stages double from 1,000 steps to 8,000, which a run of 400 to 3,000 has
no room for. Here they are 1/8, 1/4, 1/4, 1/4 and the last 1/8 of the horizon, and a trial has at
least 17 steps. The authors drop the 3 % of a trial's losses farthest off, ten times over; of fewer
than 17 losses their slice takes all, here none. The next lr is the best of 512 points, which they
go on to polish by gradients. The search costs at least as much as the training.
"""

from __future__ import annotations

import copy
import math
import warnings
from dataclasses import dataclass

import numpy as np
from grid import peak_lrs
from numpy.typing import NDArray
from scipy.interpolate import UnivariateSpline
from scipy.optimize import fmin
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from lehr.training import TorchProblem
from lehr.training.torch_run import TorchRun
from rivals.trained.plain import Outcome, Trained, absolute, outcome, started

SHORTEST_TRIAL = 17
LRS = 10
EVALUATIONS = 16
CAUTION = 1e6
POINTS = 512
HOPELESS = 1e6
"""What the authors tell the Gaussian process where a loss was not finite."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Steps of one lr.

    Attributes:
        steps: to train.
        ahead: steps ahead that are forecast, the length of an uncut stage.
        by_validation: whether the validation loss decides.
    """

    steps: int
    ahead: int
    by_validation: bool

    @property
    def every(self) -> int:
        """Steps from one loss of a trial to the next."""
        return max(1, self._tenth // EVALUATIONS) if self.by_validation else 1

    @property
    def trial(self) -> int:
        """Steps to try an lr for."""
        return self._tenth // self.every * self.every

    @property
    def _tenth(self) -> int:
        return max(SHORTEST_TRIAL, self.ahead // 10)


def stages(horizon: int) -> list[Stage]:
    bounds = [round(horizon * eighths / 8) for eighths in (0, 1, 3, 5, 7, 8)]
    lengths = np.diff(bounds).tolist()
    return [
        Stage(
            steps=steps,
            ahead=lengths[min(place, 1)],
            by_validation=place > 1,
        )
        for place, steps in enumerate(lengths)
    ]


def train(problem: TorchProblem, seed: int, _: float | None) -> Outcome:
    lrs = peak_lrs(problem)
    random = np.random.default_rng(seed)
    run = started(problem, seed)
    searched, lr, healthy = 0, math.nan, True
    initial = math.nan
    for stage in stages(problem.steps):
        tried: dict[float, float] = {}
        kept = snapshot(run, lrs[0])
        while len(tried) < LRS:
            lr = next_lr(tried, lrs[0], lrs[-1], random)
            losses = trial(run, problem, stage, lr)
            initial = float(losses[0]) if math.isnan(initial) else initial
            tried[lr] = predicted(losses, stage, initial)
            searched += stage.trial
            put_back(run, kept, lrs[0])
        lr = min(tried, key=tried.__getitem__)
        losses = advance(run, problem, lr, lrs[0], stage.steps)
        healthy = healthy and bool(np.isfinite(losses).all())
        if not healthy:
            break
    return outcome(run, lr=lr, cost=1 + searched / problem.steps, healthy=healthy)


def advance(
    run: TorchRun, problem: TorchProblem, lr: float, peak_lr: float, steps: int
) -> NDArray[np.float64]:
    values = absolute({"lr": np.full(steps, lr)}, run.step, problem.steps)
    return run.advance(values, peak_lr)


def trial(run: TorchRun, problem: TorchProblem, stage: Stage, lr: float) -> NDArray[np.float64]:
    """Losses of a trial: of every step, or the evaluated ones."""
    peak_lr = peak_lrs(problem)[0]
    if not stage.by_validation:
        return advance(run, problem, lr, peak_lr, stage.trial)
    losses: list[float] = []
    for _ in range(stage.trial // stage.every):
        trained = advance(run, problem, lr, peak_lr, stage.every)
        healthy = bool(np.isfinite(trained).all())
        losses.append(run.evaluate()[problem.objective] if healthy else math.nan)
        if not healthy:
            break
    return np.array(losses)


def predicted(losses: NDArray[np.float64], stage: Stage, initial: float) -> float:
    """The loss at the end of the stage; today's where validation is as bad as at the start."""
    if not np.isfinite(losses).all():
        return HOPELESS
    if stage.by_validation and losses.max() >= initial:
        return float(losses[-1])
    return forecast(losses, stage.ahead // stage.every, by_validation=stage.by_validation)


def forecast(losses: NDArray[np.float64], at: int, *, by_validation: bool) -> float:
    """A falling exponential through the smoothed losses, read off at a later step."""
    steps = np.arange(len(losses), dtype=np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on losses too large for the spline to come near
        rounds = 1 if by_validation else 10
        kept, values = without_outliers(steps, losses, rounds=rounds, one=by_validation)
        smooth = np.asarray(UnivariateSpline(kept, values, k=2)(steps))

    def residual(log_rate: NDArray[np.float64]) -> float:
        return _exponential(-math.exp(min(float(log_rate[0]), 50.0)), steps, smooth)[2]

    rate = -math.exp(min(float(fmin(residual, 0, xtol=1e-5, ftol=1e-5, disp=False)[0]), 50.0))
    factor, floor, _ = _exponential(rate, steps, smooth)
    return float(factor * math.exp(rate * at) + floor)


def without_outliers(
    steps: NDArray[np.float64], losses: NDArray[np.float64], *, rounds: int, one: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Drop, again and again, the 3 % (or the one) farthest from a quadratic spline.

    Only in the first half; the second is what the forecast rests on.
    """
    bound = steps[(len(steps) - 1) // 2]
    for _ in range(rounds):
        off = np.abs(losses - UnivariateSpline(steps, losses, k=2)(steps))
        count = 1 if one else round(0.03 * len(off))
        farthest = np.argsort(off, kind="stable")[len(off) - count :]
        kept = np.setdiff1d(np.arange(len(off)), farthest[farthest < bound])
        steps, losses = steps[kept], losses[kept]
    return steps, losses


def _exponential(
    rate: float, steps: NDArray[np.float64], losses: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Factor, floor and squared residual of the best `factor · exp(rate · step) + floor`."""
    terms = np.stack([np.exp(rate * steps), np.ones(len(steps))], 1)
    (factor, floor), *_ = np.linalg.lstsq(terms, losses, rcond=None)
    return factor, floor, float(((terms @ (factor, floor) - losses) ** 2).sum())


def next_lr(
    tried: dict[float, float], low: float, high: float, random: np.random.Generator
) -> float:
    """The first at random, then where mean − κ · deviation of the process is lowest."""
    if not tried:
        return float(low * (high / low) ** random.random())
    places = np.log(np.array(list(tried)) / low)[:, None] / math.log(high / low)
    process = GaussianProcessRegressor(
        ConstantKernel(1.0, (0.01, 1000.0)) * Matern(1.0, (0.01, 100.0), nu=2.5) + WhiteKernel(),
        normalize_y=True,
    )
    points = random.random((POINTS, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on length scales at their bounds, as few points have
        mean, deviation = process.fit(places, np.array(list(tried.values()))).predict(
            points, return_std=True
        )
    best = float(points[np.argmin(mean - CAUTION * deviation), 0])
    return float(low * (high / low) ** best)


def snapshot(run: TorchRun, peak_lr: float) -> tuple[dict[str, object], dict[str, object]]:
    """Weights and optimizer state; the data goes on, as in the authors' code."""
    parts = run.interior(peak_lr)
    return copy.deepcopy(parts.model.state_dict()), copy.deepcopy(parts.optimizer.state_dict())


def put_back(
    run: TorchRun, kept: tuple[dict[str, object], dict[str, object]], peak_lr: float
) -> None:
    parts = run.interior(peak_lr)
    parts.model.load_state_dict(kept[0])
    parts.optimizer.load_state_dict(copy.deepcopy(kept[1]))


RIVAL = Trained(name="AutoLRS", train=train, fresh=5)

"""Compare what is re-created here with its original.

    python evidence/choose/rivals/check.py fastai/callback/schedule.py autolrs_server.py

The two files are fastai's (of its wheel, which need not be installed) and AutoLRS's (of
github.com/YuchenJin/autolrs). Optuna, Lightning, Schedule-Free and Prodigy run themselves.
"""

from __future__ import annotations

import ast
import math
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch
from grid import SHAPES, marks, plans
from recorded import Recorded
from scipy import optimize
from scipy.interpolate import UnivariateSpline
from tasks import TASKS

from lehr.training import set_threads
from rivals.ledger import Ledger, all_cells
from rivals.trained import autolrs, fastai
from rivals.trained.plain import trained, with_optimizer


def originals(file: str, names: set[str], **known: object) -> types.SimpleNamespace:
    """The functions of these names in a file, without importing what it imports."""
    tree = ast.parse(Path(file).read_text())
    wanted = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in names]
    space = dict(known)
    exec(compile(ast.Module(wanted, []), file, "exec"), space)
    return types.SimpleNamespace(**{name: space[name] for name in names})


def check_fastai(file: str, random: np.random.Generator) -> None:
    """The rule on wandering curves, the two cosines of the cycle, and the smoothing."""
    theirs = originals(file, {"valley", "sched_cos"}, math=math)
    for _ in range(200):
        count = int(random.integers(3, 86))
        lrs = np.geomspace(1e-6, 5, count)
        losses = np.round(np.cumsum(random.normal(-0.01, 0.1, count)), int(random.integers(1, 9)))
        theirs_lr, _ = theirs.valley(lrs, losses, 100)
        assert fastai.valley(lrs, losses) == theirs_lr
    cycle = fastai.one_cycle(800)
    for step in range(800):
        place = step / 800
        rising = place < 0.25
        part = place / 0.25 if rising else (place - 0.25) / 0.75
        lr, momentum = ((1 / 25, 1.0), (0.95, 0.85)) if rising else ((1.0, 1e-5), (0.85, 0.95))
        assert math.isclose(cycle["lr"][step], theirs.sched_cos(*lr, part))
        assert math.isclose(cycle["momentum"][step], theirs.sched_cos(*momentum, part))


def check_autolrs(file: str, random: np.random.Generator) -> None:
    """The forecast, of trials long enough for the authors' filter and their solver."""
    theirs = originals(
        file,
        {"f", "spline_iter", "exp_forecast"},
        np=np,
        UnivariateSpline=UnivariateSpline,
        optimize=optimize,
        logging=types.SimpleNamespace(debug=lambda *_: None),
    )
    compared = 0
    for number in range(100):
        by_validation = number % 2 == 1
        count = (16, 17, 18, 25, 37)[number % 5] if by_validation else (50, 60, 80, 100)[number % 4]
        steps = np.arange(count)
        losses = random.uniform(0.5, 3) * np.exp(-random.uniform(0.005, 0.1) * steps)
        losses += random.normal(0, 0.05, count) + 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                factor, rate, floor = theirs.exp_forecast(losses, count, not by_validation)
            except ValueError:  # their residual is empty where the two terms look alike
                continue
        expected = factor * np.exp(rate * 10 * count) + floor
        given = autolrs.forecast(losses, 10 * count, by_validation=by_validation)
        assert math.isclose(given, expected, rel_tol=1e-3), (number, given, expected)
        compared += 1
    assert compared > 80


def check_loop() -> None:
    """A problem rebuilt with its own optimizer gives the plain loop's loss, to the bit."""
    problem = TASKS["digits_mlp"].problem(steps=60)
    set_threads(problem)
    multipliers = plans()["cosine"].over(60).multipliers()
    ours = trained(with_optimizer(problem, problem.optimizer), 3, multipliers, 0.1)
    torch.manual_seed(3)
    model = problem.model()
    optimizer = problem.build_optimizer(model, 0.1)
    generator = torch.Generator().manual_seed(3)
    batches = (batch for _ in range(9) for batch in problem.train(generator))
    for factor in multipliers.values["lr"]:
        optimizer.param_groups[0]["lr"] = 0.1 * float(factor)
        optimizer.zero_grad()
        problem.loss(model, next(batches)).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        assert ours.val == problem.evaluate(model)["val_loss"]


def check_ledger(random: np.random.Generator) -> None:
    """Its cost is the number of different (lr, multipliers up to a step), counted one by one."""
    horizon = 400
    shape = (1, len(SHAPES), 13, 20)
    recorded = Recorded(
        task="none",
        shapes=tuple(SHAPES),
        peak_lrs=np.geomspace(1, 2**12, 13),
        marks=np.array(marks(horizon)),
        val=np.zeros(shape),
        test=np.zeros(shape),
        seeds=(0,),
    )
    factors = [plans()[name].over(horizon).multipliers().values["lr"] for name in SHAPES]
    ledger, different = Ledger(recorded, 0), set()
    for place in random.permutation(len(all_cells(recorded))):
        cell, mark = all_cells(recorded)[place], int(random.integers(1, 21))
        ledger.train(*cell, mark / 20)
        for step in range(1, marks(horizon)[mark - 1] + 1):
            different.add((cell[1], step, factors[cell[0]][:step].tobytes()))
    assert math.isclose(ledger.cost, len(different) / horizon)


def check(what: Callable[[], None], name: str) -> None:
    what()
    print(f"{name}: agrees")


if __name__ == "__main__":
    fastai_file, autolrs_file = sys.argv[1:]
    random = np.random.default_rng(0)
    check(lambda: check_fastai(fastai_file, random), "fastai's valley and cycle")
    check(lambda: check_autolrs(autolrs_file, random), "AutoLRS's forecast")
    check(check_loop, "the training loop")
    check(lambda: check_ledger(random), "the cost of what is shared")

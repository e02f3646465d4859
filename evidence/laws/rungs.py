"""Whether the law that predicts best what was left out is the one to take.

    python evidence/laws/rungs.py        # some minutes; writes rungs.csv

Each task is weighed as `fit(curves, "auto")` does, and every law is then fitted on all its curves
and tested on runs that took no part: the Multi-Power Law's split; one curve of it alone, tested on
the eight others; the 124M model's 50,000 steps from four runs of 15,000, in fifteen choices; and
the longer runs of the nine other families from their shorter ones. A row is a task under one rule:
always one law, or the one of the smallest error left out where that is less than a share of the
default's. The error is the mean over tested runs of the mean error of their losses, and that of
the last. The share that is the best of these stands in `src/lehr/laws/ladder.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from learn_prior import families
from measure import PEAKS, Row, choices, far_runs, write
from published import MPL_FIT, MPL_TEST, STUDIED, adamw, multi_power

from lehr.laws import FORMS, Curve
from lehr.laws.fitting import OBSERVATIONS, fit_form
from lehr.laws.ladder import DEFAULT, missed
from lehr.laws.path import thinned

CHOSEN = 15
SHARES = (1.0, 0.8, 0.5, 1 / 3)


class Task(NamedTuple):
    name: str
    curves: list[Curve]
    tested: list[Curve]


class Outcome(NamedTuple):
    """Law -> error left out; law -> mean and last error on what was tested."""

    weighed: dict[str, float]
    actual: dict[str, tuple[float, float]]


def tasks() -> list[Task]:
    found = []
    for size in ("25m", "100m"):
        curves = multi_power(size)
        fitted, tested = ([curves[name] for name in names] for names in (MPL_FIT, MPL_TEST))
        found.append(Task(f"split {size}", fitted, tested))
        for name, curve in curves.items():
            others = [one for other, one in curves.items() if other != name]
            found.append(Task("one curve", [curve], others))
    family = [run for run in adamw() if run.family == STUDIED]
    short = [run for run in family if run.horizon == 15_000 and run.peak_lr in PEAKS]
    far = [run.curve for run in far_runs(family)]
    fours = choices(short)[:CHOSEN]
    found += [Task("124M", [run.curve for run in four], far) for four in fours]
    for runs in families().values():
        for horizon in sorted({run.horizon for run in runs}):
            fitted = [run.curve for run in runs if run.horizon <= 0.75 * horizon]
            tested = [run.curve for run in runs if run.horizon == horizon]
            if len(fitted) > 1:
                found.append(Task("nine families", fitted, tested))
    return found


def outcome(task: Task) -> Outcome:
    weighed = {form.name: missed(form, task.curves) for form in FORMS}
    actual = {}
    for form in FORMS:
        law = fit_form(task.curves, form)
        errors = []
        for curve in task.tested:
            seen = thinned(curve, OBSERVATIONS)
            off = np.abs(law.evaluate(curve.lr, seen.steps, curve.weight_decay)[0] - seen.loss)
            errors.append((off.mean(), off[-1]))
        mean, last = np.mean(errors, axis=0)
        actual[form.name] = (float(mean), float(last))
    return Outcome(weighed, actual)


def rule(share: float) -> Callable[[Mapping[str, float]], str]:
    def choose(weighed: Mapping[str, float]) -> str:
        best = min(weighed, key=lambda name: weighed[name])
        return best if weighed[best] < share * weighed[DEFAULT] else DEFAULT

    return choose


def always(name: str) -> Callable[[Mapping[str, float]], str]:
    return lambda _: name


def row(task: str, words: str, outcomes: Sequence[Outcome], chosen: Sequence[str]) -> Row:
    actual = [one.actual[name] for one, name in zip(outcomes, chosen, strict=True)]
    weighed = [one.weighed[name] for one, name in zip(outcomes, chosen, strict=True)]
    mean, last = np.mean(actual, axis=0)
    taken = Counter(chosen).most_common()
    return {
        "task": task,
        "fits": len(outcomes),
        "rule": words,
        "left_out": f"{np.mean(weighed):.5f}",
        "error": f"{mean:.5f}",
        "last": f"{last:.5f}",
        "taken": " ".join(f"{name} {count}" for name, count in taken),
    }


if __name__ == "__main__":
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for task in tasks():
        outcomes[task.name].append(outcome(task))
    rules = {f"always {form.name}": always(form.name) for form in FORMS}
    rules |= {f"best below {share:.2g} of the default's": rule(share) for share in SHARES}
    rows = [
        row(task, words, found, [choose(one.weighed) for one in found])
        for task, found in outcomes.items()
        for words, choose in rules.items()
    ]
    write("rungs.csv", rows)
    print(*rows, sep="\n")

"""What a prior updated from one's own past runs gains, and how much the shipped one should weigh.

    python evidence/laws/own_prior.py        # some minutes; writes weights.csv and own_prior.csv

First the weight. Each of the nine families is predicted in turn, its longer runs from its shorter
ones, after the others of its data set took the part of a user's past runs: all of them, or one.
What is known before is learned from the families of the *other* data set only (alpha and kappa as
shipped), and counts for each of `WEIGHTS`. The weight that stands in `learn_prior.py` is chosen by
this table alone.

Then, with that weight, what it gains where nothing was chosen: the Multi-Power Law's split of one
model after the runs of the other (all nine, or only the three that are fitted); and, after runs of
another group, code and peak lr, the 124M model's 50,000 steps from 15,000.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from learn_prior import BROAD, MOVED, WEIGHT, families, fitted, learned
from measure import COVERED, ENDING_TOGETHER, Row, declared, far_runs, last, write
from published import MPL_FIT, MPL_TEST, STUDIED, Run, adamw, multi_power
from scipy.stats import spearmanr

from lehr.laws import Curve, Law, Prior, fit, learn_prior
from lehr.laws.ladder import DEFAULT

WEIGHTS = (0.5, 1.0, 2.0, 4.0, 9.0)


def learned_from(some: Iterable[Sequence[Run]]) -> Prior:
    """Return what `learn_prior.py` would ship if there were only these families."""
    known = {name: one for name, one in learned(fitted(some)).items() if name in BROAD}
    return Prior(form=DEFAULT, known=known | MOVED, weight=WEIGHT)


def longer(runs: Sequence[Run], prior: Prior) -> list[float]:
    """Errors of the last losses of longer runs, fitted on those of at most three quarters."""
    errors = []
    for run in runs:
        shorter = [one.curve for one in runs if one.horizon <= 0.75 * run.horizon]
        if len(shorter) > 1:
            law = fit(shorter, prior=prior)
            said = law.evaluate(run.lr, run.curve.steps[-1:])[0][0]
            errors.append(abs(float(said - run.curve.loss[-1])))
    return errors


def weights() -> list[Row]:
    """One row for each weight; the last without an update."""
    known = families()
    before = {
        data: learned_from([runs for family, runs in known.items() if family[0] != data])
        for data in {family[0] for family in known}
    }
    errors: dict[tuple[float, str], list[float]] = defaultdict(list)
    for family, runs in known.items():
        prior = before[family[0]]
        past = {
            " ".join(map(str, one)): [run.curve for run in others]
            for one, others in known.items()
            if one[0] == family[0] and one != family
        }
        errors[np.inf, "all"] += longer(runs, prior)
        errors[np.inf, "one"] += longer(runs, prior)
        for weight in WEIGHTS:
            weighing = replace(prior, weight=weight)
            errors[weight, "all"] += longer(runs, learn_prior(past, prior=weighing))
            for name in list(past)[:2]:
                only = learn_prior({name: past[name]}, prior=weighing)
                errors[weight, "one"] += longer(runs, only)
    return [
        {
            "weight": weight,
            "shipped": weight == WEIGHT,
            "after_all": f"{np.mean(errors[weight, 'all']):.5f}",
            "after_one": f"{np.mean(errors[weight, 'one']):.5f}",
            "runs": len(errors[weight, "all"]),
        }
        for weight in (*WEIGHTS, np.inf)
    ]


def tested_on_split(law: Law, curves: Mapping[str, Curve]) -> Row:
    """The figures of `measure.py`, mean over the six test curves."""
    found = []
    for name in MPL_TEST:
        curve = curves[name]
        said = law.predict(curve.lr, curve.steps)
        error, loss = said.mean - curve.loss, curve.loss
        r2 = 1 - (error**2).sum() / ((loss - loss.mean()) ** 2).sum()
        covered = (np.abs(error) < COVERED * said.sd).mean()
        worst = (np.abs(error) / loss).max()
        found.append((np.abs(error).mean(), r2, worst, abs(error[-1]), covered))
    mae, r2, worst, final, covered = np.mean(found, axis=0)
    return {
        "mae": f"{mae:.5f}",
        "r2": f"{r2:.5f}",
        "worst": f"{worst:.5f}",
        "final": f"{final:.5f}",
        "covered": f"{covered:.3f}",
        "gains": f"{_gains(law, curves):.5f}",
    }


def _gains(law: Law, curves: Mapping[str, Curve]) -> float:
    ends = [curves[name] for name in ENDING_TOGETHER]
    at = min(curve.steps[-1] for curve in ends)
    said = np.array([law.predict(curve.lr, [at]).mean[0] for curve in ends])
    actual = np.array([np.interp(at, curve.steps, curve.loss) for curve in ends])
    off = (said[:, None] - said) - (actual[:, None] - actual)
    return float(np.abs(off[np.triu_indices(len(ends), 1)]).mean())


def split() -> list[Row]:
    rows: list[Row] = []
    for size, other in (("25m", "100m"), ("100m", "25m")):
        curves, past = multi_power(size), multi_power(other)
        three = [past[name] for name in MPL_FIT]
        for words, group in (("nothing", None), ("three", three), ("nine", [*past.values()])):
            prior = None if group is None else learn_prior({other: group})
            law = fit([curves[name] for name in MPL_FIT], prior=prior)
            rows.append({"task": size, "after": words, **tested_on_split(law, curves)})
    return rows


def far() -> list[Row]:
    family = [run for run in adamw() if run.family == STUDIED]
    four, tested = declared(family), far_runs(family)
    actual = np.array([run.final for run in tested])
    rows: list[Row] = []
    for words in ("nothing", "25m and 100m"):
        groups = {size: [*multi_power(size).values()] for size in ("25m", "100m")}
        prior = None if words == "nothing" else learn_prior(groups)
        law = fit([run.curve for run in four], prior=prior)
        offset = np.median([run.final - last(law, run)[0] for run in four])
        said, sd = np.array([last(law, run) for run in tested]).T
        error = said + offset - actual
        rows.append(
            {
                "task": "124M",
                "after": words,
                "final": f"{np.abs(error).mean():.5f}",
                "covered": f"{(np.abs(error) < COVERED * sd).mean():.3f}",
                "rank": f"{spearmanr(said, actual).statistic:.4f}",
                "regret": f"{actual[said.argmin()] - actual.min():.5f}",
            }
        )
    return rows


if __name__ == "__main__":
    weighed = weights()
    write("weights.csv", weighed)
    found = [*split(), *far()]
    columns = list(dict.fromkeys(key for row in found for key in row))
    write("own_prior.csv", [{key: row.get(key, "") for key in columns} for row in found])
    print(*weighed, *found, sep="\n")

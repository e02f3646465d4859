"""What an early leader is worth, on the published validation curves of AlgoPerf.

    python evidence/algoperf_replay/measure.py [directory of the loss curves]      # a minute

Studies of five trials that differ in all hyper-parameters are replayed: how often is the leader at
a fraction of the run the best at the end, how many must be kept, what do pruning rules choose, and
does a margin tell clear losers better than a rank? Intervals: 95 %, bootstrap over clusters
(submission x workload; the five studies of a cluster repeat the same five points).
Writes `leader.csv`, `keep.csv`, `rules.csv`, `pairs.csv`, `margin.csv`, `equally_many.csv` and
`repeats.csv`.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import optuna
from scipy import stats
from trials import Study, mixed, pairs, read, studies

HERE = Path(__file__).parent
CURVES = HERE.parents[2] / "shared" / "data" / "loss_curves"
FRACTIONS = (0.1, 0.3, 0.5, 0.7, 0.9)
RESAMPLES = 2000

Row = dict[str, object]


def interval(values: Sequence[float], clusters: Sequence[str]) -> Row:
    """A mean, and its bootstrap interval over whole clusters."""
    names = sorted(set(clusters))
    table = np.array(
        [
            [
                sum(v for v, c in zip(values, clusters, strict=True) if c == name),
                clusters.count(name),
            ]
            for name in names
        ]
    )
    picks = np.random.default_rng(0).integers(len(names), size=(RESAMPLES, len(names)))
    sums = table[picks].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], (0.025, 0.975))
    return {"mean": np.mean(values), "low": low, "high": high}


def leader(group: str, found: Sequence[Study]) -> Iterable[Row]:
    """The leader of the moment, and how the ranking of the moment agrees with the last one."""
    clusters = [study.cluster for study in found]
    anybody = np.median([np.mean(study.regret) for study in found])
    for fraction in FRACTIONS:
        places = [int(study.at(fraction).argmin()) for study in found]
        regret = np.array([study.regret[place] for study, place in zip(found, places, strict=True)])
        agreement = [stats.kendalltau(study.at(fraction), study.at(1.0))[0] for study in found]
        best = interval([float(r == 0) for r in regret], clusters)
        tau = interval(np.nan_to_num(agreement).tolist(), clusters)
        yield {
            "group": group,
            "fraction": fraction,
            "studies": len(found),
            "clusters": len(set(clusters)),
            **{f"is_best_{key}": value for key, value in best.items()},
            **{f"tau_{key}": value for key, value in tau.items()},
            "median_regret": np.median(regret),
            "worst_regret": regret.max(),
            "median_regret_of_a_random_trial": anybody,
        }


def groups(own: Sequence[Study], others: Sequence[Study]) -> Iterable[tuple[str, list[Study]]]:
    """All studies, and parts of them."""
    yield "all", list(own)
    for kind in sorted({study.kind for study in own}):
        yield f"schedule {kind}", [study for study in own if study.kind == kind]
    for workload in sorted({study.workload for study in own}):
        yield workload, [study for study in own if study.workload == workload]
    yield "five different submissions", list(others)


def keep(found: Sequence[Study]) -> Iterable[Row]:
    """How often the final best is among the best k of the moment."""
    clusters = [study.cluster for study in found]
    for fraction in FRACTIONS:
        for kept in (1, 2, 3, 4):
            hits = [
                float(study.regret.argmin() in study.at(fraction).argsort()[:kept])
                for study in found
            ]
            yield {"fraction": fraction, "kept": kept} | interval(hits, clusters)


Rule = Callable[[Study], tuple[int, float]]
"""The trial that a rule ends with, and what it trained in units of one full run."""


def rungs(*steps: tuple[float, int]) -> Rule:
    """Keep the best so many at each fraction, then take the best at the end."""

    def rule(study: Study) -> tuple[int, float]:
        alive, spent, before = np.arange(5), 0.0, 0.0
        for fraction, kept in (*steps, (1.0, 1)):
            spent += len(alive) * (fraction - before)
            before = fraction
            alive = alive[study.at(fraction)[alive].argsort()[:kept]]
        return int(alive[0]), spent

    return rule


def median_pruning(study: Study) -> tuple[int, float]:
    """Optuna's MedianPruner from the second trial on, reports at every tenth."""
    pruner = optuna.pruners.MedianPruner(n_startup_trials=1)
    tuning = optuna.create_study(pruner=pruner)
    tenths = [study.at(tenth / 10) for tenth in range(1, 11)]
    ended: dict[int, float] = {}
    spent = 0.0
    for place in range(5):
        trial = tuning.ask()
        for step, values in enumerate(tenths, start=1):
            trial.report(float(values[place]), step)
            if step < 10 and trial.should_prune():
                tuning.tell(trial, state=optuna.trial.TrialState.PRUNED)
                spent += step / 10
                break
        else:
            ended[place] = float(tenths[-1][place])
            tuning.tell(trial, ended[place])
            spent += 1
    return min(ended, key=ended.__getitem__), spent


RULES: dict[str, Rule] = {
    "all five to the end": rungs(),
    "leader at 30 %": rungs((0.3, 1)),
    "successive halving, 3 at 25 %, 2 at 50 %": rungs((0.25, 3), (0.5, 2)),
    "successive halving, 2 at 11 %, 1 at 33 %": rungs((1 / 9, 2), (1 / 3, 1)),
    "Optuna's median pruning": median_pruning,
    "as lehr races peak lrs, 2 at 10 %": rungs((0.1, 2)),
    "as lehr races shapes, 2 at 35 %": rungs((0.35, 2)),
    "4 at 10 %, 3 at 35 %": rungs((0.1, 4), (0.35, 3)),
    "3 at 70 %": rungs((0.7, 3)),
    "the first trial, untuned": lambda _: (0, 1.0),
}


def rules(found: Sequence[Study]) -> Iterable[Row]:
    """What pruning rules choose, and what they cost."""
    clusters = [study.cluster for study in found]
    for name, rule in RULES.items():
        ended = [rule(study) for study in found]
        regret = np.array([s.regret[place] for s, (place, _) in zip(found, ended, strict=True)])
        best = interval([float(one == 0) for one in regret], clusters)
        yield {
            "rule": name,
            "full_runs": np.mean([spent for _, spent in ended]),
            **{f"is_best_{key}": value for key, value in best.items()},
            "median_regret": np.median(regret),
            "mean_regret": regret.mean(),
            "worst_regret": regret.max(),
        }


def concordance(found: Sequence[Study]) -> Iterable[Row]:
    """How often the better of two at a fraction ends as the better, by what they differ in."""
    alike: dict[str, list[tuple[Study, tuple[float, ...]]]] = defaultdict(list)
    for study, a, b, names in pairs(found):
        order = np.sign(a.at(1.0) - b.at(1.0))
        hits = tuple(float(np.sign(a.at(f) - b.at(f)) == order) for f in FRACTIONS)
        only = f"only {next(iter(names))}" if len(names) == 1 else "two to four"
        alike[only if len(names) < 5 else "five or more"].append((study, hits))
    for names, rows in sorted(alike.items()):
        clusters = [study.cluster for study, _ in rows]
        for place, fraction in enumerate(FRACTIONS):
            told = interval([hits[place] for _, hits in rows], clusters)
            size = {"pairs": len(rows), "clusters": len(set(clusters))}
            yield {"differ_in": names, "fraction": fraction, **size} | told


Score = Callable[[Study, float], np.ndarray]


def gap(study: Study, fraction: float) -> np.ndarray:
    """How far each trial is behind the leader."""
    now = study.at(fraction)
    return now - now.min()


def progress(study: Study, fraction: float) -> float:
    """How much the median trial gained since half of the time."""
    return abs(float(np.median(study.at(fraction / 2)) - np.median(study.at(fraction))))


SCORES: dict[str, Score] = {
    "rank": lambda study, f: stats.rankdata(study.at(f), method="ordinal").astype(float),
    "gap / leader's value": lambda study, f: gap(study, f) / study.at(f).min(),
    "gap / median gap": lambda study, f: gap(study, f) / np.median(gap(study, f)),
    "gap / recent progress": lambda study, f: gap(study, f) / max(progress(study, f), 1e-12),
}
"""A rule keeps the trials whose score is at most x."""


def margin(found: Sequence[Study]) -> Iterable[Row]:
    """Fit x for 90 % on one half of the workloads, look at the other half, and turn round."""
    images = [study for study in found if study.workload.startswith("imagenet")]
    rest = [study for study in found if study not in images]
    for fit_on, fitted, tested in (("images", images, rest), ("speech and clicks", rest, images)):
        for fraction in FRACTIONS:
            for name, score in SCORES.items():
                needed = [float(score(study, fraction)[study.regret.argmin()]) for study in fitted]
                limit = float(np.quantile(needed, 0.9, method="higher"))
                within = [score(study, fraction) <= limit for study in tested]
                hits = [
                    float(kept[study.regret.argmin()])
                    for kept, study in zip(within, tested, strict=True)
                ]
                ends = [
                    study.regret[kept].min() for kept, study in zip(within, tested, strict=True)
                ]
                told = interval(hits, [study.cluster for study in tested])
                yield {
                    "fit_on": fit_on,
                    "fraction": fraction,
                    "score": name,
                    "x": limit,
                    **{f"best_kept_{key}": value for key, value in told.items()},
                    "kept": np.mean([kept.sum() for kept in within]),
                    "mean_regret": np.mean(ends),
                    "worst_regret": np.max(ends),
                }


def equally_many(found: Sequence[Study]) -> Iterable[Row]:
    """Margins against ranks that keep as many trials on average: is the best among them?"""
    clusters = [study.cluster for study in found]
    best = [int(study.regret.argmin()) for study in found]
    for fraction in FRACTIONS:
        scores = {
            name: np.array([score(s, fraction) for s in found]) for name, score in SCORES.items()
        }
        for kept in (2, 3, 4):
            ranked = [scores["rank"][place, one] <= kept for place, one in enumerate(best)]
            for name in [name for name in SCORES if name != "rank"]:
                values, counts = np.unique(scores[name], return_counts=True)
                limit = values[counts.cumsum() <= 1.01 * kept * len(found)][-1]
                within = [scores[name][place, one] <= limit for place, one in enumerate(best)]
                gained = [float(a) - float(b) for a, b in zip(within, ranked, strict=True)]
                told = {"by_margin": np.mean(within), "by_rank": np.mean(ranked)}
                told["kept_by_margin"] = np.mean((scores[name] <= limit).sum(axis=1))
                yield {"fraction": fraction, "kept": kept, "score": name, **told} | {
                    f"gained_{key}": value for key, value in interval(gained, clusters).items()
                }


def repeats(found: Sequence[Study]) -> Row:
    """How often two studies of one cluster, which repeat the same points, end with one best."""
    by_cluster: dict[str, list[Study]] = defaultdict(list)
    for study in found:
        by_cluster[study.cluster].append(study)
    same: list[float] = []
    clusters: list[str] = []
    for cluster, members in by_cluster.items():
        for a, b in combinations(members, 2):
            first, second = (one.trials[int(one.regret.argmin())].number for one in (a, b))
            same.append(float(first == second))
            clusters.append(cluster)
    return {"pairs": len(same)} | interval(same, clusters)


def write(name: str, rows: Iterable[Row]) -> None:
    """Write rows, numbers to four digits."""
    told = [
        {key: f"{value:.4g}" if isinstance(value, float) else value for key, value in row.items()}
        for row in rows
    ]
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(told[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(told)
    for row in told:
        print(name, *row.values(), flush=True)


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if len(sys.argv) == 1 and not CURVES.is_dir():
        print(f"skipped, the rows are left as they are: there are no loss curves in {CURVES}")
        return
    trials = read(Path(sys.argv[1]) if len(sys.argv) > 1 else CURVES)
    own, others = studies(trials), mixed(trials)
    parts = [*groups(own, others)]
    parts += [
        (f"all, lengths within {round(100 - 100 * length)} %", studies(trials, same_length=length))
        for length in (0.98, 0.8)
    ]
    write("leader.csv", [row for name, found in parts for row in leader(name, found)])
    write("keep.csv", keep(own))
    write("rules.csv", rules(own))
    write("pairs.csv", concordance(own))
    write("margin.csv", margin(own))
    write("equally_many.csv", equally_many(own))
    write("repeats.csv", [repeats(own)])


if __name__ == "__main__":
    main()

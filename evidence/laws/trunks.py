"""Whether the branches of one trunk end where a law says, at several horizons.

    python evidence/laws/trunks.py        # a minute; writes trunks.csv and trunk_limits.csv

The 124M runs with a linear cooldown are branches of three trunks, one a peak lr: six lengths of
cooldown at each of 25,000, 35,000 and 50,000 steps, started from checkpoints of the constant run.
The law is fitted on four runs of 15,000 steps, as in `measure.py`: the declared four, then forty
other choices.

`trunks.csv`: what the law of the declared four says of each branch, and what was measured.
`trunk_limits.csv`: the trunk that each law chooses, one peak lr and at every horizon a cooldown of
at most the limit; `said` and `measured` are its mean loss above the best single runs of each
horizon, whatever their peak (by the law, and as measured), `regret` what it loses against the best
trunk there is within the same limit, `steps` what it takes in all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from measure import PEAKS, choices, last, write
from published import STUDIED, Run, adamw
from scipy.stats import spearmanr

from lehr.laws import fit

HORIZONS = (25_000, 35_000, 50_000)
SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 0.9)
SWEEP = range(23, 115)
"""Numbers of the runs of one sweep; others repeat some of them with other code."""
COVERED = 1.645

Key = tuple[int, float, float]
"""Horizon, peak lr and share of the cooldown."""
Loss = Callable[[Key], float]
Row = dict[str, object]


def branches(family: Sequence[Run]) -> dict[Key, Run]:
    return {
        (run.horizon, run.peak_lr, run.cooldown): run
        for run in family
        if run.number in SWEEP
        and run.schedule == "wsd linear"
        and run.horizon in HORIZONS
        and run.peak_lr in PEAKS
    }


def trunk(loss: Loss, limit: float) -> list[Key]:
    """The branches of the best trunk whose cooldowns are no longer than the limit."""

    def at(peak: float) -> list[Key]:
        shares = [share for share in SHARES if share <= limit]
        return [min([(end, peak, share) for share in shares], key=loss) for end in HORIZONS]

    return min(map(at, PEAKS), key=lambda keys: sum(map(loss, keys)))


def alone(loss: Loss) -> float:
    """The mean loss of the best single run of each horizon."""
    return float(
        np.mean([min(loss((end, p, s)) for p in PEAKS for s in SHARES) for end in HORIZONS])
    )


def mean(loss: Loss, keys: Sequence[Key]) -> float:
    return float(np.mean([loss(key) for key in keys]))


def steps(keys: Sequence[Key]) -> int:
    cooled = [round(end * share) for end, _, share in keys]
    return max(end - part for (end, _, _), part in zip(keys, cooled, strict=True)) + sum(cooled)


def main() -> None:
    family = [run for run in adamw() if run.family == STUDIED]
    short = [run for run in family if run.horizon == 15_000 and run.peak_lr in PEAKS]
    found = branches(family)
    measured = {key: run.final for key, run in found.items()}
    rows: list[Row] = []
    limits: list[Row] = []
    errors: dict[int, list[tuple[float, float, float]]] = {end: [] for end in HORIZONS}
    for number, four in enumerate(choices(short)):
        law = fit([run.curve for run in four])
        offset = float(np.median([run.final - last(law, run)[0] for run in four]))
        ends = {key: last(law, run) for key, run in found.items()}
        said = {key: mean_ + offset for key, (mean_, _) in ends.items()}
        for end in HORIZONS:
            keys = [key for key in found if key[0] == end]
            off = [said[key] - measured[key] for key in keys]
            order = spearmanr([said[key] for key in keys], [measured[key] for key in keys])
            within = [abs(o) < COVERED * ends[key][1] for o, key in zip(off, keys, strict=True)]
            mean_off = float(np.abs(off).mean())
            errors[end].append((mean_off, float(order.statistic), float(np.mean(within))))
        if number == 0:
            rows = [
                {
                    "run": found[key].number,
                    "horizon": key[0],
                    "peak_lr": key[1],
                    "cooldown": key[2],
                    "said": f"{said[key]:.4f}",
                    "sd": f"{ends[key][1]:.4f}",
                    "measured": f"{measured[key]:.4f}",
                }
                for key in sorted(found)
            ]
        for limit in SHARES:
            keys, best = trunk(said.__getitem__, limit), trunk(measured.__getitem__, limit)
            by_law, as_is = said.__getitem__, measured.__getitem__
            limits.append(
                {
                    "choice": number,
                    "limit": limit,
                    "peak_lr": keys[0][1],
                    "cooldowns": " ".join(str(share) for _, _, share in keys),
                    "steps": steps(keys),
                    "said": f"{mean(by_law, keys) - alone(by_law):.5f}",
                    "measured": f"{mean(as_is, keys) - alone(as_is):.5f}",
                    "regret": f"{mean(as_is, keys) - mean(as_is, best):.5f}",
                }
            )
    write("trunks.csv", rows)
    write("trunk_limits.csv", limits)
    for end, of in errors.items():
        first, *_ = of
        average = np.mean(of, axis=0)
        print(end, "error, rank, covered:", np.round(first, 4), f"all {len(of)}", average.round(4))
    for limit in SHARES:
        some = [row for row in limits if row["limit"] == limit]
        columns = ("steps", "said", "measured", "regret")
        table = np.array([[float(str(row[name])) for name in columns] for row in some])
        print(limit, dict(zip(columns, table[0], strict=True)), table.mean(axis=0).round(5))


if __name__ == "__main__":
    main()

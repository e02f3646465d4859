"""Does the confirmation err as seldom as it says, and what do its looks on the way cost?

    python evidence/sequential_test/measure.py        # a minute

Everything is made up, so that the truth is known. Writes
`rows.csv`      one comparison: rules x noise x pairs planned x true difference,
`studies.csv`   whole confirmations of three candidates, lehr's and the rule before,
`drawn.csv`     the same where candidates and the search's luck are drawn,
`other.csv`     asking again with more pairs, divergence, and what the advice is worth.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import twin
from rules import RULES, shares, stop, student
from studies import PROCEDURES, Ended, lehr

from lehr.choose.boundary import boundary
from lehr.choose.statistics import Pairs

HERE = Path(__file__).parent
PLANNED = (3, 4, 6, 8, 12, 20)
EFFECTS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""True mean differences, in standard deviations of a difference (of t3 and log-normal too)."""
COMPARISONS = 5_000
STUDIES = 5_000
BUDGETS = (6, 9, 18, 36)
"""Full runs for the confirmation: of a study's budget of 12, 18, 36 and 72."""
TWINS = 10
"""So many studies of each kind are also played by lehr's own code."""

Row = dict[str, object]


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """What the intervals assume."""
    return rng.normal(size=shape)


def heavy(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Student's t with three degrees of freedom: now and then one seed is far off."""
    return rng.standard_t(3, size=shape) / np.sqrt(3)


def skewed(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Log-normal, turned so that now and then ours is far worse: what unpaired luck looks like."""
    return (np.exp(0.5) - rng.lognormal(size=shape)) / np.sqrt((np.e - 1) * np.e)


def uneven(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Half of the seeds spread five times as far as the others."""
    return rng.normal(size=shape) * rng.choice([1.0, 5.0], size=shape) / np.sqrt(13)


def coarse(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Objectives that are counts: differences come in steps of one spread."""
    return np.round(rng.normal(size=shape))


NOISES: dict[str, Callable[[np.random.Generator, tuple[int, int]], np.ndarray]] = {
    "normal": normal,
    "heavy tails": heavy,
    "skewed": skewed,
    "uneven spread": uneven,
    "coarse": coarse,
}


def comparisons() -> Iterator[Row]:
    """One comparison, by every rule."""
    plain = RULES["unpaid looks"]
    for noise, draw in NOISES.items():
        for planned in PLANNED:
            for effect in EFFECTS:
                rng = np.random.default_rng([planned, int(10 * effect)])
                means, errors = student(effect + draw(rng, (COMPARISONS, planned)))
                for rule, critical in RULES.items():
                    limits = critical(planned)
                    pairs, claimed = stop(means, errors, limits)
                    at = (np.arange(COMPARISONS), pairs - 1)
                    off = np.abs(means[at] - effect)
                    yield {
                        "noise": noise,
                        "planned": planned,
                        "effect": effect,
                        "rule": rule,
                        "claims_better": np.mean(claimed & (means[at] > 0)),
                        "claims_worse": np.mean(claimed & (means[at] < 0)),
                        "pairs": pairs.mean(),
                        "coverage": np.mean(off <= limits[pairs - 1] * errors[at]),
                        "coverage_of_plain_interval": np.mean(
                            off <= plain(planned)[pairs - 1] * errors[at]
                        ),
                        "bias": np.mean(means[at] - effect),
                        "bias_of_claims": np.mean((means[at] - effect)[claimed])
                        if claimed.any()
                        else "",
                    }


FIELDS = {
    "all alike": (0.0, 0.0, 0.0),
    "front-runner and runner-up alike and better": (0.0, 3.0, 0.0),
    "only the front-runner is better": (0.0, 3.0, 3.0),
    "front-runner and baseline alike, runner-up better": (3.0, 3.0, 0.0),
    "runner-up a little better than the front-runner": (1.0, 3.0, 0.0),
    "front-runner worse, others alike": (3.0, 0.0, 0.0),
}
"""True log objectives of front-runner, baseline and runner-up, in spreads of a difference."""


def tally(ended: Ended, truths: np.ndarray) -> Row:
    """What many studies of known truths, shape (studies, 3), claimed."""
    every = np.arange(len(truths))
    wrong = np.zeros(len(truths), dtype=bool)
    for (ours, other), sure in ended.sure.items():
        worse = np.where(sure == ours, other, ours)
        wrong |= (sure >= 0) & (truths[every, sure] >= truths[every, worse])
    gain = truths[:, 1] - truths[every, ended.choice]
    held = (ended.gain[:, 1] <= gain) & (gain <= ended.gain[:, 2])
    excess = ended.gain[:, 0] - gain

    def average(values: np.ndarray, where: np.ndarray) -> object:
        return values[where].mean() if where.sum() >= 20 else ""

    swapped = ended.chosen & (ended.choice == 2)
    return {
        "any_false_claim": wrong.mean(),
        "chosen": ended.chosen.mean(),
        "chosen_wrongly": (ended.chosen & (gain <= 0)).mean(),
        "runner_up_chosen": swapped.mean(),
        "coverage_of_chosen_gain": average(held, ended.chosen),
        "excess_of_chosen_gain": average(excess, ended.chosen),
        "coverage_where_runner_up": average(held, swapped),
        "excess_where_runner_up": average(excess, swapped),
        "runs": ended.runs.mean(),
    }


def studies() -> Iterator[Row]:
    """Whole confirmations: an error is any claim of the study that is not so."""
    for name, truth in FIELDS.items():
        for budget in BUDGETS:
            rng = np.random.default_rng(budget)
            truths = np.tile(truth, (STUDIES, 1))
            scores = truths[:, :, None] + rng.normal(size=(STUDIES, 3, 20)) / np.sqrt(2)
            held_to_the_code(scores[:TWINS], budget)
            for procedure, play in PROCEDURES.items():
                told = {"field": name, "budget": budget, "procedure": procedure}
                yield told | tally(play(scores, budget), truths)


def drawn() -> Iterator[Row]:
    """Eight candidates differ by 5 %, runs by 3 %; one seed ranks them; the baseline is worse."""
    for budget in BUDGETS:
        rng = np.random.default_rng(budget)
        true = rng.normal(0, 0.05, (STUDIES, 8))
        ranked = np.argsort(true + rng.normal(0, 0.03, true.shape), axis=1)
        first, second = np.take_along_axis(true, ranked[:, :2], axis=1).T
        truths = np.stack([first, rng.normal(0.05, 0.05, STUDIES), second], axis=1)
        scores = truths[:, :, None] + rng.normal(0, 0.03, (STUDIES, 3, 20))
        for procedure, play in PROCEDURES.items():
            ended = play(scores, budget)
            best = np.minimum(true.min(axis=1), truths[:, 1])
            regret = truths[np.arange(STUDIES), ended.choice] - best
            told = {"budget": budget, "procedure": procedure, "regret": regret.mean()}
            yield told | tally(ended, truths)


def held_to_the_code(scores: np.ndarray, budget: int) -> None:
    """Demand that the arrays above end some studies as lehr's own code does."""
    ended = lehr(scores, budget)
    for place, one in enumerate(scores):
        here = ended.choice[place], ended.chosen[place], ended.runs[place]
        there = twin.ended(0.02 * one, budget)
        if tuple(here) != there:
            raise SystemExit(f"budget {budget}: arrays say {here}, lehr says {there}")


def other() -> Iterator[Row]:
    """Questions of one number each."""
    rng = np.random.default_rng(0)
    means, errors = student(rng.normal(size=(COMPARISONS, 20)))
    asked = np.zeros(COMPARISONS, dtype=bool)
    for planned in PLANNED:
        asked |= stop(means[:, :planned], errors[:, :planned], shares(planned))[1]
        yield {
            "question": "false claims, asked again with more pairs",
            "of": planned,
            "value": asked.mean(),
        }
    for seeds in (2, 3, 4):
        chance = np.linspace(0, 1, 101)
        worst = (2 * (chance * (1 - chance)) ** seeds).max()
        yield {
            "question": "one of two diverged on every seed, the other on none",
            "of": seeds,
            "value": worst,
        }
    for pairs in (3, 5, 8):
        told, found = [], []
        for _ in range(400):
            effect = abs(rng.normal(0, 1.5))
            seen = Pairs(rng.normal(effect, 1, pairs), np.zeros(pairs), "max")
            gain, needed = seen.gain(planned=pairs), seen.pairs_needed()
            if (
                gain is not None
                and gain.low <= 0 <= gain.high
                and needed is not None
                and needed <= 100
            ):
                found.append(followed(seen, rng.normal(effect, 1, needed - pairs)))
            smallest = seen.tellable(pairs)
            if smallest is not None:
                fresh = Pairs(rng.normal(smallest, 1, pairs), np.zeros(pairs), "max").gain(
                    planned=pairs
                )
                told.append(fresh is not None and fresh.low > 0)
        yield {
            "question": "told apart by as many pairs as advised",
            "of": pairs,
            "value": np.mean(found),
        }
        yield {
            "question": "the difference that 'is told four times in five' is",
            "of": pairs,
            "value": np.mean(told),
        }
    for planned in PLANNED:
        yield {
            "question": "critical t at the last look",
            "of": planned,
            "value": boundary(planned)[-1],
        }


def followed(seen: Pairs, further: np.ndarray) -> bool:
    """Whether `compare --pairs N` tells the two apart, going on from the pairs it has."""
    every = np.concatenate([seen.ours, further])
    looks = (Pairs(every[:n], np.zeros(n), "max") for n in range(3, len(every) + 1))
    gains = (look.gain(planned=len(every)) for look in looks)
    return any(gain is not None and gain.low > 0 for gain in gains)


def write(name: str, rows: Iterator[Row]) -> None:
    """Write rows as they come, numbers to four digits."""
    with (HERE / name).open("w", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            told = {
                key: f"{value:.4g}" if isinstance(value, float) else value
                for key, value in row.items()
            }
            if writer is None:
                writer = csv.DictWriter(file, fieldnames=list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow(told)
            print(*told.values(), flush=True)


if __name__ == "__main__":
    write("other.csv", other())
    write("rows.csv", comparisons())
    write("drawn.csv", drawn())
    write("studies.csv", studies())

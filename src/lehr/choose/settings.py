"""What a user asks of a study, checked before anything is trained."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from lehr.catalog import parse
from lehr.choose.confirm import PAIRS_AT_MOST
from lehr.choose.known import KnownRun
from lehr.choose.refine import in_order
from lehr.choose.strategies.ladder import Ladder
from lehr.choose.strategies.search import REPEATED
from lehr.choose.target import possible_target
from lehr.choose.variants import Refinable
from lehr.errors import UsageError
from lehr.schedule import Plan
from lehr.training import Problem

LAST_SEED = 2**32 - 1
SHORT_LIST = (
    'warmup("5%") >> hold() >> linear("40%")',
    'warmup("5%") >> hold() >> linear("20%")',
    'warmup("5%") >> linear()',
    'warmup("5%") >> hold() >> linear("65%")',
)
"""Cooldowns of three lengths from one trunk, and the linear decay, in the order of being tried.

The first leads: the peak lr is found with it. They hold the lr for long or fall steadily, and what
they share is trained once.
"""
SHORTEST = 10
"""Optimizer steps of a full run into which the short list fits: 5 % of fewer are no step."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The arguments of `choose` that decide what is trained.

    Args:
        budget: full-run equivalents that may be spent in all; a hard limit.
        hours: wall time to aim at; turned into a budget once, from the measured time of a step.
        lr_range: lowest and highest peak lr that may be tried.
        schedules: texts of the schedules or plans to choose from; None: the short list.
        seed: of the search; the confirmation uses the seeds after it.
        refine: what the front-runner is varied in before it is confirmed; see `refine.ORDER`.
        target: value that the metric shall reach soon; None: the problem's own, if it has one.
        known: runs that were trained before, from which the search begins.

    Raises:
        UsageError: a value is out of its range.
        ParseError: a schedule's text is not one.
    """

    budget: float = 12.0
    hours: float | None = None
    lr_range: tuple[float, float] | None = None
    schedules: tuple[str, ...] | None = None
    seed: int = 0
    refine: tuple[Refinable, ...] = ()
    target: float | None = None
    known: tuple[KnownRun, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        positive(self.budget, "budget", "full runs, for example --budget 12")
        if self.hours is not None:
            positive(self.hours, "hours", "hours of wall time, for example --hours 0.5")
        Ladder.around(1.0, self.lr_range)
        possible_target(self.target)
        object.__setattr__(self, "refine", in_order(self.refine))
        if self.schedules == ():
            raise UsageError(
                "there is no schedule to choose from",
                value="schedules = ()",
                rule="at least one schedule, or none named for the short list",
                fix="leave --schedules out",
            )
        possible_seeds(self.seed, max(REPEATED, PAIRS_AT_MOST))

    def command(self, problem: Sequence[str], *, executor: str = "processes") -> str:
        """The line to type for these settings, defaults left out.

        Args:
            problem: the words that name the problem; `--` and a user's own command, or any others.
            executor: who trains; named where its results are of their own.

        >>> Settings(budget=3).command(["digits"])
        'lehr choose digits --budget 3'
        >>> Settings(seed=1).command(["--", "python", "train.py"])
        'lehr choose --seed 1 -- python train.py'
        >>> Settings(lr_range=(1e-4, 1 / 3)).command(["digits"], executor="stacked")
        'lehr choose digits --lr-range 0.0001 0.3333333333333333 --executor stacked'
        """
        told: list[str] = []
        if self.budget != Settings.budget:
            told += ["--budget", _typed(self.budget)]
        if self.hours is not None:
            told += ["--hours", _typed(self.hours)]
        if self.lr_range is not None:
            told += ["--lr-range", *map(_typed, self.lr_range)]
        if self.schedules is not None:
            told += ["--schedules", *self.schedules]
        if self.refine:
            told += ["--refine", *self.refine]
        if self.target is not None:
            told += ["--target", _typed(self.target)]
        if self.known:
            told += ["--runs", *(run.name for run in self.known)]
        if self.seed:
            told += ["--seed", str(self.seed)]
        if executor == "stacked":
            told += ["--executor", executor]
        words = [*told, *problem] if problem[0] == "--" else [*problem, *told]
        return shlex.join(["lehr", "choose", *words])

    def accept(self, problem: Problem) -> None:
        """Demand a problem whose full runs the short list fits into, unless others are named.

        Raises:
            UsageError: they are too short.
        """
        if self.schedules is None and problem.steps < SHORTEST:
            raise UsageError(
                "full runs are too short for the schedules that are tried",
                value=f"steps = {problem.steps}",
                rule=f"at least {SHORTEST} optimizer steps, of which a warmup of 5 % is one",
                fix=f"steps={SHORTEST} or more, or name schedules that fit: "
                "--schedules 'linear()' 'cosine()'",
            )

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans to choose from, each once, in the order given."""
        texts = SHORT_LIST if self.schedules is None else self.schedules
        return tuple(dict.fromkeys(Plan.of(parse(text)) for text in texts))


def possible_seeds(first: int, further: int) -> None:
    """Demand seeds that every random generator takes.

    Args:
        first: the seed that was asked for.
        further: how far the last one that is derived from it lies behind.

    Raises:
        UsageError: one of them is none.
    """
    if not 0 <= first <= LAST_SEED - further:
        raise UsageError(
            "the seed is not possible",
            value=f"seed = {first}",
            rule=f"a seed is an integer from 0 to {LAST_SEED - further}: others follow from it, "
            f"and NumPy takes none above {LAST_SEED}",
            fix="--seed 0",
        )


def positive(value: float, name: str, example: str) -> None:
    """Demand a positive finite number.

    Raises:
        UsageError: it is not one.
    """
    if not (math.isfinite(value) and value > 0):
        raise UsageError(
            f"{name} is not possible",
            value=f"{name} = {value!r}",
            rule="a positive finite number",
            fix=example,
        )


def _typed(value: float) -> str:
    """A number as one would type it, to the last bit."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))

"""What is recorded: every shape at every peak lr of a ladder of 13, a factor 2 apart."""

from __future__ import annotations

from lehr import parse
from lehr.choose.candidate import Candidate
from lehr.choose.session import baseline_of
from lehr.choose.strategies.ladder import Ladder
from lehr.schedule import Plan
from lehr.training import Problem

SHAPES = {
    "linear": 'warmup("5%") >> linear()',
    "cosine": 'warmup("5%") >> cosine()',
    "wsd": 'warmup("5%") >> hold() >> linear("20%")',
    "rex": 'warmup("5%") >> rex()',
    "step": 'warmup("5%") >> multi_step(["45%", "70%"])',
    "inverse sqrt": 'warmup("5%") >> rsqrt("5%")',
    "constant": 'warmup("5%") >> hold()',
}
"""The shapes of the oracle, and those that every rival may choose from."""
TRUNK = {
    "wsd 40": 'warmup("5%") >> hold() >> linear("40%")',
    "wsd 65": 'warmup("5%") >> hold() >> linear("65%")',
}
"""More cooldowns from the trunk of wsd, for strategies that share it."""
OCTAVES = 6
SEARCH_SEEDS = tuple(range(20))
FRESH_SEEDS = tuple(range(100, 110))
LONG_SEEDS = (0, 1, 2, 3, 100, 101, 102, 103)
"""Those of tasks with a long horizon."""
MARKS = 20
"""Evaluations of a run, evenly spread."""


def plans() -> dict[str, Plan]:
    return {name: Plan.of(parse(text)) for name, text in (SHAPES | TRUNK).items()}


def peak_lrs(problem: Problem) -> list[float]:
    """Thirteen peak lrs around the customary one of the problem's optimizer."""
    ladder = Ladder.around(baseline_of(problem).peak_lr)
    return [ladder.lr(rung) for rung in range(-OCTAVES, OCTAVES + 1)]


def cells(problem: Problem) -> list[Candidate]:
    return [Candidate(plan, lr) for plan in plans().values() for lr in peak_lrs(problem)]


def marks(horizon: int) -> list[int]:
    return [round(horizon * part / MARKS) for part in range(1, MARKS + 1)]

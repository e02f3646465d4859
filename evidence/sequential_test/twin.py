"""The same confirmations by lehr's own code, to hold `studies.lehr` to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lehr import parse
from lehr.choose.candidate import Candidate, Request
from lehr.choose.conclude import conclude
from lehr.choose.confirm import confirm
from lehr.choose.strategies import Outcome, Ranking, Round
from lehr.choose.study import drive
from lehr.schedule import Plan

FRONT, BASELINE, RUNNER_UP = FIELD = tuple(
    Candidate(Plan.of(parse(text)), 0.1) for text in ("rex()", "cosine()", "linear()")
)


def ended(scores: np.ndarray, budget: int) -> tuple[int, bool, int]:
    """The choice, whether it is called chosen, and the runs of one study, shape (3, pairs)."""
    trained: set[Request] = set()

    def train(round_: Round) -> dict[Request, Outcome]:
        trained.update(round_.requests)
        return {
            asked: Outcome(
                objective=float(np.exp(scores[FIELD.index(asked.candidate), asked.seed])),
                diverged=False,
            )
            for asked in round_.requests
        }

    def cost(requests: Sequence[Request]) -> float:
        return len(set(requests) - trained)

    rounds = confirm(FIELD, first_seed=0, horizon=1, mode="min", budget=budget, cost=cost)
    found = conclude(Ranking(candidates=(FRONT, RUNNER_UP)), BASELINE, drive(rounds, train))
    return FIELD.index(found.choice), found.verdict == "chosen", len(trained)

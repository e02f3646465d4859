from __future__ import annotations

from collections.abc import Sequence

import pytest

from lehr import parse
from lehr.choose.candidate import Candidate, Request
from lehr.choose.conclude import Conclusion, conclude
from lehr.choose.confirm import Confirmation, confirm
from lehr.choose.regret import expected_regret
from lehr.choose.strategies import Outcome, Ranking, Round
from lehr.choose.study import drive, search_budget
from lehr.errors import UsageError
from lehr.schedule import Plan

FRONT, BASELINE, RUNNER_UP = (
    Candidate(Plan.of(parse(text)), 0.1) for text in ("rex()", "cosine()", "linear()")
)
RANKING = Ranking(candidates=(FRONT, RUNNER_UP))


def concluded(*rows: tuple[float | None, float | None, float | None]) -> Conclusion:
    seen = Confirmation(
        field=(FRONT, BASELINE, RUNNER_UP),
        objectives=dict(enumerate(rows, start=1)),
        looks=1,
        mode="min",
    )
    return conclude(RANKING, BASELINE, seen)


def test_a_clear_gain_is_chosen() -> None:
    """An interval above zero against the baseline makes a winner, whatever the runner-up does."""
    found = concluded((1.0, 2.0, 1.0), (1.1, 2.21, 1.11), (0.9, 1.79, 0.89))
    assert (found.verdict, found.choice, found.runner_up) == ("chosen", FRONT, RUNNER_UP)
    assert found.gain_over_baseline is not None
    assert found.gain_over_baseline.low > 0
    assert "runner-up cannot be told" in found.advice


def test_noise_is_no_gain_and_the_advice_is_a_number_of_seeds() -> None:
    """An interval over zero claims nothing, and says what would."""
    found = concluded((1.0, 1.3, 1.1), (1.2, 1.1, 1.0), (1.0, 1.1, 1.2))
    assert (found.verdict, found.choice) == ("indistinguishable", FRONT)
    assert "paired seeds would separate" in found.advice


def test_a_better_baseline_is_kept() -> None:
    """Where fresh seeds favour the baseline it is kept, and the front-runner is its runner-up."""
    found = concluded((2.0, 1.0, 2.1), (2.2, 1.11, 2.3), (1.8, 0.9, 1.7))
    assert (found.verdict, found.choice, found.runner_up) == ("no_winner", BASELINE, FRONT)
    assert found.gain_over_baseline is None
    assert found.gain_over_runner_up is not None
    assert found.gain_over_runner_up.low > 0


def test_a_baseline_that_diverges_loses() -> None:
    """Divergence on fresh seeds decides without an interval."""
    found = concluded((1.0, None, 1.1), (1.1, None, 1.2), (1.2, None, 1.1))
    assert found.verdict == "chosen"
    assert "baseline diverged" in found.advice


def test_a_choice_that_diverges_on_some_seeds_is_not_called_chosen() -> None:
    """A choice that blew up on a fresh seed proves nothing, and the advice says what is safer."""
    found = concluded((None, 2.0, 1.1), (1.0, 2.2, 1.0), (1.0, 2.2, 1.0))
    assert found.verdict == "indistinguishable"
    assert "half that peak lr" in found.advice


def test_a_choice_that_diverges_on_every_seed_is_dropped() -> None:
    """The best known candidate is one that trains."""
    found = concluded((None, 2.0, None), (None, 2.2, None), (None, 2.1, None))
    assert (found.verdict, found.choice) == ("no_winner", BASELINE)
    assert found.expected is not None


def test_a_baseline_that_diverges_once_proves_nothing() -> None:
    """One accident of the baseline does not outweigh the seeds on which it is better."""
    found = concluded((2.0, 1.0, 2.0), (2.0, None, 2.1), (2.1, 1.0, 2.0))
    assert found.verdict == "indistinguishable"


def test_a_diverging_runner_up_costs_the_baseline_no_comparison() -> None:
    """Two candidates are compared on their own seeds, whatever happens to a third."""
    found = concluded((1.0, 2.0, None), (1.01, 2.0, None), (0.99, 2.01, None))
    assert found.verdict == "chosen"
    assert found.gain_over_baseline is not None
    assert found.gain_over_baseline.pairs == 3


def test_a_runner_up_that_is_surely_better_becomes_the_choice() -> None:
    """Fresh seeds outrank the search, also where its front-runner was the baseline."""
    found = concluded((1.0, 2.0, 0.5), (1.1, 2.21, 0.55), (0.9, 1.79, 0.46))
    assert (found.verdict, found.choice, found.runner_up) == ("chosen", RUNNER_UP, FRONT)
    seen = Confirmation(
        field=(BASELINE, RUNNER_UP),
        objectives={1: (2.0, 1.0), 2: (2.1, 1.06), 3: (2.2, 1.11)},
        looks=1,
        mode="min",
    )
    found = conclude(Ranking(candidates=(BASELINE, RUNNER_UP)), BASELINE, seen)
    assert (found.verdict, found.choice) == ("chosen", RUNNER_UP)


def test_the_baseline_as_front_runner_is_kept() -> None:
    """Where nothing better was found there is no winner, and nothing is compared with itself."""
    seen = Confirmation(
        field=(BASELINE, RUNNER_UP),
        objectives={1: (1.0, 1.1), 2: (1.0, 1.2)},
        looks=1,
        mode="min",
    )
    ranking = Ranking(candidates=(BASELINE, RUNNER_UP))
    found = conclude(ranking, BASELINE, seen)
    assert (found.verdict, found.choice) == ("no_winner", BASELINE)
    assert found.gain_over_baseline is None


def played(objectives: dict[int, Sequence[float]], budget: float) -> Confirmation | None:
    """Confirm with made-up objectives, each run costing one."""

    def train(round_: Round) -> dict[Request, Outcome]:
        return {
            asked: Outcome(
                objective=objectives[asked.seed][
                    (FRONT, BASELINE, RUNNER_UP).index(asked.candidate)
                ],
                diverged=False,
            )
            for asked in round_.requests
        }

    rounds = confirm(
        (FRONT, BASELINE, RUNNER_UP),
        first_seed=1,
        horizon=10,
        mode="min",
        budget=budget,
        cost=len,
    )
    return drive(rounds, train)


def test_confirmation_stops_when_everything_is_decided() -> None:
    """Three clear seeds are enough; the rest of the budget is left."""
    clear = {seed: (1.0 + 1e-9 * seed, 2.0, 3.0 + 1e-9 * seed**2) for seed in range(1, 9)}
    seen = played(clear, 24)
    assert seen is not None
    assert len(seen.objectives) == 3
    assert seen.looks == 6


@pytest.mark.parametrize(
    ("budget", "runners", "seeds"), [(6, 2, 3), (5, 2, 2), (9, 3, 3), (12, 3, 4)]
)
def test_confirmation_fits_its_budget(budget: float, runners: int, seeds: int) -> None:
    """Three seeds come before the runner-up; a started seed is paid in full."""
    noisy = {seed: (1.0, 1.0 + 0.1 * (-1) ** seed, 1.0) for seed in range(1, 9)}
    seen = played(noisy, budget)
    assert seen is not None
    assert (len(seen.field), len(seen.objectives)) == (runners, seeds)


def test_nothing_is_confirmed_with_less_than_two_pairs() -> None:
    """One pair has no spread, so it is not bought."""
    assert played({}, 3.9) is None


def test_small_budgets_are_spent_on_the_search() -> None:
    """Six full runs are kept for confirmation as soon as a good search leaves them."""
    assert [search_budget(total) for total in (1, 6, 9, 12, 20)] == [1, 6, 6, 6, 10]


def test_more_search_expects_less_regret() -> None:
    """The table of measured regrets falls with the budget."""
    regrets = [expected_regret(cost) for cost in (0, 0.5, 1, 2, 3, 5, 8)]
    assert regrets == sorted(regrets, reverse=True)
    assert regrets[-1] > 0


def test_a_peak_lr_is_a_positive_number() -> None:
    """A candidate that no optimizer could use is refused at birth."""
    with pytest.raises(UsageError, match="peak lr"):
        Candidate(Plan.of(parse("cosine()")), 0.0)

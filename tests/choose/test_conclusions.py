from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from lehr import parse
from lehr.choose.candidate import Candidate, Request
from lehr.choose.conclude import Conclusion, conclude
from lehr.choose.confirm import Confirmation, confirm, paired
from lehr.choose.lost import Lost
from lehr.choose.regret import expected_regret
from lehr.choose.strategies import Outcome, Ranking, Round
from lehr.choose.study import drive, search_budget
from lehr.errors import UsageError
from lehr.schedule import Plan

FRONT, BASELINE, RUNNER_UP = (
    Candidate(Plan.of(parse(text)), 0.1) for text in ("rex()", "cosine()", "linear()")
)
RANKING = Ranking(candidates=(FRONT, RUNNER_UP))


Row = tuple[float | None, ...]


def seen_on(field: tuple[Candidate, ...], *rows: Row) -> Confirmation:
    """What seeds 1, 2, … said of a field in which everybody met everybody once."""
    columns = {
        one: dict(enumerate(column, start=1))
        for one, column in zip(field, zip(*rows, strict=True), strict=True)
    }
    pairs = (frozenset(pair) for pair in combinations(field, 2))
    return Confirmation(objectives=columns, planned=dict.fromkeys(pairs, len(rows)), mode="min")


def concluded(*rows: Row) -> Conclusion:
    """Conclude from rows of (front-runner, baseline, runner-up)."""
    return conclude(RANKING, BASELINE, seen_on((FRONT, BASELINE, RUNNER_UP), *rows))


def test_a_clear_gain_is_chosen() -> None:
    """An interval above zero against the baseline makes a winner, whatever the runner-up does."""
    found = concluded((1.0, 2.0, 1.0), (1.1, 2.21, 1.11), (0.9, 1.79, 0.89))
    assert (found.verdict, found.choice, found.runner_up) == ("chosen", FRONT, RUNNER_UP)
    assert found.gain_over_baseline is not None
    assert found.gain_over_baseline.low > 0
    assert "runner-up cannot be told" in found.advice


def test_noise_is_no_gain_and_the_advice_is_a_number_of_seeds() -> None:
    """An interval over zero claims nothing, and says what this budget and what more could tell."""
    found = concluded((1.0, 1.3, 1.1), (1.1, 1.2, 1.0), (1.0, 1.3, 1.2))
    assert (found.verdict, found.choice) == ("indistinguishable", FRONT)
    assert "3 paired seeds tell a difference of 40% four times in five" in found.advice
    assert "about 10 would tell the one seen (about --budget 40)" in found.advice


def test_a_search_without_a_finite_objective_does_not_blame_training_alone() -> None:
    """A ranking is empty too where training was healthy and the metric never finite."""
    remark = "every run of the search had no finite objective"
    found = conclude(Ranking(candidates=(), remarks=(remark,)), BASELINE, None)
    assert (found.verdict, found.choice) == ("no_winner", BASELINE)
    assert found.advice == f"{remark}; your baseline stands, itself untested"


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
    assert found.advice.startswith("the baseline diverged on every fresh seed, unlike the choice")


def test_a_choice_that_diverges_on_some_seeds_is_not_called_chosen() -> None:
    """A choice that blew up on a fresh seed proves nothing, and the advice says what is safer."""
    found = concluded((None, 2.0, 1.1), (1.0, 2.2, 1.0), (1.0, 2.2, 1.0))
    assert found.verdict == "indistinguishable"
    assert (
        f"of 3 fresh seeds, {FRONT} diverged on 1: where it diverged, half that peak lr is safer"
    ) in found.advice


def test_healthy_training_without_a_finite_objective_is_not_called_divergence() -> None:
    """Fresh seeds tell which of the two it was, and the advice fits it."""

    def train(round_: Round) -> dict[Request, Outcome]:
        lost = Outcome(objective=None, diverged=False)
        fine = {asked: Outcome(objective=1.0, diverged=False) for asked in round_.requests}
        return fine | {a: lost for a in round_.requests if (a.candidate, a.seed) == (BASELINE, 2)}

    rounds = paired((FRONT, BASELINE), seeds=range(1, 7), horizon=10, mode="min")
    seen = drive(rounds, train)
    assert seen.lost(BASELINE) == Lost(runs=3, diverged=0, unmeasured=1)
    advice = conclude(RANKING, BASELINE, seen).advice
    assert f"{BASELINE} had no finite objective on 1: training was healthy" in advice
    assert "diverged" not in advice


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
    assert "flatter its gain" in found.advice
    seen = seen_on((BASELINE, RUNNER_UP), (2.0, 1.0), (2.1, 1.06), (2.2, 1.11))
    found = conclude(Ranking(candidates=(BASELINE, RUNNER_UP)), BASELINE, seen)
    assert (found.verdict, found.choice) == ("chosen", RUNNER_UP)


def test_the_baseline_as_front_runner_is_kept() -> None:
    """Where nothing better was found there is no winner, and nothing is compared with itself."""
    seen = seen_on((BASELINE, RUNNER_UP), (1.0, 1.1), (1.0, 1.2))
    ranking = Ranking(candidates=(BASELINE, RUNNER_UP))
    found = conclude(ranking, BASELINE, seen)
    assert (found.verdict, found.choice) == ("no_winner", BASELINE)
    assert found.gain_over_baseline is None


def played(
    draw: Callable[[Candidate, int], float | None], budget: float
) -> tuple[Confirmation | None, list[Request]]:
    """Confirm with made-up objectives, each new run costing one; what was seen and trained."""
    trained: list[Request] = []

    def train(round_: Round) -> dict[Request, Outcome]:
        trained.extend(asked for asked in round_.requests if asked not in trained)
        values = {asked: draw(asked.candidate, asked.seed) for asked in round_.requests}
        return {
            asked: Outcome(objective=value, diverged=value is None)
            for asked, value in values.items()
        }

    rounds = confirm(
        (FRONT, BASELINE, RUNNER_UP),
        first_seed=1,
        horizon=10,
        mode="min",
        budget=budget,
        cost=lambda requests: float(len(set(requests) - set(trained))),
    )
    return drive(rounds, train), trained


def clear(candidate: Candidate, seed: int) -> float:
    """The front-runner is better than the runner-up, and that than the baseline."""
    return {FRONT: 1.0, RUNNER_UP: 2.0, BASELINE: 3.0}[candidate] + 1e-3 * (seed % 3) ** 2


def noisy(candidate: Candidate, seed: int) -> float:
    """Nobody is better."""
    return 1.0 + 0.1 * ((seed + (candidate == BASELINE)) % 2)


def test_confirmation_stops_when_everything_is_decided() -> None:
    """Three clear seeds are enough, for the runner-up too; the rest of the budget is left."""
    seen, trained = played(clear, 24)
    assert seen is not None
    assert {seen.seeds(one) for one in (FRONT, BASELINE, RUNNER_UP)} == {(1, 2, 3)}
    assert len(trained) == 9
    assert seen.better(FRONT, RUNNER_UP) == FRONT


def test_the_runner_up_waits_until_the_baseline_is_told_apart() -> None:
    """An open first comparison gets the whole budget, and claims nothing of a third candidate."""
    seen, trained = played(noisy, 24)
    assert seen is not None
    assert seen.field == (FRONT, BASELINE)
    assert len(seen.seeds(FRONT, BASELINE)) == 12
    assert len(trained) == 24


def test_a_better_baseline_meets_the_runner_up_itself() -> None:
    """Who lost to the baseline is not trained again."""

    def lost(candidate: Candidate, seed: int) -> float:
        return clear({FRONT: BASELINE, BASELINE: FRONT}.get(candidate, candidate), seed)

    seen, _ = played(lost, 24)
    assert seen is not None
    assert seen.better(BASELINE, RUNNER_UP) == BASELINE
    assert conclude(RANKING, BASELINE, seen).verdict == "no_winner"


@pytest.mark.parametrize(
    ("budget", "draw", "runs"),
    [(6, noisy, 6), (5, noisy, 4), (9, noisy, 8), (8.9, clear, 6), (9, clear, 9), (99, noisy, 40)],
)
def test_confirmation_fits_its_budget(
    budget: float, draw: Callable[[Candidate, int], float], runs: int
) -> None:
    """A started seed is paid in full; a runner-up joins where three of its runs can be paid."""
    assert len(played(draw, budget)[1]) == runs


def test_nothing_is_confirmed_with_less_than_two_pairs() -> None:
    """One pair has no spread, so it is not bought."""
    assert played(noisy, 3.9) == (None, [])


def test_equal_differences_decide_nothing_and_say_so() -> None:
    """No spread was seen, so no interval is told, and nobody is called better."""
    found = concluded((1.0, 2.0, 1.0), (1.5, 3.0, 1.5), (2.0, 4.0, 2.0))
    assert (found.verdict, found.gain_over_baseline) == ("indistinguishable", None)
    assert "differ by the same amount on every seed" in found.advice
    found = concluded((1.0, 1.0, 1.0), (1.5, 1.5, 1.5), (2.0, 2.0, 2.0))
    assert "the same on every seed" in found.advice


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_pairs_end_where_a_divergence_leaves_them_undecided(seed: int) -> None:
    """A runner that diverged on some seeds and not on others can no longer be told from another."""

    def once(candidate: Candidate, at: int) -> float | None:
        return None if (candidate, at) == (BASELINE, seed) else noisy(candidate, at)

    assert len(played(once, 24)[1]) == 2 * max(seed, 3)
    assert len(played(lambda one, at: None if at < 3 else noisy(one, at), 24)[1]) == 6


def test_two_seeds_of_divergence_prove_nothing() -> None:
    """Two that diverge alike often part like that on two seeds in one study of eight."""
    twice = seen_on((FRONT, BASELINE), (1.0, None), (1.0, None))
    assert twice.better(FRONT, BASELINE) is None
    thrice = seen_on((FRONT, BASELINE), (1.0, None), (1.0, None), (1.0, None))
    assert thrice.better(FRONT, BASELINE) == FRONT


@pytest.mark.parametrize("means", [(1, 1, 1), (1, 9, 1), (9, 1, 1)])
def test_a_study_claims_what_is_not_there_in_one_of_twenty(means: tuple[int, int, int]) -> None:
    """All comparisons of a study err together in at most 5 %, whichever candidates are alike."""
    rng = np.random.default_rng(4)
    truth = dict(zip((FRONT, BASELINE, RUNNER_UP), map(float, means), strict=True))
    studies, wrong = 600, 0
    for _ in range(studies):
        noise = rng.lognormal(0, 0.3, (3, 20))
        luck = dict(zip(truth, noise, strict=True))
        seen, _ = played(lambda one, seed, luck=luck: truth[one] * luck[one][seed - 1], 18)
        assert seen is not None
        alike = [pair for pair in combinations(seen.field, 2) if truth[pair[0]] == truth[pair[1]]]
        wrong += any(seen.better(*pair) is not None for pair in alike)
    assert wrong / studies <= 0.05 + 2.5 * (0.05 * 0.95 / studies) ** 0.5


def test_small_budgets_are_spent_on_the_search() -> None:
    """A budget that cannot pay for a good search and three pairs is spent on the search."""
    assert [search_budget(total) for total in (1, 6, 9, 12, 20)] == [1, 6, 9, 5.5, 9]


def test_more_search_expects_less_regret() -> None:
    """The table of measured regrets falls with the budget."""
    regrets = [expected_regret(cost) for cost in (0, 0.5, 1, 2, 3, 5, 8)]
    assert regrets == sorted(regrets, reverse=True)
    assert regrets[-1] > 0


def test_a_peak_lr_is_a_positive_number() -> None:
    """A candidate that no optimizer could use is refused at birth."""
    with pytest.raises(UsageError, match="peak lr"):
        Candidate(Plan.of(parse("cosine()")), 0.0)

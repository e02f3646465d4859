from __future__ import annotations

import math
from pathlib import Path

import pytest
from landscape import Landscape

from lehr import parse
from lehr.choose.candidate import Candidate
from lehr.choose.checkpoints import Checkpoints
from lehr.choose.progress import Silent
from lehr.choose.segment import Segment, SegmentResult
from lehr.choose.settings import Settings
from lehr.choose.strategies import Brief, Climb, Ranking
from lehr.choose.strategies.ladder import Ladder
from lehr.choose.study import drive
from lehr.choose.trainer import Memory, Trainer
from lehr.choose.tree import SegmentTree
from lehr.errors import UsageError
from lehr.schedule import Plan

HORIZON = 1000
LONG, WSD = (f'warmup("5%") >> hold() >> linear("{part}%")' for part in (65, 20))
LINEAR = 'warmup("5%") >> linear()'


def search(
    executor: Landscape,
    *,
    budget: float = 6.0,
    lr_range: tuple[float, float] | None = None,
    schedules: tuple[str, ...] | None = None,
    shared: bool = True,
) -> tuple[Ranking, Trainer]:
    climb = Climb(Settings(schedules=schedules).plans, all_shapes=schedules is not None)
    baseline = Candidate(Plan.of(parse("warmup('5%') >> cosine()")), 0.1)
    tree = SegmentTree(
        climb.plans(baseline),
        horizon=HORIZON,
        marks=climb.marks(HORIZON),
        evaluate_every=50,
        shared=shared,
    )
    trainer = Trainer(
        tree,
        store=Memory(),
        checkpoints=Checkpoints(Path("none")),
        executor=executor,
        objective="val_loss",
        quota=None,
        progress=Silent(),
    )
    brief = Brief(
        horizon=HORIZON,
        budget=budget,
        mode="min",
        baseline=baseline,
        lr_range=lr_range,
        seed=0,
        cost=trainer.ledger.cost,
    )
    return drive(climb.search(brief), trainer.train), trainer


@pytest.mark.parametrize("best", [0.1, 0.013, 0.8])
def test_the_best_peak_lr_and_shape_are_found(best: float) -> None:
    """On a smooth landscape the front-runner is the nearest rung with the better shape."""
    ranking, _ = search(Landscape(best, worse='"40%"'))
    front = ranking.candidates[0]
    assert abs(math.log2(front.peak_lr / best)) <= 0.5
    assert front.plan.texts()["lr"] == WSD


def test_each_schedule_is_tried_at_a_peak_of_its_own() -> None:
    """A decay whose mean lr is half the leader's is tried at twice the leader's best peak lr."""
    _, trainer = search(Landscape(0.1), budget=8.0)
    full = {asked.candidate for asked in trainer.asked if asked.stage == "race shape"}
    peaks = {one.plan.texts()["lr"]: one.peak_lr for one in full}
    assert peaks == pytest.approx({LINEAR: 0.2, WSD: 0.1, LONG: 0.1})


def test_the_customary_peak_gets_a_run_where_probes_point_far_away() -> None:
    """What is customary is finished too, so that a plateau early in the run costs one run."""

    class Plateau(Landscape):
        def loss(self, segment: Segment, step: int) -> float:
            octaves = math.log2(segment.peak_lr / 0.1)
            late = 10 * octaves**2 if step > HORIZON // 2 else 0.1 * octaves
            return 100 + late

    ranking, trainer = search(Plateau(edge=1e9), budget=5.5)
    assert ranking.candidates[0].peak_lr == 0.1
    first = [asked for asked in trainer.asked if asked.stage == "full"][:2]
    assert min(asked.candidate.peak_lr for asked in first) < 0.01


def test_the_best_few_are_repeated_with_a_second_seed_that_no_confirmation_uses() -> None:
    """A large budget is spent on what one seed cannot tell."""
    ranking, trainer = search(Landscape(0.1, noise=0.05), budget=12.0)
    again = [asked for asked in trainer.asked if asked.seed != 0]
    assert {asked.seed for asked in again} == {1000}
    assert ranking.candidates[0] in {asked.candidate for asked in again}
    assert 2 <= len(again) <= 3


def test_the_search_walks_on_beyond_the_ladder() -> None:
    """While the best is at the end of what was tried, the ladder grows."""
    ranking, _ = search(Landscape(0.1 * 2.0**8), budget=8.0)
    assert ranking.candidates[0].peak_lr == pytest.approx(0.1 * 2.0**8, rel=1e-5)


@pytest.mark.parametrize("budget", [0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0])
def test_the_budget_is_never_exceeded(budget: float) -> None:
    """A budget is hard, at every size, and something is answered at every size."""
    ranking, trainer = search(Landscape(0.02, noise=0.1), budget=budget)
    assert trainer.ledger.spent <= budget + 1e-9
    assert ranking.candidates


def test_a_larger_budget_is_used() -> None:
    """What is paid for is spent: at most one probe and a rounding of a full run are left."""
    spent = [search(Landscape(), budget=budget)[1].ledger.spent for budget in (1, 2, 4, 6)]
    assert spent == sorted(spent)
    assert spent[-1] > 5


def test_diverging_peaks_are_dropped_and_everything_diverging_is_no_crash() -> None:
    """Divergence is data."""
    ranking, _ = search(Landscape(0.1, edge=3.0))
    assert all(candidate.peak_lr <= 0.3 for candidate in ranking.candidates)
    hopeless, _ = search(Landscape(1e-30))
    assert hopeless.candidates == ()
    assert hopeless.remarks[0].startswith("every run of the search diverged: lower --lr-range")


def test_a_metric_that_is_never_finite_is_not_called_divergence() -> None:
    """Where training was healthy, no peak lr is blamed."""

    class Unmeasured(Landscape):
        def loss(self, segment: Segment, step: int) -> float:
            return math.nan * super().loss(segment, step)

    hopeless, _ = search(Unmeasured(edge=1e9))
    assert hopeless.candidates == ()
    assert hopeless.remarks[0] == (
        "every run of the search had no finite objective: training was healthy, so look at how "
        "the objective is computed"
    )


@pytest.mark.parametrize("budget", [2.0, 6.0])
def test_what_diverged_at_full_length_is_not_chosen(budget: float) -> None:
    """A healthy probe does not bring back a peak lr whose full run was lost, nor a higher one."""

    class Late(Landscape):
        def loss(self, segment: Segment, step: int) -> float:
            return math.nan if step > HORIZON // 2 else super().loss(segment, step)

    ranking, trainer = search(Late(), budget=budget)
    full = [asked.candidate.peak_lr for asked in trainer.asked if asked.until == HORIZON]
    assert all(candidate.peak_lr < min(full) for candidate in ranking.candidates)
    assert "trained to the end had no finite objective" in ranking.remarks[0]


def test_a_flat_ladder_is_told() -> None:
    """Where probes look alike and no run can be finished, the doubt is told."""

    class Flat(Landscape):
        def loss(self, segment: Segment, step: int) -> float:
            return 1.0 + 1e-4 * math.log2(segment.peak_lr) + 1e-6 * step

    ranking, _ = search(Flat(), budget=1.0)
    assert "alike" in ranking.remarks[0]


def test_the_order_of_arrival_changes_nothing() -> None:
    """Arrival in the opposite order gives the same ranking."""

    class InOrder(Landscape):
        def collect(self) -> SegmentResult:
            self._waiting.reverse()
            return super().collect()

    ours, other = Landscape(0.03, noise=0.2), InOrder(0.03, noise=0.2)
    assert search(ours)[0] == search(other)[0]
    assert [part.key for part in ours.trained] != [part.key for part in other.trained]


def test_schedules_that_the_budget_cannot_race_are_refused() -> None:
    """Schedules that the user named are all tried, or the budget they need is told."""
    many = tuple(f"exponential(0.99{digit})" for digit in range(1, 10))
    with pytest.raises(UsageError, match="9 schedules cannot be tried"):
        search(Landscape(), budget=2.0, schedules=many)
    ranking, _ = search(Landscape(), budget=14.0, schedules=many)
    assert {candidate.plan.texts()["lr"] for candidate in ranking.candidates} == set(many)


def test_the_budget_holds_where_nothing_can_be_continued() -> None:
    """Runs that start again at step 0 cost more, and are counted so, on a plateau too."""

    class Plateau(Landscape):
        def loss(self, segment: Segment, step: int) -> float:
            return 1.0 + 1e-6 * step + 1e-9 * segment.peak_lr

    for budget in (1.5, 3.8, 8.0):
        _, trainer = search(Plateau(), budget=budget, shared=False)
        assert trainer.ledger.spent <= budget + 1e-9


def test_a_range_is_kept() -> None:
    """No peak lr outside lr_range is ever trained, and its ends may be."""
    executor = Landscape(10.0)
    search(executor, lr_range=(0.01, 0.3))
    peaks = {segment.peak_lr for segment in executor.trained}
    assert min(peaks) == 0.01
    assert max(peaks) == 0.3


def test_the_end_of_a_range_is_not_rounded_beyond_it() -> None:
    """A limit of more than six digits holds, and is tried itself."""
    ladder = Ladder.around(0.1, (0.02, 2 / 3))
    assert ladder.last is not None
    assert ladder.lr(ladder.last) == 2 / 3


@pytest.mark.parametrize("lr_range", [(0.1, 0.1), (0.0, 1.0), (1.0, 0.1), (1e-3, math.inf)])
def test_impossible_ranges_raise(lr_range: tuple[float, float]) -> None:
    """A range is two positive finite numbers, the lower first."""
    with pytest.raises(UsageError, match="range of peak lrs"):
        Ladder.around(0.1, lr_range)

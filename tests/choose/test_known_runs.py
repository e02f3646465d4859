from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import tiny_problem

from lehr import parse
from lehr.choose import Candidate, choose, plan_cost
from lehr.choose.known import KnownRun, read_run, start_of
from lehr.choose.settings import Settings
from lehr.choose.strategies import Brief, Climb, Outcome, Start
from lehr.errors import UsageError
from lehr.schedule import Plan
from lehr.training import ProblemSource

HOLD = Plan.of(parse("hold()"))


def runs(losses: dict[float, float], steps: int = 1000) -> list[KnownRun]:
    """One run a mean lr."""
    return [
        KnownRun(name=f"{lr:g}.csv", steps=steps, mean_lr=lr, loss=loss)
        for lr, loss in losses.items()
    ]


@pytest.mark.parametrize(
    ("losses", "peak_lr", "way"),
    [
        ({1e-4: 2.0, 1e-3: 1.0, 1e-2: 1.5}, 1e-3, 1),
        ({1e-4: 1.5, 1e-3: 1.0, 1e-2: 2.0}, 1e-3, -1),
        ({1e-4: 1.0, 1e-3: 1.5, 1e-2: 2.0}, 1e-4, -1),
        ({1e-4: 2.0, 1e-3: 1.5, 1e-2: 1.0}, 1e-2, 1),
        ({1e-4: 2.0, 1e-3: 1.0, 1e-2: math.inf}, 1e-3, -1),
    ],
)
def test_a_search_begins_at_the_best_run_and_goes_towards_the_better_neighbour(
    losses: dict[float, float], peak_lr: float, way: int
) -> None:
    """Beyond the ends nothing is known, so there it goes on outwards."""
    start, remarks = start_of(runs(losses), leader=HOLD, horizon=1000, budget=5.5)
    assert start is not None
    assert (start.peak_lr, start.way) == (peak_lr, way)
    assert f"{peak_lr:g}.csv" in remarks[0]


def test_the_leader_begins_at_the_mean_lr_of_the_best_run() -> None:
    """A decay to 0 whose mean is half its peak begins at twice the mean."""
    start, _ = start_of(
        runs({1e-4: 2.0, 1e-3: 1.0, 1e-2: 1.5}),
        leader=Plan.of(parse("linear()")),
        horizon=1000,
        budget=5.5,
    )
    assert start is not None
    assert start.peak_lr == pytest.approx(2e-3, rel=0.01)


@pytest.mark.parametrize("losses", [{1e-3: 1.0, 1e-1: 2.0}, {1e-3: 1.0, 2e-3: 2.0, 4e-3: 3.0}])
def test_runs_that_say_too_little_leave_the_search_to_probes_and_it_is_said(
    losses: dict[float, float],
) -> None:
    """Fewer than three peak lrs, or less than a factor 16 between them."""
    start, remarks = start_of(runs(losses), leader=HOLD, horizon=1000, budget=5.5)
    assert start is None
    assert "too little" in remarks[0]


def test_a_small_search_is_left_to_probes() -> None:
    """Known runs say where to begin, and a small search cannot go far from there."""
    losses = {1e-4: 2.0, 1e-3: 1.0, 1e-2: 1.5}
    start, remarks = start_of(runs(losses), leader=HOLD, horizon=1000, budget=3.9)
    assert start is None
    assert "left aside" in remarks[0]


@pytest.mark.parametrize(
    ("lr_range", "said"), [((1e-2, 1.0), "at 0.01,"), ((1e-6, 1e-4), "at 0.0001,")]
)
def test_a_best_run_outside_the_range_is_remarked_on(
    lr_range: tuple[float, float], said: str
) -> None:
    """The search stays within the range that was asked for, and says that the run does not."""
    some = runs({1e-4: 2.0, 1e-3: 1.0, 1e-2: 1.5})
    _, (remark,) = start_of(some, leader=HOLD, horizon=1000, budget=5.5, lr_range=lr_range)
    assert said in remark
    assert "where the run says 0.001" in remark
    _, (remark,) = start_of(some, leader=HOLD, horizon=1000, budget=5.5, lr_range=(1e-3, 1.0))
    assert "range" not in remark


def test_the_better_of_two_runs_at_one_lr_counts() -> None:
    """In whichever order they are named."""
    worse = KnownRun(name="worse", steps=1000, mean_lr=1e-4, loss=9.0)
    better = runs({1e-4: 1.0, 1e-3: 2.0, 1e-2: 3.0})
    for some in ([worse, *better], [*better, worse]):
        start, _ = start_of(some, leader=HOLD, horizon=1000, budget=5.5)
        assert start == Start(peak_lr=1e-4, way=-1)


def test_runs_of_another_length_and_runs_that_all_diverged_are_refused() -> None:
    """The best lr falls with the horizon."""
    losses = {1e-4: 2.0, 1e-3: 1.0, 1e-2: 1.5}
    for steps in (400, 2100):
        with pytest.raises(UsageError, match="says little about runs of this length"):
            start_of(runs(losses, steps), leader=HOLD, horizon=1000, budget=5.5)
    with pytest.raises(UsageError, match="all runs that are known diverged"):
        start_of(runs(dict.fromkeys(losses, math.inf)), leader=HOLD, horizon=1000, budget=5.5)


def test_a_log_gives_its_mean_lr_and_its_last_loss(tmp_path: Path) -> None:
    """The loss is the mean over the last tenth; one that is no number is a divergence."""
    steps = np.arange(100)
    lr, loss = 1e-3 * (1 - steps / 100), 2 - steps / 100
    log = tmp_path / "a.csv"
    lines = [f"{s},{r},{x}" for s, r, x in zip(steps, lr, loss, strict=True)]
    log.write_text("\n".join(["step,lr,loss", *lines]), encoding="utf-8")
    run = read_run(log)
    assert (run.name, run.steps) == (str(log), 100)
    assert run.mean_lr == pytest.approx(lr.mean())
    assert run.loss == pytest.approx(loss[90:].mean())
    log.write_text("\n".join(["step,lr,loss", *lines[:-1], "99,1e-5,nan"]), encoding="utf-8")
    assert read_run(log).loss == math.inf
    log.write_text("\n".join(["step,lr", "0,0.1", "1,0.1"]), encoding="utf-8")
    with pytest.raises(UsageError, match="no loss") as caught:
        read_run(log)
    assert "-column" not in str(caught.value.fix)
    log.write_text("when,rate,loss\n0,0.1,1.0\n1,0.1,1.0\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_run(log)
    assert "columns are called step, lr and loss" in str(caught.value.fix)


def test_what_a_resumed_run_had_logged_beyond_does_not_count(tmp_path: Path) -> None:
    """Its lr and its loss are those of the course that went on."""
    log = tmp_path / "a.csv"
    rows = ["0,0.1,4", "1,0.1,3", "2,0.9,9", "1,0.1,2", "2,0.1,1"]
    log.write_text("\n".join(["step,lr,loss", *rows]), encoding="utf-8")
    run = read_run(log)
    assert (run.steps, run.mean_lr, run.loss) == (3, pytest.approx(0.1), 1.0)


def test_the_command_to_repeat_names_the_runs() -> None:
    """As the user did."""
    known = tuple(runs({1e-4: 2.0, 1e-3: 1.0}))
    line = Settings(known=known).command(["digits"])
    assert line == "lehr choose digits --runs 0.0001.csv 0.001.csv"


def test_what_was_finished_without_a_probe_stays_alive_for_other_schedules() -> None:
    """They fork from the trunk of the best run, which later runs at other peaks must not evict."""
    climb, baseline = Climb(Settings().plans), Candidate(Settings().plans[0], 0.1)
    brief = Brief(
        horizon=1000,
        budget=5.5,
        mode="min",
        baseline=baseline,
        lr_range=None,
        seed=0,
        cost=lambda requests: 0.9 * len(requests),
        start=Start(peak_lr=0.1, way=1),
    )
    rounds = climb.search(brief)
    asked = next(rounds)
    assert {request.candidate.peak_lr for request in asked.requests} == {0.1, 0.2}
    best = {0.05: 2.0, 0.1: 1.0, 0.2: 2.0}
    later = rounds.send(
        {
            request: Outcome(objective=best[request.candidate.peak_lr], diverged=False)
            for request in asked.requests
        }
    )
    assert {request.candidate.peak_lr for request in later.requests} == {0.05}
    assert (Candidate(climb.schedules[1], 0.1), 0) in later.alive


@pytest.mark.parametrize("at", [0.005, 0.3])
def test_a_study_with_known_runs_begins_there_without_a_probe(tmp_path: Path, at: float) -> None:
    """A whole study, and its plan: it begins at the rung nearest to the known peak, and says so."""
    source = ProblemSource.of(tiny_problem.__file__)
    horizon = source.load().steps
    known = runs({at / 40: 3.0, at: 1.0, 40 * at: 2.0}, horizon)
    study = choose(
        source, directory=tmp_path, budget=4, known=known, executor="serial", schedules=["hold()"]
    )
    trained = study.decision.runs
    assert {run.stage for run in trained} == {"full"}
    assert min(abs(math.log2(run.peak_lr / at)) for run in trained) <= 0.5
    assert "no probes" in study.warnings[0]
    plan = plan_cost(source, budget=4, known=known, schedules=["hold()"])
    assert {stage.stage for stage in plan.stages} == {"full"}
    assert "no probes" in plan.remarks[0]

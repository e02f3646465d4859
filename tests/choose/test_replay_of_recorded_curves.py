from __future__ import annotations

from pathlib import Path

import pytest
import tiny_problem

from lehr.choose import StudyRecord, choose
from lehr.choose.checkpoints import Checkpoints
from lehr.choose.executors.replay import ReplayExecutor
from lehr.choose.progress import Silent
from lehr.choose.session import baseline_of
from lehr.choose.settings import Settings
from lehr.choose.strategies import Brief, Climb, Ranking
from lehr.choose.study import cut_runs, drive, search_budget
from lehr.choose.trainer import Memory, Trainer
from lehr.errors import StudyError
from lehr.training import ProblemSource


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyRecord:
    source = ProblemSource.of(tiny_problem.__file__)
    directory = tmp_path_factory.mktemp("recorded")
    return choose(source, directory=directory, executor="serial", budget=6)


def replayed(study: StudyRecord, seeds: dict[int, int], *, seed: int = 0) -> tuple[Ranking, float]:
    problem = tiny_problem.problem()
    climb, baseline = Climb(Settings().plans), baseline_of(problem)
    trainer = Trainer(
        cut_runs(problem, climb, baseline),
        store=Memory(),
        checkpoints=Checkpoints(Path("none")),
        executor=ReplayExecutor(study.curves, seeds),
        objective="val_loss",
        quota=None,
        progress=Silent(),
    )
    brief = Brief(
        horizon=problem.steps,
        budget=search_budget(6),
        mode="min",
        baseline=baseline,
        lr_range=None,
        seed=seed,
        cost=trainer.ledger.cost,
    )
    return drive(climb.search(brief), trainer.train), trainer.ledger.spent


def test_a_replayed_search_ends_as_the_real_one(study: StudyRecord) -> None:
    """Recorded curves give the choice and the cost of the training they were recorded from."""
    ranking, spent = replayed(study, {})
    front = ranking.candidates[0].record
    assert (front.schedule, front.peak_lr) == (study.decision.schedule, study.decision.peak_lr)
    assert spent == study.decision.cost_full_runs.search


def test_another_seed_is_played_by_a_recorded_one(study: StudyRecord) -> None:
    """A study can be repeated with any seed that is mapped to a recorded one."""
    assert replayed(study, {7: 0}, seed=7) == replayed(study, {})


def test_what_was_not_recorded_is_told(study: StudyRecord) -> None:
    """A run that nobody recorded is named, not made up."""
    with pytest.raises(StudyError, match="not recorded"):
        replayed(study, {}, seed=3)

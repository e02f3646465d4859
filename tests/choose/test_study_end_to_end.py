from __future__ import annotations

from pathlib import Path

import pytest
import tiny_problem
from studied import SOURCE, serial

from lehr import parse
from lehr.choose import Candidate, Decision, StudyRecord, choose, plan_cost, read_study
from lehr.choose import study as study_module
from lehr.choose.strategies import Strategy
from lehr.choose.tree import SegmentTree
from lehr.errors import ProblemError
from lehr.training import Problem, ProblemSource


def test_a_study_decides_within_its_budget(undisturbed: tuple[StudyRecord, Path]) -> None:
    """The decision names a candidate that was trained, its cost, and an untouched comparison."""
    study, directory = undisturbed
    decision = study.decision
    assert decision.cost_full_runs.total <= 12
    finished = {run.schedule for run in decision.runs if run.steps == decision.horizon}
    assert decision.schedule in finished
    confirmed = {run.seed for run in decision.runs if run.stage == "confirm"}
    searched = {run.seed for run in decision.runs if run.stage != "confirm"}
    assert confirmed == {1, 2, 3}
    assert searched == {0}
    assert decision.expected is not None
    assert decision.expected.seeds == 3
    assert Decision.read(directory / "decision.json") == decision
    assert read_study(directory) == study


def test_diverged_runs_are_data(tmp_path: Path) -> None:
    """A run that blew up has a null objective and says so; where all do, there is no winner."""
    decision = serial(tmp_path, budget=1, lr_range=(0.5, 1e6)).decision
    diverged = [run for run in decision.runs if run.diverged]
    assert diverged
    assert all(run.objective is None for run in diverged)
    nothing = serial(tmp_path, budget=1, lr_range=(1e5, 1e6)).decision
    assert (nothing.verdict, nothing.schedule) == ("no_winner", nothing.baseline.schedule)


def test_the_weights_are_those_of_the_confirming_run(
    undisturbed: tuple[StudyRecord, Path],
) -> None:
    """The kept checkpoint evaluates to the objective that its run reported."""
    study, directory = undisturbed
    decision = study.decision
    run = tiny_problem.problem().start(1)
    run.load(directory / "weights")
    reported = [
        row.objective
        for row in decision.runs
        if (row.schedule, row.peak_lr, row.seed) == (decision.schedule, decision.peak_lr, 1)
    ]
    assert [run.evaluate()["val_loss"]] == reported


def test_processes_decide_as_serial_does(
    undisturbed: tuple[StudyRecord, Path], tmp_path: Path
) -> None:
    """The executor changes nothing in the decision or in any curve."""
    study = choose(SOURCE, directory=tmp_path, executor="processes", workers=2)
    assert study == undisturbed[0]


def test_sharing_changes_no_result(
    undisturbed: tuple[StudyRecord, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every run trained from step 0 by itself, each number is the same; the cost is not."""

    def unshared(problem: Problem, strategy: Strategy, baseline: Candidate) -> SegmentTree:
        return SegmentTree(
            strategy.plans(baseline),
            horizon=problem.steps,
            marks=strategy.marks(problem.steps),
            evaluate_every=problem.evaluate_every,
            shared=False,
        )

    monkeypatch.setattr(study_module, "cut_runs", unshared)
    alone = serial(tmp_path, budget=30)
    together = undisturbed[0]
    shared = {(run.schedule, run.peak_lr, run.seed): run for run in together.decision.runs}
    single = {(run.schedule, run.peak_lr, run.seed): run for run in alone.decision.runs}
    common = [run for run in shared if run in single and shared[run].steps == single[run].steps]
    assert len(common) >= 10
    assert all(shared[run].objective == single[run].objective for run in common)
    assert alone.sharing.steps_trained > together.sharing.steps_trained


@pytest.mark.parametrize("budget", [0.1, 0.5, 1.0, 2.0, 3.0, 8.0])
def test_small_budgets_answer_too(tmp_path: Path, budget: float) -> None:
    """Any budget gives a schedule and a peak lr, keeps its limit, and expects more regret."""
    decision = serial(tmp_path, budget=budget).decision
    assert decision.cost_full_runs.total <= budget + 1e-9
    assert decision.verdict == "indistinguishable"
    assert "not confirmed" in decision.advice
    assert decision.expected_regret > 0
    parse(decision.schedule)


def test_given_schedules_are_all_tried(tmp_path: Path) -> None:
    """Schedules named by the user take part whatever the budget that races shapes."""
    mine = ("warmup(3) >> cosine(final=0.1)", "step(20)")
    decision = serial(tmp_path, budget=5, schedules=mine).decision
    assert {run.schedule for run in decision.runs} == {str(parse(text)) for text in mine}


def test_a_range_of_lrs_is_kept(tmp_path: Path) -> None:
    """No run leaves lr_range but the baseline, which is the user's own."""
    decision = serial(tmp_path, lr_range=(0.01, 0.04)).decision
    searched = [run.peak_lr for run in decision.runs if run.stage != "confirm"]
    assert min(searched) >= 0.01
    assert max(searched) <= 0.04


def test_the_plan_foretells_the_cost(undisturbed: tuple[StudyRecord, Path]) -> None:
    """`--plan` promises what the study then costs, but for probes that walk on."""
    plan = plan_cost(SOURCE, executor="serial")
    cost = undisturbed[0].decision.cost_full_runs
    confirm = plan.stages[-1]
    assert confirm.stage == "confirm"
    assert confirm.full_runs == pytest.approx(cost.confirm, abs=0.3)
    assert plan.full_runs <= 12
    assert plan.full_runs == pytest.approx(cost.total, abs=0.8)
    assert plan.seconds > 0


def test_a_problem_that_raises_in_training_is_told(tmp_path: Path) -> None:
    """The user's own error arrives with its type and its line."""
    broken = tmp_path / "broken.py"
    told = "CALLS.append(1)\n        CALLS[len(CALLS) // 9 * 99]"
    text = Path(tiny_problem.__file__).read_text().replace("TRAINED,", "CALLS = []\nTRAINED,", 1)
    broken.write_text(text.replace('return {"val_loss"', f'{told}\n        return {{"val_loss"'))
    with pytest.raises(ProblemError, match="IndexError"):
        choose(ProblemSource.of(str(broken)), directory=tmp_path / "study", executor="serial")


def test_regret_is_foretold_only_of_studies_like_those_it_was_measured_on(tmp_path: Path) -> None:
    """A range of lrs or a list of schedules of one's own is another search."""
    assert serial(tmp_path / "a", budget=0.5).decision.expected_regret is not None
    for name, settings in (("b", {"lr_range": (0.01, 1.0)}), ("c", {"schedules": ("linear()",)})):
        assert serial(tmp_path / name, budget=0.5, **settings).decision.expected_regret is None

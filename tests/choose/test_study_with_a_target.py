"""A study whose objective is to reach a value of the metric in the fewest steps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny_problem

from lehr import parse
from lehr.choose import Candidate, Decision, StudyRecord, choose, compare, plan_cost, read_study
from lehr.choose.candidate import Request
from lehr.choose.conclude import Conclusion
from lehr.choose.decision import Target
from lehr.choose.outcome import Outcome
from lehr.choose.unreached import without_reach
from lehr.errors import ProblemError, UsageError
from lehr.report.build import build
from lehr.schedule import Plan
from lehr.training import ProblemSource, TorchProblem

SOURCE = ProblemSource.of(tiny_problem.__file__)
TARGET = 0.06
OF_VERSION_1 = {
    "schema_version",
    "problem",
    "plan",
    "schedule",
    "peak_lr",
    "horizon",
    "objective",
    "mode",
    "expected",
    "baseline",
    "runner_up",
    "gain_over_baseline",
    "gain_over_runner_up",
    "verdict",
    "advice",
    "expected_regret",
    "cost_full_runs",
    "runs",
    "weights",
    "seed",
    "threads",
    "versions",
}


def serial(directory: Path, **settings: object) -> StudyRecord:
    return choose(SOURCE, directory=directory, executor="serial", **settings)  # type: ignore[arg-type] # forwarded as they are


@pytest.fixture(scope="module")
def aimed(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyRecord, Path]:
    """A whole study with a target that some runs reach, and its directory."""
    directory = tmp_path_factory.mktemp("aimed")
    return serial(directory, target=TARGET), directory


def test_the_choice_reaches_the_target_in_the_fewest_steps(
    aimed: tuple[StudyRecord, Path],
) -> None:
    """Of the runs that were finished on the search's seed the front-runner was the quickest."""
    study, directory = aimed
    decision = study.decision
    assert decision.target is not None
    assert (decision.schema_version, decision.objective) == (2, "steps to val_loss ≤ 0.06")
    assert (decision.metric, decision.metric_mode, decision.mode) == ("val_loss", "min", "min")
    full = [run for run in decision.runs if run.stage != "confirm" and run.steps == 60]
    steps = {(run.schedule, run.peak_lr): run.objective for run in full}
    reached = [value for value in steps.values() if value is not None]
    assert steps[decision.schedule, decision.peak_lr] == min(reached)
    assert decision.expected_regret is None
    assert decision.expected is not None
    assert decision.expected.reached == 3
    assert 0 < decision.expected.low <= decision.expected.mean <= 60
    assert Decision.read(directory / "decision.json") == decision
    assert read_study(directory) == study


def test_each_run_tells_its_steps_its_metric_and_what_became_of_it(
    aimed: tuple[StudyRecord, Path],
) -> None:
    """Reached, missed and diverged are three things; the metric stands beside the objective."""
    runs = aimed[0].decision.runs
    reached = [run for run in runs if run.objective is not None]
    missed = [run for run in runs if run.objective is None and not run.diverged]
    diverged = [run for run in runs if run.diverged]
    assert reached
    assert missed
    assert diverged
    assert all(run.objective <= run.steps for run in reached if run.objective is not None)
    assert all(run.metric is not None for run in (*reached, *missed))
    assert all((run.objective, run.metric) == (None, None) for run in diverged)


def test_processes_decide_as_serial_does(aimed: tuple[StudyRecord, Path], tmp_path: Path) -> None:
    """The executor changes nothing in the decision or in any curve."""
    study = choose(SOURCE, directory=tmp_path, executor="processes", workers=2, target=TARGET)
    assert study == aimed[0]


def test_a_killed_study_ends_the_same(aimed: tuple[StudyRecord, Path], tmp_path: Path) -> None:
    """`kill -9` in the middle changes nothing but the time it takes."""
    code = (
        "import sys; from pathlib import Path; from lehr.choose import choose; "
        "from lehr.training import ProblemSource; choose(ProblemSource.of(sys.argv[1]), "
        f"directory=Path(sys.argv[2]), executor='serial', target={TARGET})"
    )
    process = subprocess.Popen([sys.executable, "-c", code, tiny_problem.__file__, str(tmp_path)])
    results = tmp_path / "study.sqlite"
    while not results.exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.7)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert serial(tmp_path, target=TARGET) == aimed[0]


def test_another_target_trains_only_what_is_new(
    aimed: tuple[StudyRecord, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target is no part of what a study is of: any other goes on in the same directory."""
    serial(tmp_path)
    assert serial(tmp_path, target=TARGET) == aimed[0]
    forbidden = "lehr.choose.executors.serial.SerialExecutor.submit"
    monkeypatch.setattr(forbidden, lambda *_: pytest.fail("a known segment was trained again"))
    assert serial(tmp_path, target=TARGET) == aimed[0]


def test_a_declared_target_is_the_one_asked_for(
    aimed: tuple[StudyRecord, Path], tmp_path: Path
) -> None:
    """`target=` on the problem and `--target` ask the same; the second one wins."""
    file = tmp_path / "declared.py"
    text = Path(tiny_problem.__file__).read_text(encoding="utf-8")
    file.write_text(text.replace('mode="min",', 'mode="min",\n        target=0.06,'))
    source = ProblemSource.of(str(file))
    declared = choose(source, directory=tmp_path / "a", executor="serial", budget=6)
    wanted = serial(tmp_path / "b", budget=6, target=TARGET)
    assert declared.decision == wanted.decision
    other = choose(source, directory=tmp_path / "a", executor="serial", budget=6, target=0.1)
    assert other.decision.target is not None
    assert other.decision.target.value == 0.1
    assert other.command.endswith("--budget 6 --target 0.1")


def test_where_nobody_reaches_there_is_no_winner_and_a_target_that_was_seen(
    tmp_path: Path,
) -> None:
    """Nothing is claimed of steps that nobody made; a target that some run reaches is advised."""
    decision = serial(tmp_path, target=0.001).decision
    assert decision.verdict == "no_winner"
    assert not decision.reached
    assert decision.gain_over_baseline is None
    assert "no run reached val_loss ≤ 0.001 within 60 steps; the nearest came to" in decision.advice
    offered = float(decision.advice.partition("--target ")[2].partition(",")[0])
    again = serial(tmp_path, target=offered).decision
    assert any(run.objective is not None for run in again.runs)
    answer = build(serial(tmp_path, target=0.001)).answer
    assert answer.label == "target not reached"
    assert str(answer.headline).startswith("No run of tiny reached val_loss ≤ 0.001")


def test_only_runs_that_count_say_which_target_would_be_reached() -> None:
    """What the search's seed reached is no advice where fresh seeds did not."""
    goal, ours = Target(metric="loss", mode="min", value=0.5), candidate("linear()", 0.1)
    search, fresh = (
        Request(candidate=ours, seed=seed, until=10, stage=stage)
        for seed, stage in ((0, "full"), (1, "confirm"))
    )
    asked = {
        search: Outcome(objective=0.4, diverged=False, steps_to_target=8.0),
        fresh: Outcome(objective=0.63, diverged=False),
    }
    found = without_reach(
        Conclusion(choice=ours, verdict="chosen", advice=""),
        asked=asked,
        metrics=lambda run: [(10, {"loss": asked[run].objective})],
        confirmation=None,
        target=goal,
        horizon=10,
    )
    assert "on a fresh seed, only on the search's; the nearest came to 0.63" in found.advice
    assert "(--target 0.63," in found.advice


def test_small_budgets_do_not_say_that_nobody_reaches(tmp_path: Path) -> None:
    """Probes are no full runs: where only they were trained, nothing is known of the target."""
    decision = serial(tmp_path, budget=0.5, target=0.001).decision
    assert decision.verdict == "indistinguishable"
    assert decision.reached
    assert "not confirmed" in decision.advice


def test_a_large_metric_is_reached_from_below(tmp_path: Path) -> None:
    """With mode="max" the first evaluation at the target or above it counts."""
    file = tmp_path / "turned.py"
    text = Path(tiny_problem.__file__).read_text(encoding="utf-8")
    text = text.replace('return {"val_loss": F', 'return {"val_loss": -F').replace(
        'mode="min"', 'mode="max"'
    )
    file.write_text(text)
    source = ProblemSource.of(str(file))
    turned = choose(source, directory=tmp_path / "a", executor="serial", budget=6, target=-TARGET)
    straight = serial(tmp_path / "b", budget=6, target=TARGET)

    def steps(study: StudyRecord) -> dict[tuple[str, float], float | None]:
        full = [run for run in study.decision.runs if run.steps == 60]
        return {(run.schedule, run.peak_lr): run.objective for run in full}

    common = steps(turned).keys() & steps(straight).keys()
    assert common
    assert {run: steps(turned)[run] for run in common} == {
        run: steps(straight)[run] for run in common
    }


def test_without_a_target_nothing_is_new(tmp_path: Path) -> None:
    """A decision by the metric at the end has the fields and the version it always had."""
    study = serial(tmp_path, budget=1)
    document = study.decision.model_dump(mode="json")
    assert document.keys() == OF_VERSION_1
    assert document["schema_version"] == 1
    fields = {name for run in document["runs"] for name in run}
    assert fields == {
        "plan",
        "schedule",
        "peak_lr",
        "seed",
        "stage",
        "steps",
        "objective",
        "diverged",
    }


@pytest.mark.parametrize("target", [float("nan"), float("inf")])
def test_an_impossible_target_raises_before_anything_is_trained(
    tmp_path: Path, target: float
) -> None:
    """A target is a finite number; the error says what to type."""
    with pytest.raises(UsageError, match=r"--target 0\.35"):
        serial(tmp_path / "none", target=target)
    with pytest.raises(UsageError, match=r"--target 0\.35"):
        plan_cost(SOURCE, target=target)
    assert not (tmp_path / "none").exists()
    members = vars(tiny_problem.problem())
    given = {k: v for k, v in members.items() if k not in ("declared_baseline", "target")}
    with pytest.raises(ProblemError, match=r"target = .*a finite number"):
        TorchProblem(**given, target=target)


def test_a_target_that_is_reached_at_the_start_is_refused(tmp_path: Path) -> None:
    """An untrained model that is at the target already means a wrong target, or a wrong mode."""
    for ask in (lambda: serial(tmp_path / "none", target=9.0), lambda: plan_cost(SOURCE, target=9)):
        with pytest.raises(UsageError, match="reached before training") as caught:
            ask()
        assert "a smaller --target" in str(caught.value)
        assert "mode='max'" in str(caught.value)
    assert not (tmp_path / "none").exists()


def test_rare_evaluations_are_told(tmp_path: Path) -> None:
    """Where an evaluation is rarer than a twentieth of the run, the study warns of it."""
    file = tmp_path / "rare.py"
    text = Path(tiny_problem.__file__).read_text(encoding="utf-8")
    file.write_text(text.replace('mode="min",', 'mode="min",\n        evaluate_every=20,'))
    study = choose(
        ProblemSource.of(str(file)), directory=tmp_path, executor="serial", budget=1, target=0.1
    )
    assert any("evaluated every 20 of 60 steps" in text for text in study.warnings)
    assert not any("evaluated every" in text for text in serial(tmp_path / "b", budget=1).warnings)


def candidate(text: str, peak_lr: float) -> Candidate:
    return Candidate(Plan.of(parse(text)), peak_lr)


def test_compare_tells_who_reaches_sooner(tmp_path: Path) -> None:
    """A peak lr that never gets there loses to one that does, by at least what was seen."""
    good, bad = candidate("linear()", 0.1), candidate("linear()", 0.001)
    seen = compare(SOURCE, good, bad, directory=tmp_path, pairs=4, executor="serial", target=0.1)
    assert (seen.schema_version, seen.verdict) == (2, "a")
    assert seen.missed == ([], [0, 1, 2])
    assert {row[1] for row in seen.objectives.values()} == {60.0}
    assert seen.gain_of_a is None  # nobody saw how far the other is from it
    assert seen.advice == "A reaches the target on every fresh seed, B on none"
    assert seen.expected_b is not None
    assert (seen.expected_b.reached, seen.expected_b.mean) == (0, pytest.approx(60))
    nobody = compare(SOURCE, good, bad, directory=tmp_path, pairs=9, executor="serial", target=1e-9)
    assert nobody.verdict == "indistinguishable"
    assert "neither reached val_loss ≤ 1e-09" in nobody.advice
    assert len(nobody.objectives) == 3  # and no more were trained

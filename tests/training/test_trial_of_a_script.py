"""A user's own script trains alone with its defaults, and under lehr as the candidate."""

from __future__ import annotations

import sys
import textwrap

import numpy as np
import pytest
import torch

import lehr
from lehr import Plan, cosine, linear, parse
from lehr.errors import LehrError, ProblemError, UsageError
from lehr.training import ProblemSource, preflight, train_stretch
from lehr.training.command import CommandProblem

SCRIPT = """
    import random, sys
    import lehr

    trial = lehr.trial(schedule="warmup(2) >> cosine()", peak_lr=0.1, steps=40, objective="score",
                       mode="max"{target})
    lrs = trial.schedule.over(trial.steps)
    random.seed(trial.seed)
    weight = random.random()
    {before}
    for step in range(trial.steps):
        weight *= 1 - 0.1 * trial.peak_lr * lrs(step)
        {each}
        trial.report(step + 1, loss={loss})
        if step % 2:
            trial.report(step + 1, {metric}=1 - weight)
        if trial.should_stop:
            {stop}
    {after}
"""
SOUND = {
    "target": "",
    "before": "",
    "each": "",
    "loss": "weight",
    "metric": "score",
    "stop": "break",
    "after": "",
}


@pytest.fixture
def script(tmp_path):
    """Give a problem of the script, with some of its lines changed."""

    def write(**changes):
        path = tmp_path / "train_mine.py"
        text = textwrap.dedent(SCRIPT).format(**{**SOUND, **changes})
        path.write_text(text, encoding="utf-8")
        return ProblemSource.command([sys.executable, str(path)]).load()

    return write


def by_hand(plan, peak_lr, seed, stop):
    """The script's arithmetic."""
    import random

    weight, lrs, losses = random.Random(seed).random(), plan.schedules["lr"].over(40), []
    for step in range(stop):
        weight *= 1 - 0.1 * peak_lr * lrs(step)
        losses.append(weight)
    return np.array(losses)


def test_the_script_declares_itself(script):
    """Steps, objective, mode and baseline are what `lehr.trial(…)` says."""
    problem = script(before="print('never reached in a declaration'); weight = 1 / 0")
    assert isinstance(problem, CommandProblem)
    assert (problem.name, problem.steps, problem.evaluate_every) == ("train_mine", 40, 2)
    assert (problem.objective, problem.mode, problem.forkable) == ("score", "max", False)
    assert problem.baseline == ("warmup(2) >> cosine()", 0.1)
    assert problem.target is None
    assert "target" not in problem.declaration.model_dump_json()  # which identifies old studies


def test_the_script_declares_a_target(script):
    """The value to reach in the fewest steps travels; the preflight sees the first report of it."""
    problem = script(target=", target=0.5")
    assert problem.target == 0.5
    assert 0 < preflight(problem, 0).initial["score"] < 1


@pytest.mark.parametrize("stop", [40, 8])
def test_under_lehr_the_script_is_the_candidate(script, stop):
    """Plan, peak lr, seed and the step to stop at reach the script; its reports come back."""
    plan = Plan(lr=parse("linear(final=0.5)"), momentum=parse("absolute(constant(0.9))"))
    multipliers = plan.over(40).multipliers(0, stop)
    stretch = train_stretch(script().start(5), multipliers, 0.3, [4, stop], np.empty(0), 40)
    expected = by_hand(plan, 0.3, 5, stop)
    assert stretch.losses.tobytes() == expected.tobytes()
    assert stretch.diverged_at is None
    assert stretch.metrics == tuple(
        (step, {"loss": expected[step - 1], "score": 1 - expected[step - 1]}) for step in (4, stop)
    )


def test_a_diverged_script_is_data(script):
    """A loss that is not finite ends the run, and a script that then fails is no defect."""
    problem = script(loss="weight if step < 6 else float('nan')", stop="raise ValueError('nan')")
    multipliers = Plan.of(cosine()).over(40).multipliers()
    stretch = train_stretch(problem.start(0), multipliers, 0.1, [4, 40], np.empty(0), 40)
    assert stretch.diverged_at == 6
    assert len(stretch.losses) == 7
    assert [step for step, _ in stretch.metrics] == [4]


def test_a_sound_script_passes_the_preflight(script):
    """Two short starts agree; the fingerprint names what is reported first."""
    first = preflight(script(), 3)
    assert set(first.metrics) <= {"loss", "score"}
    assert first.seconds_per_step > 0
    assert first.initial_weights == preflight(script(), 3).initial_weights


DEFECTS = {
    "fails": ({"before": "weight = 1 / 0"}, "ZeroDivisionError"),
    "unseeded": ({"before": "weight = random.SystemRandom().random()"}, "with one seed differ"),
    "goes on": ({"stop": "pass"}, "if trial.should_stop: break"),
    "nan": ({"loss": "float('nan')"}, "not finite from the first report on"),
    "no trial": ({"before": ""}, "never called lehr.trial"),
    "no loss": ({"each": "", "loss": "weight, score=1"}, "trial.report(step, loss="),
    "backwards": ({"each": "trial.report(1, loss=1); trial.report(0, loss=1)"}, "do not decrease"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_of_a_script_has_its_own_message(script, tmp_path, defect):
    """A script that cannot take part says why before budget is spent."""
    changes, says = DEFECTS[defect]
    problem = script(**changes)
    path = tmp_path / "train_mine.py"
    if defect == "no trial":
        path.write_text("print('trained')\n", encoding="utf-8")
    if defect == "no loss":
        path.write_text(path.read_text().replace("loss=weight,", ""), encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        preflight(problem, 0)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"metric": "other"}, "did not report score in time"),
        ({"each": "if step == 20: break"}, "did not report score in time"),
        ({"each": "if step == 20: sys.exit('out of memory')"}, "out of memory"),
    ],
)
def test_a_run_that_does_not_arrive_is_an_error(script, changes, says):
    """A run without its objective, or that ended early, is not taken for a result."""
    multipliers = Plan.of(cosine()).over(40).multipliers()
    with pytest.raises(ProblemError) as caught:
        script(**changes).start(0).advance(multipliers, 0.1)
    assert says in str(caught.value)


def test_a_command_that_is_none_is_a_usage_error():
    """A command that cannot be started says which word is wrong."""
    problem = ProblemSource.command(["no-such-program-at-all", "train.py"]).load()
    with pytest.raises(UsageError, match="cannot be started"):
        problem.steps  # noqa: B018 - asking is what starts it


def test_a_run_of_a_script_is_whole(script, tmp_path):
    """It begins at step 0, is advanced once, and cannot be saved."""
    run = script().start(0)
    multipliers = Plan.of(cosine()).over(40).multipliers(0, 6)
    run.advance(multipliers, 0.1)
    assert run.evaluate()["loss"] == by_hand(Plan.of(cosine()), 0.1, 0, 6)[-1]
    with pytest.raises(UsageError, match="one piece"):
        run.advance(Plan.of(cosine()).over(40).multipliers(6, 8), 0.1)
    for keep in (run.save, run.load):
        with pytest.raises(ProblemError, match="cannot be saved"):
            keep(tmp_path / "kept")


def test_alone_the_script_trains_with_its_defaults(monkeypatch):
    """Without lehr around it, the trial is what the script says, to the last step."""
    monkeypatch.delenv("LEHR_TRIAL", raising=False)
    trial = lehr.trial(schedule=linear(), peak_lr=0.5, steps=4, objective="val_loss", seed=9)
    assert (trial.peak_lr, trial.steps, trial.seed, trial.mode) == (0.5, 4, 9, "min")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=trial.peak_lr)
    scheduler = trial.scheduler(optimizer)
    lrs = []
    for step in range(trial.steps):
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
        assert not trial.should_stop
        trial.report(step + 1, loss=1.0)
    assert lrs == [0.5, 0.375, 0.25, 0.125]
    assert trial.should_stop


@pytest.mark.parametrize(
    "changes",
    [
        {"schedule": "cosin()"},
        {"schedule": "warmup(50) >> cosine()"},
        {"peak_lr": 0.0},
        {"steps": 2.5},
        {"objective": "val loss"},
        {"mode": "minimum"},
        {"target": float("nan")},
        {"target": True},
    ],
)
def test_a_trial_that_cannot_be_is_refused(monkeypatch, changes):
    """Wrong arguments are found where the trial is made."""
    monkeypatch.delenv("LEHR_TRIAL", raising=False)
    sound = {"schedule": "cosine()", "peak_lr": 0.1, "steps": 10, "objective": "val_loss"}
    with pytest.raises(LehrError):
        lehr.trial(**{**sound, **changes})


@pytest.mark.parametrize(
    ("step", "metrics"), [(-1, {"loss": 1.0}), (11, {"loss": 1.0}), (1.5, {"loss": 1.0}), (1, {})]
)
def test_a_report_that_cannot_be_is_refused(monkeypatch, step, metrics):
    """Steps count updates made, up to the horizon; a report has a number."""
    monkeypatch.delenv("LEHR_TRIAL", raising=False)
    trial = lehr.trial(schedule="cosine()", peak_lr=0.1, steps=10, objective="val_loss")
    with pytest.raises(UsageError):
        trial.report(step, **metrics)

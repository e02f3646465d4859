"""The answer in words, and the code to paste."""

from __future__ import annotations

import pytest
import torch
from studies import COSINE, LINEAR, candidate, lost, study

from lehr.choose.decision import Expected, Gain
from lehr.report.build import build


@pytest.mark.parametrize(
    ("verdict", "headline", "detail"),
    [
        (
            "chosen",
            'Train digits with warmup("5%") >> linear() at a peak lr of 0.1.',
            "On fresh seeds its val_loss is 4.1% lower than with your baseline "
            "(95% interval 1.4% to 6.8%, 3 paired seeds).",
        ),
        (
            "indistinguishable",
            'Train digits with warmup("5%") >> linear() at a peak lr of 0.1, or keep your '
            "baseline: this budget cannot tell them apart.",
            "On fresh seeds its val_loss is 0.62% lower than with your baseline "
            "(95% interval −1.1% to 2.3%, 3 paired seeds).",
        ),
        (
            "no_winner",
            'Keep what you have for digits: warmup("5%") >> cosine() at a peak lr of 0.1.',
            "On fresh seeds its val_loss is 2.1% lower than with the best alternative "
            "(95% interval 0.47% to 3.8%, 3 paired seeds).",
        ),
    ],
)
def test_every_verdict_has_one_sentence_and_what_it_stands_on(
    verdict: str, headline: str, detail: str
) -> None:
    """Each verdict reads as a finished answer with its interval."""
    answer = build(study(verdict)).answer
    assert str(answer.headline) == headline
    assert answer.detail == detail
    assert [span.text for span in answer.headline.spans if span.code] == [
        COSINE if verdict == "no_winner" else LINEAR,
        "0.1",
    ]


def test_a_larger_objective_can_be_the_better_one() -> None:
    """Where large is good, a gain is called higher."""
    gain = Gain(mean=0.012, low=0.002, high=0.022, unit="absolute", pairs=5)
    told = build(study(mode="max", objective="accuracy", gain_over_baseline=gain)).answer.detail
    assert told.startswith("On fresh seeds its accuracy is 0.012 higher than with your baseline")


@pytest.mark.parametrize("verdict", ["chosen", "indistinguishable", "no_winner"])
def test_an_answer_without_a_comparison_says_so(verdict: str) -> None:
    """Nothing is claimed where nothing was compared on fresh seeds."""
    bare = {"gain_over_baseline": None, "gain_over_runner_up": None, "expected": None}
    searched = [run for run in study().decision.runs if run.stage != "confirm"]
    report = build(study(verdict, **bare, runs=searched))
    assert "no paired fresh seeds" in {fact.note for fact in report.facts}
    assert "%" not in report.answer.detail
    assert report.gains == []
    assert {fact.value for fact in report.facts} >= {"unknown", "not measured"}


@pytest.mark.parametrize(
    ("schedule", "diverged", "detail", "note"),
    [
        (
            COSINE,
            True,
            "Of 3 fresh seeds, your baseline diverged on 1; this had a finite val_loss on all.",
            "of 3 fresh seeds, your baseline diverged on 1",
        ),
        (
            LINEAR,
            False,
            "Of 3 fresh seeds, your baseline had a finite val_loss on all; this had no finite "
            "val_loss on 1.",
            "of 3 fresh seeds, the choice had no finite val_loss on 1",
        ),
    ],
)
def test_a_comparison_that_lost_a_run_is_not_denied(
    schedule: str, diverged: bool, detail: str, note: str
) -> None:
    """Candidates that met on fresh seeds were compared, also where no interval came of it."""
    runs = lost(schedule, 1002, diverged=diverged)
    report = build(study("indistinguishable", gain_over_baseline=None, runs=runs))
    assert str(report.answer.headline).endswith("fresh seeds do not tell them apart.")
    assert report.answer.detail == detail
    assert {fact.note for fact in report.facts} >= {note}


def test_a_gain_over_whole_pairs_is_told_with_the_runs_that_were_lost() -> None:
    """An interval of the pairs that are whole does not hide that others were not."""
    report = build(study("indistinguishable", runs=lost(LINEAR, 1002)))
    assert str(report.answer.headline).endswith("fresh seeds do not tell them apart.")
    assert "3 paired seeds). Of 3 fresh seeds, your baseline had a finite" in report.answer.detail


def test_a_baseline_is_kept_because_the_alternative_diverged() -> None:
    """The best alternative was compared with it: the answer says what became of it."""
    report = build(
        study("no_winner", gain_over_runner_up=None, runs=lost(LINEAR, 1001, 1002, 1003))
    )
    assert report.answer.detail == (
        "Of 3 fresh seeds, the best alternative diverged on all; this had a finite val_loss on all."
    )
    chosen = build(study(gain_over_baseline=None, runs=lost(COSINE, 1001, 1002, 1003)))
    assert "your baseline diverged on all; this had a finite" in chosen.answer.detail


def test_the_code_runs_as_pasted() -> None:
    """The snippet imports what it uses and gives the chosen lr at every step."""
    code = build(study()).answer.code
    weight = torch.nn.Parameter(torch.ones(1))
    names: dict[str, object] = {"optimizer": torch.optim.SGD([weight], lr=0.1)}
    exec(code, names)
    optimizer = names["optimizer"]
    assert isinstance(optimizer, torch.optim.SGD)
    assert names["peak_lr"] == 0.1
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1 * 2 / 100)


def test_the_code_of_a_plan_sets_every_hyper_parameter() -> None:
    """A plan is pasted as a Plan, whatever it schedules."""
    plan = {"lr": "one_cycle()", "momentum": "one_cycle_momentum()"}
    code = build(study(plan=plan, schedule=plan["lr"])).answer.code
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9)
    exec(code, {"optimizer": optimizer})
    assert optimizer.param_groups[0]["momentum"] == pytest.approx(0.95, abs=1e-3)


def test_the_facts_are_the_decisions_numbers() -> None:
    """The tiles show the peak, the expectation, the gain and the cost of the decision."""
    facts = {fact.label: (fact.value, fact.note) for fact in build(study()).facts}
    assert facts == {
        "peak lr": ("0.1", "for 2,000 steps"),
        "val_loss to expect": ("0.143", "95% interval 0.139 to 0.146, 3 seeds"),
        "gain over your baseline": ("4.1%", "95% interval 1.4% to 6.8%, 3 paired seeds"),
        "cost": ("11.2 full runs", "29% saved by sharing"),
    }


def test_metrics_beside_the_objective_are_shown_and_said_not_to_decide() -> None:
    """A test metric of the choice is read off its fresh seeds; without other metrics, no words."""
    told = build(study()).measured
    ends = [
        curve.metrics["accuracy"][-1]
        for curve in study().curves
        if (curve.schedule, curve.peak_lr, curve.stage) == (LINEAR, 0.1, "confirm")
    ]
    assert len(ends) > 1
    mean = sum(ends) / len(ends)
    assert f"never selected on: accuracy {mean:.3g} ({len(ends)} seeds)." in told
    alone = study()
    only = [
        curve.model_copy(update={"metrics": {"val_loss": curve.metrics["val_loss"]}})
        for curve in alone.curves
    ]
    assert build(alone.model_copy(update={"curves": only})).measured == ""


def test_one_seed_has_no_interval() -> None:
    """A single run is shown as what it is."""
    expected = Expected(mean=0.2, low=0.2, high=0.2, seeds=1)
    facts = {fact.label: fact.note for fact in build(study(expected=expected)).facts}
    assert facts["val_loss to expect"] == "one seed: no interval"


def test_the_baseline_that_was_chosen_is_drawn_once() -> None:
    """Where the answer is to keep the baseline, it is the chosen line and no other."""
    report = build(study("no_winner"))
    assert [line.role for line in report.schedules] == ["runner-up", "chosen"]
    assert report.schedules[-1].label == f"{COSINE} @ 0.1"
    same = candidate(LINEAR, 0.1)
    assert [line.role for line in build(study(baseline=same)).schedules] == ["runner-up", "chosen"]

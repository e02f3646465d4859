"""A study of steps to a target, as it is read."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from studies import COSINE, HORIZON, LINEAR, lost, study

from lehr.choose.decision import Expected, Gain, StudyRecord, Target
from lehr.choose.target import steps_to_target
from lehr.report.build import build
from lehr.report.page import page
from lehr.report.terminal import print_report

GOAL = Target(metric="val_loss", mode="min", value=0.2)


def aimed(verdict: str = "chosen", **changes: object) -> StudyRecord:
    """The usual study, asked for steps to a target; `changes` replace fields of its decision."""
    plain = study(verdict)
    runs = [
        run.model_copy(
            update={
                "metric": run.objective,
                "objective": None
                if curve.diverged
                else steps_to_target(
                    [
                        (step, {"val_loss": value})
                        for step, value in zip(
                            curve.metric_steps, curve.metrics["val_loss"], strict=True
                        )
                        if value is not None
                    ],
                    GOAL,
                ),
            }
        )
        for run, curve in zip(plain.decision.runs, plain.curves, strict=True)
    ]
    fields = {
        "schema_version": 2,
        "objective": GOAL.objective,
        "target": GOAL,
        "runs": runs,
        "expected_regret": None,
        "expected": Expected(mean=1240.2, low=1180, high=1300, seeds=3, reached=3),
        "expected_of_baseline": Expected(mean=1620.4, low=1500, high=1750, seeds=3, reached=3),
        "gain_over_baseline": Gain(mean=0.234, low=0.18, high=0.28, unit="relative", pairs=3),
        **changes,
    }
    return plain.model_copy(update={"decision": plain.decision.model_copy(update=fields)})


def test_the_answer_says_after_how_many_steps_and_the_baseline_after_how_many() -> None:
    """One sentence: the choice's steps, the baseline's, the gain and its interval."""
    assert build(aimed()).answer.detail == (
        f"On fresh seeds it reaches val_loss ≤ 0.2 after 1,240 of {HORIZON:,} steps; your baseline "
        f"after 1,620 of {HORIZON:,} steps: 23% fewer steps (95% interval 18% to 28%, 3 paired "
        "seeds)."
    )


def test_a_gain_over_a_rival_that_missed_is_a_bound() -> None:
    """A run that misses counts as the horizon, so it may take more than that: at least."""
    part = Expected(mean=1950, low=1800, high=2000, seeds=3, reached=1)
    told = build(aimed(expected_of_baseline=part)).answer.detail
    assert "2 of 3 seeds missed it and count as 2,000" in told
    assert "at least 23% fewer steps" in told
    ours = Expected(mean=1240.2, low=1180, high=1300, seeds=3, reached=2)
    told = build(aimed(expected_of_baseline=part, expected=ours)).answer.detail
    assert "at least" not in told


def test_a_rival_that_never_gets_there_is_told_without_a_gain() -> None:
    """All against none is said as it is: no interval, and the baseline did not diverge."""
    nobody = Expected(mean=2000, low=2000, high=2000, seeds=3, reached=0)
    report = build(aimed(expected_of_baseline=nobody, gain_over_baseline=None))
    assert report.answer.detail == (
        f"On fresh seeds it reaches val_loss ≤ 0.2 after 1,240 of {HORIZON:,} steps; your baseline "
        f"on none of 3 seeds within {HORIZON:,} steps."
    )


def test_a_baseline_that_diverged_is_told_beside_the_steps_of_the_choice() -> None:
    """Neither a gain nor the baseline's steps are known, and it is said why."""
    runs = lost(COSINE, 1001, 1002, 1003, target=True)
    report = build(aimed(expected_of_baseline=None, gain_over_baseline=None, runs=runs))
    assert report.answer.detail == (
        f"On fresh seeds it reaches val_loss ≤ 0.2 after 1,240 of {HORIZON:,} steps. Of 3 fresh "
        "seeds, your baseline diverged on all; this had a finite val_loss on all."
    )
    assert {fact.note for fact in report.facts} >= {
        "of 3 fresh seeds, your baseline diverged on all"
    }


def test_a_choice_whose_every_run_diverged_reaches_nothing_in_the_fewest_steps() -> None:
    """What the search saw of it is not repeated where fresh seeds say otherwise."""
    runs = lost(LINEAR, 1001, 1002, 1003, target=True)
    told = build(
        aimed("indistinguishable", expected=None, gain_over_baseline=None, runs=runs)
    ).answer.detail
    assert told.endswith("your baseline had a finite val_loss on all; this diverged on all.")
    assert "fewest" not in told


@pytest.mark.parametrize("verdict", ["chosen", "indistinguishable", "no_winner"])
def test_every_verdict_reads_as_an_answer_in_steps(verdict: str) -> None:
    """No sentence speaks of a loss that is lower where steps were compared."""
    report = build(aimed(verdict), seconds_per_step=0.25)
    assert "steps" in report.answer.detail
    assert "lower" not in report.answer.detail
    facts = {fact.label: fact.value for fact in report.facts}
    assert facts["steps to val_loss ≤ 0.2"] == f"1,240 of {HORIZON:,}"
    assert facts["time to the target"] == "5.2 min"
    assert all("fewer steps to val_loss ≤ 0.2" in row.words for row in report.gains)
    assert "val_loss" not in report.measured


def test_the_time_is_told_only_where_it_was_measured() -> None:
    """Wall times are no part of a study's record; without them nothing is said of time."""
    labels = {fact.label for fact in build(aimed()).facts}
    assert "time to the target" not in labels
    without = build(study(), seconds_per_step=0.25)
    assert without == build(study())


def test_where_no_run_reached_the_report_says_so_everywhere() -> None:
    """Headline, label, table and tile say `not reached`, not `diverged`."""
    runs = [run.model_copy(update={"objective": None}) for run in aimed().decision.runs]
    goal = Target(metric="val_loss", mode="min", value=0.001)
    nobody = Expected(mean=2000, low=2000, high=2000, seeds=3, reached=0)
    report = build(
        aimed(
            "no_winner",
            runs=runs,
            target=goal,
            objective=goal.objective,
            expected=nobody,
            gain_over_runner_up=None,
            gain_over_baseline=None,
        )
    )
    assert report.answer.label == "target not reached"
    assert str(report.answer.headline).startswith("No run of digits reached val_loss ≤ 0.001")
    console = Console(width=200, record=True, file=io.StringIO())
    print_report(report, console)
    told = console.export_text()
    assert "not reached" in told
    assert page(report).count("not reached") > 2
    assert "sooner" not in told
    facts = {fact.label: fact for fact in report.facts}
    assert "time to the target" not in facts


def test_where_nobody_reached_the_choice_is_still_compared_with_the_baseline() -> None:
    """The nearest to the target need not be the baseline, and both were trained on fresh seeds."""
    plain = aimed(gain_over_baseline=None, gain_over_runner_up=None)
    runs = [run.model_copy(update={"objective": None}) for run in plain.decision.runs]
    fields = {"verdict": "no_winner", "runs": runs}
    decision = plain.decision.model_copy(update=fields)
    report = build(plain.model_copy(update={"decision": decision}))
    facts = {fact.label: fact.note for fact in report.facts}
    assert facts["gain over your baseline"] == "no run that counts reached the target"


def test_a_target_reached_on_the_search_seed_only_is_not_denied() -> None:
    """The headline says what no run reached it on."""
    plain = aimed("no_winner")
    runs = [
        run.model_copy(update={"objective": None}) if run.stage == "confirm" else run
        for run in plain.decision.runs
    ]
    decision = plain.decision.model_copy(update={"runs": runs})
    headline = str(build(plain.model_copy(update={"decision": decision})).answer.headline)
    assert "reached val_loss ≤ 0.2 on a fresh seed; nearest came" in headline


def test_probes_alone_reach_nothing() -> None:
    """Where no run was trained to the end, none is said to have reached the target."""
    plain = aimed("indistinguishable", expected=None, gain_over_baseline=None)
    early = [run.model_copy(update={"steps": 200}) for run in plain.decision.runs[:2]]
    decision = plain.decision.model_copy(update={"runs": early})
    detail = build(plain.model_copy(update={"decision": decision})).answer.detail
    assert detail == "No run was trained to the end: it had the best val_loss early in the run."


def test_tables_count_steps_and_curves_show_the_metric() -> None:
    """The column is named for what it holds; curves and sweeps stay in the metric's unit."""
    report = build(aimed())
    assert report.objective == "steps to val_loss ≤ 0.2"
    assert all(row.objective is None or row.objective.high <= HORIZON for row in report.shapes)
    assert {row.missed for row in report.runs} == {True, False}
    assert report.objectives is not None
    assert (report.objectives.title, report.objectives.target) == ("val_loss", 0.2)
    assert {sweep.objective for sweep in report.sweeps} == {"val_loss"}
    titles = {caveat.title for caveat in report.caveats}
    assert "A shorter run may reach the target sooner" in titles
    assert not any("on average" in title for title in titles)


def test_a_report_without_a_target_has_no_new_field() -> None:
    """What is embedded in a page of a study without a target is what it always was."""
    text = build(study()).model_dump_json()
    assert "target" not in text
    assert '"missed"' not in text

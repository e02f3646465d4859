"""The lines of the pictures: cut, thinned, smoothed, and compared on one seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from studies import COSINE, HORIZON, LINEAR, REX, WSD, curve, study

import lehr
from lehr.choose.decision import Curve
from lehr.report import words
from lehr.report.build import build
from lehr.report.record import Curves, Report, Sweep


def with_curves(*more: Curve, only: bool = False) -> Report:
    record = study()
    lines = [*more] if only else [*record.curves, *more]
    return build(record.model_copy(update={"curves": lines}))


def drawn(curves: Curves | None) -> Curves:
    assert curves is not None
    return curves


def test_a_schedule_line_is_the_schedule_times_the_peak() -> None:
    """Every drawn point is the lr an update uses, and joining them misses no bend."""
    line = build(study()).schedules[-1]
    exact = lehr.parse(LINEAR).over(HORIZON).values() * 0.1
    assert line.role == "chosen"
    assert line.lrs == [exact[step] for step in line.steps]
    joined = np.interp(np.arange(HORIZON), line.steps, line.lrs)
    np.testing.assert_allclose(joined, exact, atol=1e-6)


@given(st.sampled_from(["step(300)", "cosine_restarts(3)", 'multi_step(["50%", "75%"])', "wsd()"]))
def test_a_line_misses_no_jump(text: str) -> None:
    """A schedule that jumps is drawn with both sides of each jump."""
    plan = {"lr": text}
    line = build(study(plan=plan, schedule=text)).schedules[-1]
    exact = lehr.parse(text).over(HORIZON).values() * 0.1
    joined = np.interp(np.arange(HORIZON), line.steps, line.lrs)
    assert np.abs(joined - exact).max() < 0.1 * 2e-3


def test_the_chosen_runs_are_drawn_last() -> None:
    """Lines are ordered by role, so that the chosen ones are on top."""
    roles = [line.role for line in drawn(build(study()).losses).lines]
    assert roles == sorted(roles, key=["other", "runner-up", "baseline", "chosen"].index)
    assert roles[-1] == "chosen"


def test_a_diverged_run_ends_where_it_leaves_the_picture() -> None:
    """Its last point lies on the edge, and no point of any line lies outside."""
    losses = drawn(build(study()).losses)
    fallen = [line for line in losses.lines if line.diverged]
    assert [line.leaves for line in fallen] == [True]
    assert fallen[0].values[-1] == losses.high
    for line in losses.lines:
        assert all(losses.low <= value <= losses.high for value in line.values)


def test_a_run_that_explodes_unnoticed_does_not_flatten_the_others() -> None:
    """A run that was stopped before it was given up is cut like one that was."""
    wild = curve(LINEAR, 3.1, 0, 200, "bracket").model_copy(
        update={
            "diverged": False,
            "loss_steps": [0, 5, 10],
            "losses": [2.3, 1e9, 1e27],
            "metric_steps": [200],
            "metrics": {"val_loss": [1e27], "accuracy": [0.1]},
        }
    )
    report = with_curves(wild)
    calm = build(study())
    assert drawn(report.losses).high < 2 * drawn(calm.losses).high
    assert drawn(report.objectives).high < 2 * drawn(calm.objectives).high
    first = report.sweeps[0]
    assert first.ceiling is not None
    assert first.ceiling < 100
    assert calm.sweeps[0].ceiling is None


def test_smoothing_keeps_a_constant_and_lessens_noise() -> None:
    """The moving average of a constant is the constant, at the ends too."""
    steps = list(range(0, HORIZON, 5))
    random = np.random.default_rng(0)
    level = curve(LINEAR, 0.1, 0, HORIZON, "full").model_copy(
        update={"loss_steps": steps, "losses": [0.5] * len(steps)}
    )
    noisy = level.model_copy(
        update={"losses": [float(v) for v in 0.5 + 0.1 * random.standard_normal(len(steps))]}
    )
    flat = drawn(with_curves(level, only=True).losses).lines[0]
    assert flat.values == pytest.approx([0.5] * len(flat.values), abs=1e-12)
    smooth = drawn(with_curves(noisy, only=True).losses).lines[0]
    assert np.std(smooth.values) < 0.05


def test_values_that_span_decades_get_a_logarithmic_axis() -> None:
    """Losses from 2.3 to 0.1 do, accuracies do not."""
    assert drawn(build(study()).losses).log
    assert not drawn(build(study(objective="accuracy", mode="max")).objectives).log


def test_a_study_without_curves_still_reports() -> None:
    """An empty study has no pictures of runs and no sweep, but an answer."""
    report = with_curves(only=True)
    assert (report.losses, report.objectives, report.sweeps, report.shapes) == (None, None, [], [])
    assert str(report.answer.headline).startswith("Train digits")


def sweep(report: Report, step: int) -> Sweep:
    return next(sweep for sweep in report.sweeps if sweep.step == step)


def test_a_sweep_compares_runs_of_one_seed() -> None:
    """Where the search trained a candidate its own seed counts; fresh seeds only elsewhere."""
    end = sweep(build(study()), HORIZON)
    points = {line.schedule: line.points for line in end.lines}
    chosen = next(point for point in points[LINEAR] if point.peak_lr == 0.1)
    assert (chosen.seeds, chosen.fresh, chosen.role) == (1, False, "chosen")
    (baseline,) = points[COSINE]
    assert (baseline.seeds, baseline.fresh, baseline.role) == (3, True, "baseline")
    known = next(c for c in study().curves if c.schedule == LINEAR and c.metric_steps[-1] == 2000)
    assert chosen.objective is not None
    assert chosen.objective.mean == known.metrics["val_loss"][-1]


def test_a_sweep_marks_what_diverged() -> None:
    """A peak lr whose run diverged is a point without an objective."""
    early = sweep(build(study()), 200)
    points = next(line.points for line in early.lines if line.schedule == LINEAR)
    assert [point.peak_lr for point in points] == sorted(point.peak_lr for point in points)
    assert [(p.peak_lr, p.objective, p.diverged) for p in points if p.diverged] == [(6.4, None, 1)]


def test_the_legend_puts_the_choice_first() -> None:
    """Places in the legend: chosen, baseline, runner-up, then the others."""
    places = {row.schedule: row.place for row in build(study()).shapes}
    assert places == {LINEAR: 0, COSINE: 1, REX: 2, WSD: 3}


def test_shapes_show_fresh_seeds_where_there_are_some() -> None:
    """A confirmed schedule has an interval, a searched one a single run."""
    rows = {row.schedule: row for row in build(study()).shapes}
    assert (rows[LINEAR].seeds, rows[LINEAR].fresh, rows[LINEAR].complete) == (3, True, True)
    interval = rows[LINEAR].objective
    assert interval is not None
    assert interval.low < interval.mean < interval.high
    assert (rows[WSD].seeds, rows[WSD].fresh) == (1, False)
    assert rows[WSD].peak_lr == 0.05
    assert rows[LINEAR].tried == 8


def test_a_schedule_whose_metric_is_never_finite_is_not_called_diverged() -> None:
    """Healthy training without a finite metric is its own thing; a searched run stays one."""
    nothing = [
        line.model_copy(update={"metrics": {"val_loss": [None] * len(line.metric_steps)}})
        for line in study().curves
        if line.stage == "confirm"
    ]
    searched = [line for line in study().curves if line.stage != "confirm"]
    report = build(study().model_copy(update={"curves": [*searched, *nothing]}))
    rows = {row.schedule: row for row in report.shapes}
    assert words.shape(rows[COSINE]) == "not finite"
    assert (rows[LINEAR].seeds, rows[LINEAR].fresh) == (1, False)
    fallen = [line.model_copy(update={"diverged": True}) for line in nothing]
    lost = build(study().model_copy(update={"curves": [*searched, *fallen]}))
    assert words.shape(next(row for row in lost.shapes if row.schedule == COSINE)) == "diverged"


def test_costs_add_up() -> None:
    """What sharing saved is the sum of the runs less what was trained."""
    cost = build(study()).cost
    assert cost.saved_steps == 9300
    assert cost.saved == pytest.approx(9300 / 31700)


def test_a_record_reads_back() -> None:
    """The report's JSON is the report."""
    report = build(study())
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert report.schema_version == 1
